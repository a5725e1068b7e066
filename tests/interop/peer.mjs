#!/usr/bin/env node
// The vendor's published signaling module, as it is, behind the line protocol that `convoke pipe` speaks: one JSON
// object a line in, answers out, then `done`. It has a virtual clock and no network.
import { EventEmitter } from "node:events";
import { readFileSync } from "node:fs";
import { START_MS, advanceTo, elapsed, runAs, seconds, setSkew } from "./clock.mjs"; // first, for the module
import { putOut, serve, write } from "./lines.mjs";

const PACKAGE = new URL("node_modules/@tencentcloud/chat/", import.meta.url);
const { version } = JSON.parse(readFileSync(new URL("package.json", PACKAGE), "utf8"));
const source = readFileSync(new URL("modules/signaling-module.js", PACKAGE));
const { default: SignalingModule } = await import(`data:text/javascript;base64,${source.toString("base64")}`);

/** The module's events, and the documented names of the callbacks that they stand for. */
const CALLBACKS = {
  newInvitationReceived: "onReceiveNewInvitation",
  ts_invitee_accepted: "onInviteeAccepted",
  ts_invitee_rejected: "onInviteeRejected",
  ts_invitation_cancelled: "onInvitationCancelled",
  ts_invitation_timeout: "onInvitationTimeout",
  ts_invitation_modified: "onInvitationModified",
};
const START_OF_SYNC = ["_inner2", "_inner4", "_inner5"]; // the events on which the module reads what is stored

const refusal = () => Object.assign(new Error("send failed"), { code: 9999 });
process.on("unhandledRejection", () => {}); // the module does not look at what becomes of its time-outs

/** The vendor's emitter takes a third argument: the handler's `this`. */
class Emitter extends EventEmitter {
  on(event, handler, context) {
    return super.on(event, context ? handler.bind(context) : handler);
  }
}

let messages = 0;

/** One device with the vendor's module on it: all that surrounds the module there, as far as it uses it. */
class Peer {
  sending = "ok";
  held = [];
  stored = { conversations: [], c2c: [], groups: {} };
  inner = new Emitter();

  constructor(name) {
    this.name = name;
    this.user = name.split("/")[0]; // "alice/2" is alice's second device
    const outer = new Emitter();
    const neighbours = this.#neighbours();
    this.module = new SignalingModule({
      getIEmitInst: () => this.inner,
      getOEmitInst: () => outer,
      get: (number) => neighbours[number],
      getErrMsg: () => "",
    });
    for (const [event, callback] of Object.entries(CALLBACKS)) {
      outer.on(event, ({ message, ...fields }) => putOut(name, { callback, ...fields }));
      this.module.addSignalingListener(event, () => {});
    }
  }

