#!/usr/bin/env node
// The vendor's published web call kit, over the signaling that it asks for, both as they are, behind the line protocol
// of `peer.mjs`. It has a virtual clock; the chat SDK, the media SDK and the browser are stubs.
import { EventEmitter } from "node:events";
import { readFileSync } from "node:fs";
import { compileFunction } from "node:vm";
import { START_MS, advanceTo, elapsed, runAs, seconds } from "./clock.mjs"; // first, for the kit
import { putOut, serve, write } from "./lines.mjs";
import { TRTC, entered, left } from "./media.mjs";

process.on("unhandledRejection", () => {}); // the kit does not look at what becomes of its reports

let ids = { begin: 0, count: 0 };

const location = { protocol: "https:", hostname: "app" };

/** What the kit and its signaling ask of a browser. */
const BROWSER = {
  location,
  window: {
    location,
    /** Of this the inviteIDs are made: they count up, from where `ids` says. */
    crypto: { getRandomValues: (words) => words.fill(ids.begin + ++ids.count) },
  },
  navigator: {
    product: "NativeScript",
    userAgent: "",
    mediaDevices: { getUserMedia: async () => ({ getTracks: () => [] }) },
  },
  document: { getElementById: () => null, createElement: () => element(), body: element() },
  sessionStorage: { setItem: () => {}, getItem: () => null },
  /** For its statistics: they go nowhere. */
  XMLHttpRequest: class {
    open() {}
    setRequestHeader() {}
    send() {}
  },
};

function element() {
  return { style: {}, setAttribute: () => {}, appendChild: () => {}, removeChild: () => {} };
}

const TIM = {
  EVENT: {
    SDK_READY: "sdkStateReady",
    SDK_NOT_READY: "sdkStateNotReady",
    KICKED_OUT: "kickedOut",
    NET_STATE_CHANGE: "netStateChange",
    MESSAGE_RECEIVED: "onMessageReceived",
  },
  TYPES: { CONV_C2C: "C2C", CONV_GROUP: "GROUP", MSG_CUSTOM: "TIMCustomElem", MSG_PRIORITY_HIGH: "High" },
};

let messages = 0;

/** A user's chat SDK: what it sends goes out as a line. */
class Chat extends EventEmitter {
  constructor(user) {
    super();
    this.user = user;
  }

  setLogLevel() {}

  async login() {
    this.emit(TIM.EVENT.SDK_READY, { name: TIM.EVENT.SDK_READY });
    return { code: 0, data: {} };
  }

  async getConversationList() {
    return { code: 0, data: { conversationList: [] } };
  }

  createCustomMessage({ to, conversationType, payload }) {
    return message({ id: `${this.user}-${++messages}`, from: this.user, to, conversationType, data: payload.data });
  }

  async sendMessage(message, { onlineUserOnly = false, offlinePushInfo, messageControlInfo } = {}) {
    message.time = seconds();
    const { ID: id, from, to, conversationType, time, payload } = message;
    const sent = { id, from, to, conversationType, time, data: payload.data };
    putOut(this.user, { send: { ...sent, onlineUserOnly, offlinePushInfo, messageControlInfo } });
    return { code: 0, data: { message } };
  }
}

function message({ id, from, to, conversationType, time = seconds(), data }) {
  return { ID: id, type: TIM.TYPES.MSG_CUSTOM, from, to, conversationType, time, payload: { data } };
}

/** Loads a published package, with these in the place of the packages that it asks for. */
function load(name, packages) {
  const folder = new URL(`node_modules/${name}/`, import.meta.url);
  const { main, version } = JSON.parse(readFileSync(new URL("package.json", folder), "utf8"));
  const module = { exports: {} };
  const scope = { module, exports: module.exports, require: (name) => packages[name], ...BROWSER };
  const run = compileFunction(readFileSync(new URL(main, folder), "utf8"), Object.keys(scope));
  run(...Object.values(scope));
  return { version, exports: module.exports };
}

const signaling = load("tsignaling", { "tim-js-sdk": TIM });
const kit = load("trtc-calling-js", {
  "trtc-js-sdk": TRTC,
  "tim-js-sdk": TIM,
  tsignaling: signaling.exports,
});

const peers = new Map(); // name -> {chat, calling}

function find(name) {
  if (!peers.has(name)) throw new Error(`no peer \`${name}\`: sign it in with \`new\` first`);
  return peers.get(name);
}

function signIn(name) {
  const chat = new Chat(name);
  const calling = new kit.exports({ SDKAppID: 1, tim: chat });
  for (const event of new Set(Object.values(kit.exports.EVENT))) {
    calling.on(event, (fields) => putOut(name, { event, ...fields }));
  }
  peers.set(name, { chat, calling });
  call(name, "login", { userID: name, userSig: "" });
}

async function call(name, method, options) {
  try {
    await find(name).calling[method](options);
    putOut(name, { result: method });
  } catch (error) {
    putOut(name, { result: method, failed: error.message });
  }
}

const hear = (chat, messages) => chat.emit(TIM.EVENT.MESSAGE_RECEIVED, { data: messages });

await serve({
  hello: ({ idsBegin = 0 }) => {
    ids = { begin: idsBegin, count: 0 };
    write({ sdk: "trtc-calling-js", version: kit.version, signaling: signaling.version, startMs: START_MS });
  },
  new: ({ peer }) => runAs(peer, () => signIn(peer)),
  call: ({ peer, method, options }) => runAs(peer, () => call(peer, method, options)),
  deliver: (line) => runAs(line.peer, () => hear(find(line.peer).chat, [message(line.message)])),
  entered: ({ peer, user }) => runAs(peer, () => entered(peer, user)),
  left: ({ peer, user }) => runAs(peer, () => left(peer, user)),
  advance: ({ ms, toMs }) => advanceTo(toMs ?? elapsed() + ms),
});
