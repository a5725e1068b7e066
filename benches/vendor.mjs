#!/usr/bin/env node
// The flow of flow.rs by the vendor's published module under Node.js: invite, deliver, accept, deliver, with the data of a video
// call. Sends are taken at once, and no timer runs. Prints nanoseconds of CPU time a flow: all that the process worked, compiler and
// garbage collector included.
//
//     cd tests/interop && npm ci && node ../../benches/vendor.mjs [FLOWS] [--as-shipped]
//
// Its log lines are not written anywhere. The text of the time in each of them costs it most; without --as-shipped there is none.
import { EventEmitter } from "node:events";
import { readFileSync } from "node:fs";

const words = process.argv.slice(2);
const flows = Number(words.find((word) => !word.startsWith("--")) ?? 20_000);
if (!words.includes("--as-shipped")) Date.prototype.toLocaleTimeString = () => "";
for (const level of ["log", "info", "warn", "error", "debug"]) console[level] = () => {};
globalThis.setInterval = () => 1;
globalThis.clearInterval = () => {};

const MODULE = new URL("../tests/interop/node_modules/@tencentcloud/chat/modules/signaling-module.js", import.meta.url);
const source = readFileSync(MODULE).toString("base64");
const { default: SignalingModule } = await import(`data:text/javascript;base64,${source}`);

/** The vendor's emitter takes a third argument: the handler's `this`. */
class Emitter extends EventEmitter {
  on(event, handler, context) {
    return super.on(event, context ? handler.bind(context) : handler);
  }
}

let callbacks = 0;

/** A device with the module on it, and of all that surrounds the module there what the flow needs. */
class Peer {
  sent = [];

  constructor(user) {
    const inner = new Emitter();
    const outer = new Emitter();
    let messages = 0;
    const draft = ({ to, conversationType, payload }) => ({
      ID: `${user}${messages++}`,
      type: "TIMCustomElem",
      from: user,
      to,
      conversationType,
      time: 0,
      payload: { data: payload.data },
      cloudCustomData: "",
    });
    const take = (message) => {
      this.sent.push(message);
      return Promise.resolve({ code: 0, data: { message } });
    };
    const neighbours = {
      2: { createCustomMessage: draft, sendMessageInstance: take },
      6: {},
      11: {},
      12: { getUserID: () => user },
      23: { getCloudConfig: () => undefined },
    };
    this.module = new SignalingModule({
      getIEmitInst: () => inner,
      getOEmitInst: () => outer,
      get: (number) => neighbours[number],
      getErrMsg: () => "",
    });
    for (const event of ["newInvitationReceived", "ts_invitee_accepted"]) {
      this.module.addSignalingListener(event, () => (callbacks += 1));
    }
  }
}

const [CALL, ANSWER] = ["CALL", "ANSWER"].map((name) => {
  const flow = readFileSync(new URL("flow.rs", import.meta.url), "utf8");
  return flow.match(new RegExp(`const ${name}: &str = r#"(.*)"#;`))[1];
});

async function play(alice, bob, count) {
  for (let flow = 0; flow < count; flow++) {
    const { inviteID } = await alice.module.invite({ userID: "bob", data: CALL, timeout: 30 });
    bob.module.onNewMessageList(alice.sent.splice(0));
    await bob.module.accept({ inviteID, data: ANSWER });
    alice.module.onNewMessageList(bob.sent.splice(0));
  }
}

const [alice, bob] = [new Peer("alice"), new Peer("bob")];
await play(alice, bob, 2_000); // until it is compiled
callbacks = 0;
const start = process.cpuUsage();
await play(alice, bob, flows);
const { user, system } = process.cpuUsage(start); // in microseconds
const nanoseconds = ((user + system) * 1_000) / flows;
if (callbacks !== 2 * flows) throw new Error(`${callbacks} callbacks in ${flows} flows`);
process.stdout.write(`${Math.round(nanoseconds)}\n`);
process.exit(0);
