// A virtual clock in the place of the real one: Date, the timers and the console that the vendor's module sees.

const RealDate = Date;
const realSetImmediate = setImmediate;

export const START_MS = 1_700_000_000_000;

let elapsedMs = 0;
let running = null; // the peer whose code runs
const skews = new Map(); // peer -> by how much its own clock is ahead, in ms
const timers = new Map(); // id -> {at, everyMs, peer, run}, oldest first

/** Virtual ms since the start. */
export const elapsed = () => elapsedMs;

/** What the service puts on a message: whole seconds. */
export const seconds = () => Math.floor((START_MS + elapsedMs) / 1000);

export const setSkew = (peer, ms) => skews.set(peer, ms);

/** Runs a peer's code, and what it has put off to later turns of the event loop, by that peer's clock. */
export async function runAs(peer, code) {
  running = peer;
  try {
    code();
    for (let turn = 0; turn < 6; turn++) await new Promise((resolve) => realSetImmediate(resolve));
  } finally {
    running = null;
  }
}

/** Moves the clock; due timers fire in order. */
export async function advanceTo(end) {
  for (let due = earliest(); due && due[1].at <= end; due = earliest()) {
    const [id, timer] = due;
    elapsedMs = timer.at;
    if (timer.everyMs) timer.at += timer.everyMs;
    else timers.delete(id);
    await runAs(timer.peer, timer.run);
  }
  elapsedMs = Math.max(elapsedMs, end);
}

/** When the earliest timer is due, in virtual ms. */
export const nextTimer = () => earliest()?.[1].at ?? null;

const earliest = () => [...timers].reduce((best, entry) => (best && best[1].at <= entry[1].at ? best : entry), null);

const shown = () => START_MS + elapsedMs + (skews.get(running) ?? 0);

globalThis.Date = class extends RealDate {
  constructor(...fields) {
    if (fields.length > 0) super(...fields);
    else super(shown());
  }
  static now() {
    return shown();
  }
};

let lastTimer = 0;
const arm = (isRepeated) => (handler, delay, ...args) => {
  const ms = Math.max(1, Number(delay) || 0);
  const everyMs = isRepeated ? ms : null;
  timers.set(++lastTimer, { at: elapsedMs + ms, everyMs, peer: running, run: () => handler(...args) });
  return lastTimer;
};
globalThis.setInterval = arm(true);
globalThis.setTimeout = arm(false);
globalThis.clearInterval = globalThis.clearTimeout = (id) => timers.delete(id);
for (const level of ["log", "info", "warn", "error", "debug"]) console[level] = () => {};
