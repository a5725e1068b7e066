// Phones, each with the vendor's call kit or with convoke's calls, and between them a chat and a media service.
import { fileURLToPath } from "node:url";
import { Side } from "./side.mjs";

const file = (path) => fileURLToPath(new URL(path, import.meta.url));
const COMMANDS = {
  kit: [process.execPath, file("kit.mjs")],
  convoke: [file("../../target/release/convoke"), "pipe"],
};
const LATENCY_MS = 40;
const MEDIA_LATENCY_MS = 60; // so a message said when a room is entered is there before
const MEDIA = { audio: 1, video: 2 };
const MEDIA_OPS = { remoteEntered: "entered", remoteLeft: "left" }; // of `kit.mjs`, which knows by itself where it is

/** What a user does on a phone with the kit, in the kit's words. */
const KIT = {
  dial: (to, media) =>
    Array.isArray(to)
      ? { method: "groupCall", options: { userIDList: to, type: MEDIA[media] } }
      : { method: "call", options: { userID: to, type: MEDIA[media] } },
  answer: () => ({ method: "accept" }),
  decline: () => ({ method: "reject" }),
  hangUp: () => ({ method: "hangup" }),
  switch: (media) => ({ method: media === "audio" ? "switchToAudioCall" : "switchToVideoCall" }),
  agree: () => null, // it asks nobody
};

/** The same on a phone of convoke's. */
const CONVOKE = {
  dial: (to, media, room) => ({ dial: { to: [to].flat(), media, room } }),
  answer: () => "answer",
  decline: () => "decline",
  hangUp: () => "hangUp",
  switch: (media) => ({ switch: media }),
  agree: () => ({ answerSwitch: true }),
};

export class Exchange {
  now = 0;
  told = []; // what the apps were told: {t, user, ...}
  said = []; // what was sent: {from, to, actionType, data}
  #sides = {}; // the processes, by kind
  #kinds; // by user
  #rooms = new Map(); // user -> the room that their media is in
  #ringing = new Map(); // user of convoke's -> the room to enter on an answer
  #agenda = []; // {at, act}, what comes first first
  #lastRoom = 1000;

  /** Signs these users in, each with a phone of this kind: "kit" or "convoke". */
  static async open(kinds, { idsBegin = 0 } = {}) {
    const exchange = new Exchange(kinds);
    await exchange.#signIn(idsBegin);
    return exchange;
  }

  constructor(kinds) {
    this.#kinds = kinds;
  }

  close() {
    for (const side of Object.values(this.#sides)) side.close();
  }

  async #signIn(idsBegin) {
    for (const kind of new Set(Object.values(this.#kinds))) {
      const side = new Side(COMMANDS[kind]);
      this.#sides[kind] = side;
      if (kind === "kit") await side.ask({ op: "hello", idsBegin });
      else await side.ask({ op: "hello", startMs: 1_700_000_000_000, layers: { calls: {} } });
    }
    for (const user of Object.keys(this.#kinds)) await this.#ask(user, { op: "new" });
    this.told = [];
  }

  /** A user does something: `line.act("alice", "dial", "bob", "video")`, or dials several: `["bob", "carol"]`. */
  async act(user, deed, ...details) {
    if (this.#kinds[user] === "kit") {
      const call = KIT[deed](...details);
      return call && this.#ask(user, { op: "call", ...call });
    }
    const room = deed === "dial" ? ++this.#lastRoom : this.#ringing.get(user);
    await this.#ask(user, { op: "app", app: CONVOKE[deed](...details, room) });
    if (deed === "dial" || deed === "answer") await this.#enter(user, room);
  }

  /** Time goes by. */
  async pass(seconds) {
    const end = this.now + seconds * 1000;
    for (;;) {
      const event = this.#agenda[0]?.at ?? Infinity;
      const timer = Math.min(...Object.values(this.#sides).map((side) => side.nextTimer ?? Infinity));
      const next = Math.min(event, timer, end);
      for (const side of Object.values(this.#sides)) await this.#takeIn(await side.ask({ op: "advance", toMs: next }));
      this.now = next;
      if (event <= next) await this.#agenda.shift().act();
      else if (next === end) return;
    }
  }

  async #ask(user, command) {
    await this.#takeIn(await this.#sides[this.#kinds[user]].ask({ ...command, peer: user }));
  }

  async #takeIn(answers) {
    for (const { t, peer: user, ...out } of answers) {
      this.now = Math.max(this.now, t ?? 0);
      if (out.send) this.#route(user, out.send);
      else if (out.enters !== undefined) await this.#enter(user, out.enters);
      else if (out.call) await this.#hear(user, out.call);
      if (out.event || out.failed || out.refused || out.call) this.told.push({ t, user, ...out });
    }
  }

  /** The app on a phone of convoke's: in the room of its call, or in none. */
  async #hear(user, event) {
    if (event.ringing) this.#ringing.set(user, event.ringing.room);
    if (event.answered) await this.#enter(user, event.answered.room);
    if (event.ended && event.ended.room === this.#rooms.get(user)) await this.#enter(user, null);
  }

  #route(from, message) {
    const { to, data } = message;
    const { actionType, data: inner } = JSON.parse(data);
    this.said.push({ from, to, actionType, data: JSON.parse(inner) });
    this.#plan(LATENCY_MS, () => this.#ask(to, { op: "deliver", message }));
  }

  /** A user's media goes from one room into another; those who are there see it go and come, and it sees them. */
  async #enter(user, room) {
    const before = this.#rooms.get(user) ?? null;
    if (before === room) return;
    this.#rooms.set(user, room);
    this.#report(room, user, "localEntered");
    for (const [other, theirs] of this.#rooms) {
      if (other === user) continue;
      if (theirs === before) this.#report(before, other, "remoteLeft", user);
      if (theirs !== room) continue;
      this.#report(room, other, "remoteEntered", user);
      this.#report(room, user, "remoteEntered", other);
    }
  }

  /** Tells a user of the room that they are in; if they are in it still by then, and so is whom it is about. */
  #report(room, user, what, other) {
    if (room === null) return;
    this.#plan(MEDIA_LATENCY_MS, async () => {
      const isThere = (user) => this.#rooms.get(user) === room;
      if (!isThere(user) || (what === "remoteEntered" && !isThere(other))) return;
      if (this.#kinds[user] === "kit") return MEDIA_OPS[what] && this.#ask(user, { op: MEDIA_OPS[what], user: other });
      await this.#ask(user, { op: "app", app: { media: other ? { [what]: other } : what } });
    });
  }

  #plan(ms, act) {
    this.#agenda.push({ at: this.now + ms, act });
    this.#agenda.sort((one, other) => one.at - other.at); // which leaves those of one moment in their order
  }
}
