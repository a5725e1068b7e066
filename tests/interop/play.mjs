// Plays a scenario: starts the two sides, and is the message service between the peers on them.
import { fileURLToPath } from "node:url";
import { Side } from "./side.mjs";
import { invitesIn, userOf } from "./trace.mjs";

const VENDOR = [process.execPath, fileURLToPath(new URL("peer.mjs", import.meta.url))];

/**
 * Plays a scenario, and returns its trace, with the lines of a recording.
 *
 * `engine` is the command whose process plays the peers in `ours`; the vendor's module plays the others. A last line
 * for each of ours says what its engine has of each invitation: `{t, peer, outcomes: {inviteID: {invitee: outcome}}}`.
 */
export async function play(scenario, ours, engine) {
  const game = new Game(scenario, ours, engine);
  try {
    await game.run();
    await game.askOutcomes();
    return game.trace;
  } finally {
    for (const side of game.sides) side.close();
  }
}

class Game {
  now = 0;
  trace = [];
  #agenda = []; // {at, act}, what comes first first
  #peers = new Map(); // name -> {isOnline, stored, sending, naming}
  #inviteIDs = new Map(); // by the scenario's name of the invitation
  #serial = 0; // of what was planned and injected

  constructor(scenario, ours, engine) {
    this.scenario = scenario;
    this.latencyMs = scenario.latencyMs ?? 40;
    this.ours = ours;
    this.vendor = new Side(VENDOR);
    this.engine = ours.length > 0 ? new Side(engine) : null;
    this.sides = [this.vendor, this.engine].filter(Boolean);
    this.faults = (scenario.faults ?? []).map((fault) => ({ ...fault, seen: 0 }));
  }

  async run() {
    await this.#greet();
    for (const step of this.scenario.steps) this.#plan(step.at ?? 0, () => this.#step(step));
    for (;;) {
      const event = this.#agenda[0]?.at ?? Infinity;
      const timer = Math.min(...this.sides.map((side) => side.nextTimer ?? Infinity));
      this.now = Math.min(event, timer);
      if (this.now > (this.scenario.untilMs ?? 60_000)) break;
      for (const side of this.sides) this.#takeIn(await side.ask({ op: "advance", toMs: this.now }));
      if (event < timer) await this.#agenda.shift().act();
    }
  }

  async askOutcomes() {
    const invitations = [...invitesIn(this.trace).keys()];
    for (const peer of this.ours) {
      const outcomes = {};
      for (const inviteID of invitations) {
        const [answer] = await this.engine.ask({ op: "outcomes", peer, inviteID });
        if (answer.outcomes) outcomes[inviteID] = answer.outcomes;
      }
      this.trace.push({ t: this.now, peer, outcomes });
    }
  }

