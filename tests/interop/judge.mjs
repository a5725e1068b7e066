// Judges a mix: whether each peer put out what it should have, and whether the ends agree.
import { isDeepStrictEqual } from "node:util";
import { applies } from "./mixes.mjs";
import { disagreements } from "./outcomes.mjs";
import { complaint, nameInvitations } from "./trace.mjs";

/** How far a time may be from the recorded one: the vendor's module looks at its clock once a second. */
const TIME_TOLERANCE_MS = 1_200;

/**
 * Everything that is wrong with a mix, as texts; none, if all is well.
 *
 * @param mix `{scenario, peers, ours}`: the scenario's name, its peers, and those of them that convoke played
 * @param recorded the trace of the scenario with the vendor's module on all sides
 * @param live the trace of the mix
 * @param declared `{deviations, differences, wrongEnds}`
 */
export function judge(mix, recorded, live, { deviations, differences, wrongEnds }) {
  const [then, now] = nameInvitations(recorded, live);
  if (mix.ours.length === 0) return recording(then, now);
  const expectation = new Expectation(then);
  for (const { vendor, ours, ...entry } of deviations.filter(({ scenario }) => scenario === mix.scenario)) {
    if (mix.ours.includes(then[entry.line - 1].peer)) expectation.replace({ ...entry, recorded: vendor, live: ours });
  }
  for (const entry of differences.filter((entry) => applies(entry, mix))) expectation.replace(entry);
  return [
    ...expectation.unused,
    ...mix.peers.flatMap((peer) => firstDifference(peer, expectation.lines, now)),
    ...disagreements(mix, then, now, wrongEnds),
  ];
}

/** With the vendor's module on all sides everything is as recorded, to the byte and the millisecond. */
function recording(then, now) {
  const length = Math.max(then.length, now.length);
  const at = [...Array(length).keys()].find((at) => JSON.stringify(then[at]) !== JSON.stringify(now[at]));
  return at === undefined ? [] : [complaint(`line ${at + 1} of the recording`, then[at], now[at])];
}

/** What the peers should put out: what was recorded, but for what is declared. */
class Expectation {
  unused = [];

  constructor(recorded) {
    this.recorded = recorded.map((event, at) => ({ ...event, line: at + 1 }));
    this.lines = this.recorded.filter((event) => event.out);
  }

  /** `live` comes instead of what was recorded at the line; or after the line, where it comes instead of nothing. */
  replace({ row, line, recorded, live, t }) {
    const event = this.recorded[line - 1];
    const at = recorded
      ? this.lines.findIndex((other) => other.line === line && isDeepStrictEqual(other.out, recorded))
      : this.lines.findLastIndex((other) => other.line <= line) + 1;
    if (recorded && at < 0) {
      this.unused.push(complaint(`line ${line} of the recording, declared as "${row}"`, recorded, event.out));
    } else {
      this.lines.splice(at, recorded ? 1 : 0, ...(live ? [{ ...event, t: t ?? event.t, out: live }] : []));
    }
  }
}

function firstDifference(peer, expected, now) {
  const of = (trace) => trace.filter(({ peer: name, out }) => name === peer && out && out.callback !== "ended");
  const [should, does] = [of(expected), of(now)];
  const length = Math.max(should.length, does.length);
  const at = [...Array(length).keys()].find((at) => !isAsExpected(should[at], does[at]));
  return at === undefined ? [] : [complaint(peer, should[at], does[at])];
}

const isAsExpected = (should, does) =>
  should !== undefined &&
  does !== undefined &&
  Math.abs(should.t - does.t) <= TIME_TOLERANCE_MS &&
  isDeepStrictEqual(comparable(should.out), comparable(does.out));

/** Without what the service gives, other in each run, and the caller's own word for an operation. */
function comparable({ tag: _, ...out }) {
  for (const kind of ["send", "modify"]) {
    if (out[kind]) out[kind] = { ...out[kind], id: null, time: null };
  }
  return out;
}