  /** The other modules that this one asks for, by the vendor's numbers. */
  #neighbours() {
    const historyOf = (conversation) => ({
      code: 0,
      data: { messageList: this.stored.groups[conversation] ?? [], isCompleted: true, nextReqMessageID: "" },
    });
    return {
      2: {
        createCustomMessage: (options) => this.#draft(options),
        sendMessageInstance: (message, control) => this.#send("send", message, control),
        modifyRemoteMessage: (message) => this.#send("modify", message),
      },
      6: { getMessageListFromUnreadDB: () => this.stored.c2c },
      11: {
        getLocalConvList: () => this.stored.conversations,
        getMessageList: async ({ conversationID }) => historyOf(conversationID),
      },
      12: { getUserID: () => this.user, isLoggedIn: () => true },
      20: {},
      23: { getCloudConfig: () => undefined },
      27: { canIUse: () => true },
    };
  }

  #draft({ to, conversationType, priority, payload }) {
    return {
      ...message({ id: `${this.name}-${++messages}`, from: this.user, to, conversationType, data: payload.data }),
      conversationID: conversationType + to,
      priority,
    };
  }

  #send(kind, message, control = {}) {
    const { onlineUserOnly = false, offlinePushInfo, messageControlInfo } = control;
    message.time = seconds();
    if (onlineUserOnly) message._onlineOnlyFlag = true;
    const { ID: id, from, to, conversationType, time, payload } = message;
    const sent = { id, from, to, conversationType, time, data: payload.data };
    putOut(this.name, { [kind]: { ...sent, onlineUserOnly, offlinePushInfo, messageControlInfo } });
    return new Promise((resolve, reject) => {
      const fate = { ok: () => resolve({ code: 0, data: { message } }), fail: () => reject(refusal()) };
      if (this.sending === "hold") this.held.push(fate);
      else fate[this.sending]();
    });
  }

  release(outcome = "ok") {
    for (const send of this.held.splice(0)) send[outcome]();
  }

  /** Cold: the module reads what is stored. Hot: it is handed each message, as if it came live. */
  async sync(kind, batch) {
    if (kind === "hot") {
      for (const one of batch) await this.run(() => this.module.onNewMessageList([message(one)]));
      return;
    }
    await this.run(() => {
      this.#store(batch);
      for (const event of START_OF_SYNC) this.inner.emit(event);
    });
  }

  #store(batch) {
    const [inGroups, c2c] = [true, false].map((is) => batch.filter((one) => (one.conversationType === "GROUP") === is));
    const groups = {};
    for (const one of inGroups) (groups[`GROUP${one.to}`] ??= []).push(message(one));
    const conversations = Object.entries(groups).map(([conversationID, list]) => {
      return { conversationID, type: "GROUP", unreadCount: list.length, lastMessage: { lastTime: list.at(-1).time } };
    });
    if (c2c.length > 0) {
      conversations.push({ conversationID: "C2C", type: "C2C", unreadCount: c2c.length, lastMessage: {} });
    }
    this.stored = { conversations, c2c: c2c.map(message), groups };
  }

  run(code) {
    return runAs(this.name, code);
  }
}

/** A message as the vendor's modules hand it to each other. */
function message({ id, from, to, conversationType = "C2C", time = seconds(), data, ...rest }) {
  const { cloudCustomData = "", onlineUserOnly = false } = rest;
  return {
    ID: id ?? `in-${++messages}`,
    type: "TIMCustomElem",
    from,
    to,
    conversationType,
    conversationID: conversationType + (conversationType === "GROUP" ? to : from),
    time,
    payload: { data: typeof data === "string" ? data : JSON.stringify(data), description: "", extension: "" },
    cloudCustomData,
    _onlineOnlyFlag: onlineUserOnly,
  };
}

const peers = new Map();

function find(name) {
  if (!peers.has(name)) throw new Error(`no peer \`${name}\`: sign it in with \`new\` first`);
  return peers.get(name);
}

function call(peer, method, options, tag) {
  const entry = method === "inviteInGroup" ? "invite" : method; // as the vendor's own front does
  peer.module[entry](options).then(
    (answer) => putOut(peer.name, { result: method, tag, code: answer?.code ?? 0, inviteID: answer?.inviteID }),
    (error) => putOut(peer.name, { result: method, tag, code: error?.code ?? -1 }),
  );
}

const COMMANDS = {
  hello: () => write({ sdk: "@tencentcloud/chat", version, startMs: START_MS }),
  new: ({ peer, skewMs = 0 }) => {
    setSkew(peer, skewMs);
    return runAs(peer, () => peers.set(peer, new Peer(peer)));
  },
  call: ({ peer, method, options, tag }) => find(peer).run(() => call(find(peer), method, options, tag)),
  deliver: (line) => find(line.peer).run(() => find(line.peer).module.onNewMessageList([message(line.message)])),
  modified: (line) => find(line.peer).run(() => find(line.peer).module.onMessageModified([message(line.message)])),
  sending: ({ peer, mode }) => {
    find(peer).sending = mode;
  },
  release: ({ peer, outcome }) => find(peer).run(() => find(peer).release(outcome)),
  sync: ({ peer, kind = "cold", messages = [] }) => find(peer).sync(kind, messages),
  advance: ({ ms, toMs }) => advanceTo(toMs ?? elapsed() + ms),
  live: ({ peer }) => write({ peer, live: [...find(peer).module._inviteInfoMap.keys()] }),
  info: (line) => write({ peer: line.peer, info: find(line.peer).module.getSignalingInfo(message(line.message)) }),
};

await serve(COMMANDS);