  async #greet() {
    const [{ sdk, version, startMs }] = await this.vendor.ask({ op: "hello" });
    await this.engine?.ask({ op: "hello", startMs, profile: "web" });
    const { name, about, groups = {} } = this.scenario;
    this.startMs = startMs;
    this.trace.push({ scenario: name, about, sdk: `${sdk} ${version}`, startMs, latencyMs: this.latencyMs, groups });
  }

  async #step(step) {
    const { peer } = step;
    if (step.start) return this.#signIn(step);
    if (step.call) return this.#call(step);
    if (step.inject) return this.#inject(step);
    if (step.online) return this.#comeBack(step);
    const state = this.#peers.get(peer);
    if (step.offline) {
      state.isOnline = false;
      return this.#log(peer, { offline: true });
    }
    if (step.sending) {
      state.sending = step.sending;
      return this.#tell(peer, { sending: step.sending }, { op: "sending", mode: step.sending });
    }
    if (step.release) return this.#tell(peer, { release: step.release }, { op: "release", outcome: step.release });
    throw new Error(`not a step: ${JSON.stringify(step)}`);
  }

  #signIn({ peer, skewMs }) {
    this.#peers.set(peer, { isOnline: true, stored: [], sending: "ok", naming: null });
    return this.#tell(peer, { start: true, skewMs: skewMs ?? 0 }, { op: "new", skewMs });
  }

  #call({ peer, call: method, invitation, as, ...step }) {
    const options = { ...step.options };
    if (invitation) options.inviteID = this.#idOf(invitation);
    this.#peers.get(peer).naming = as ?? null;
    return this.#tell(peer, { call: method, options }, { op: "call", method, options, tag: as });
  }

  #inject({ peer, invitation, inject }) {
    const data = invitation ? { ...inject.data, inviteID: this.#idOf(invitation) } : inject.data;
    const id = `x-${this.#serial++}`;
    const time = Math.floor((this.startMs + this.now) / 1000);
    const text = typeof data === "string" ? data : JSON.stringify(data);
    return this.#arrive(peer, { id, conversationType: "C2C", time, ...inject, data: text }, false);
  }

  #comeBack({ peer, online: kind }) {
    const state = this.#peers.get(peer);
    state.isOnline = true;
    const messages = state.stored.splice(0);
    return this.#tell(peer, { online: kind, messages }, { op: "sync", kind, messages });
  }

  #idOf(invitation) {
    return this.#inviteIDs.get(invitation) ?? invitation;
  }

  /** Hands a message to everyone it is for. */
  #route(from, message, isEdit) {
    const { conversationType, to: target } = message;
    const members = conversationType === "GROUP" ? this.scenario.groups[target] : [target, userOf(from)];
    for (const to of this.#peers.keys()) {
      if (to === from || !members.includes(userOf(to))) continue;
      for (const delay of this.#delays(from, to, message)) {
        this.#plan(this.now + delay, () => this.#arrive(to, message, isEdit));
      }
    }
  }

  /** After how long each copy of the message arrives. */
  #delays(from, to, { data }) {
    const { actionType } = JSON.parse(data);
    let delays = [this.latencyMs];
    for (const fault of this.faults) {
      const { match = {} } = fault;
      if (match.from && match.from !== userOf(from)) continue;
      if (match.to && match.to !== to) continue;
      if (match.actionType && match.actionType !== actionType) continue;
      fault.seen += 1;
      if (match.nth && match.nth !== fault.seen) continue;
      if (fault.drop) delays = [];
      if (fault.duplicate) delays = delays.flatMap((delay) => [delay, delay + fault.duplicate]);
      if (fault.delayMs) delays = delays.map((delay) => delay + fault.delayMs);
    }
    return delays;
  }

  async #arrive(peer, { id, from, to, conversationType, time, data, onlineUserOnly }, isEdit) {
    const message = { id, from, to, conversationType, time, data, onlineUserOnly };
    const { isOnline, stored } = this.#peers.get(peer);
    if (isOnline && isEdit) return this.#tell(peer, { modified: message }, { op: "modified", message });
    if (isOnline) return this.#tell(peer, { message }, { op: "deliver", message });
    if (!isEdit && !onlineUserOnly) stored.push(message);
  }

  async #tell(peer, taken, command) {
    this.#log(peer, taken);
    const side = this.ours.includes(peer) ? this.engine : this.vendor;
    this.#takeIn(await side.ask({ ...command, peer }));
  }

  /** What peers put out: it is on the record, and messages go on their way. */
  #takeIn(answers) {
    for (const { t, peer, ...out } of answers) {
      this.now = Math.max(this.now, t);
      this.trace.push({ t, peer, out });
      const state = this.#peers.get(peer);
      if (out.send && state.sending !== "fail") this.#route(peer, out.send, false);
      if (out.modify && state.sending !== "fail") this.#route(peer, out.modify, true);
      if (!out.result) continue;
      if (out.inviteID && state.naming) this.#inviteIDs.set(state.naming, out.inviteID);
      state.naming = null;
    }
  }

  #log(peer, taken) {
    this.trace.push({ t: this.now, peer, in: taken });
  }

  #plan(at, act) {
    this.#serial += 1;
    const later = this.#agenda.findIndex((other) => other.at > at);
    this.#agenda.splice(later < 0 ? this.#agenda.length : later, 0, { at, act });
  }
}
