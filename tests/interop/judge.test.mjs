// The judge notices what is wrong. What stands in for a live run here is a recording, with something wrong in it.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { judge } from "./judge.mjs";
import { countMixes, mixesOf, verdict } from "./mixes.mjs";
import { play } from "./play.mjs";
import { parseTrace } from "./trace.mjs";

const read = (file) => readFileSync(new URL(`../vectors/${file}`, import.meta.url), "utf8");
const scenario = JSON.parse(read("c2c-accept.json"));
const recorded = parseTrace(read("c2c-accept.jsonl"));
const inviteID = recorded.find(({ out }) => out?.inviteID).out.inviteID;
const nothing = { deviations: [], differences: [], wrongEnds: [] };
const mix = { scenario: "c2c-accept", peers: ["alice", "bob"], ours: ["bob"] };

/** The recording as if convoke had played bob in it. */
const live = (outcome = "accepted") => [
  ...structuredClone(recorded),
  { t: 60_000, peer: "bob", outcomes: { [inviteID]: { bob: outcome } } },
];
const outputs = recorded.flatMap((line, at) => (line.out ? [at] : []));
const complaints = (trace, declared = {}, of = mix) => judge(of, recorded, trace, { ...nothing, ...declared });
const altered = (alter) => {
  const trace = live();
  alter(trace);
  return complaints(trace);
};

test("what is as recorded is right", () => {
  assert.deepEqual(complaints(live()), []);
  assert.deepEqual(complaints(recorded, {}, { ...mix, ours: [] }), []);
});

test("an output that is missing, doubled or another is wrong", () => {
  assert.equal(outputs.length, 6);
  for (const at of outputs) {
    assert.notDeepEqual(altered((trace) => trace.splice(at, 1)), [], `without line ${at + 1}`);
    assert.notDeepEqual(altered((trace) => trace.splice(at, 0, trace[at])), [], `twice line ${at + 1}`);
    assert.notDeepEqual(altered((trace) => (trace[at].out.extra = 1)), [], `more in line ${at + 1}`);
  }
});

test("another byte in a payload is wrong", () => {
  const at = recorded.findLastIndex(({ out }) => out?.send);
  const { data } = recorded[at].out.send;
  for (const other of [data.replace('"ok"', '"OK"'), data.replace(":", ": ")]) {
    assert.notEqual(other, data);
    assert.notDeepEqual(altered((trace) => (trace[at].out.send.data = other)), []);
  }
});

test("a time may be 1.2 s off and no more", () => {
  const at = outputs.at(-1);
  assert.deepEqual(altered((trace) => (trace[at].t += 1_200)), []);
  assert.notDeepEqual(altered((trace) => (trace[at].t += 1_201)), []);
});

test("with the vendor's module on all sides a difference in any line is wrong", () => {
  recorded.forEach((line, at) => {
    const without = recorded.filter((other) => other !== line);
    const late = recorded.map((other) => (other === line ? { ...line, t: (line.t ?? 0) + 1 } : other));
    for (const trace of [without, late]) {
      assert.notDeepEqual(complaints(trace, {}, { ...mix, ours: [] }), [], `line ${at + 1}`);
    }
  });
});

test("an engine with another outcome than its app or the other end is wrong", () => {
  assert.match(complaints(live("rejected")).join(), /at alice and at bob/);
  assert.match(complaints(live("rejected")).join(), /the engine of bob/);
  assert.notDeepEqual(altered((trace) => (trace.at(-1).outcomes = {})), []);
});

test("an end that says another outcome than was told until then is wrong", () => {
  const ended = (bob) => ({ t: 3_000, peer: "bob", out: { callback: "ended", inviteID, outcomes: { bob } } });
  const withEnd = (line) => altered((trace) => trace.splice(-1, 0, line));
  assert.deepEqual(withEnd(ended("accepted")), []);
  assert.notDeepEqual(withEnd(ended("timedOut")), []);
});

test("a declared difference is expected, and must have something to replace", () => {
  const at = outputs.at(-1);
  const entry = { row: "r", scenario: "c2c-accept", ours: "bob", line: at + 1 };
  const out = JSON.parse(JSON.stringify(recorded[at].out).replaceAll(inviteID, "{invite 1}"));
  const changed = { ...entry, recorded: out, live: { ...out, data: "other" } };
  const trace = live();
  trace[at].out.data = "other";
  assert.deepEqual(complaints(trace, { differences: [changed] }), []);
  assert.notDeepEqual(complaints(live(), { differences: [changed] }), [], "it did not come");
  const absent = { ...entry, recorded: { ...out, data: "never" }, live: out };
  assert.match(complaints(live(), { differences: [absent] }).join(), /declared as "r"/);
});

test("an end that is declared wrong must be wrong, and as it was recorded", () => {
  const wrongEnds = [{ row: "r", scenario: "c2c-accept", vendor: "alice" }];
  assert.match(complaints(live(), { wrongEnds }).join(), /declared wrong, and is right/);
  const trace = live();
  trace[outputs.at(-1)].out.callback = "onInviteeRejected";
  assert.match(complaints(trace, { wrongEnds }).join(), /the end of alice\n/);
});

test("a mix that was not played fails, even if another one was played twice", () => {
  const results = mixesOf(scenario).map((mix) => ({ mix, complaints: [] }));
  assert.deepEqual(results.map(({ mix }) => mix.ours), [[], ["alice"], ["bob"], ["alice", "bob"]]);
  assert.equal(countMixes([scenario]), 4);
  assert.equal(verdict([scenario], results, nothing).failed, 0);
  assert.equal(verdict([scenario], results.slice(1), nothing).failed, 1);
  assert.equal(verdict([scenario], [...results.slice(1), results[1]], nothing).failed, 1);
  assert.equal(verdict([scenario], [...results.slice(1), { ...results[0], complaints: ["a"] }], nothing).failed, 1);
});

test("a declared entry that is about no mix, or has no deviation behind it, fails", () => {
  const results = mixesOf(scenario).map((mix) => ({ mix, complaints: [] }));
  const entry = { row: "r", scenario: "c2c-accept", vendor: "bob" };
  const declared = { ...nothing, deviations: [entry] };
  const baseless = (...wrongEnds) => verdict([scenario], results, { ...declared, wrongEnds }).failed;
  assert.equal(baseless(entry), 0);
  for (const other of [{ row: "s" }, { scenario: "c2c-reject" }, { vendor: "carol" }]) {
    assert.equal(baseless({ ...entry, ...other }), 1, JSON.stringify(other));
  }
});

test("an engine that ends, is not there or takes no command breaks the play off", async () => {
  const refusing = 'process.stdin.on("data", () => console.log(JSON.stringify({ error: "no" })))';
  await assert.rejects(play(scenario, ["bob"], [process.execPath, "-e", ""]), /ended at/);
  await assert.rejects(play(scenario, ["bob"], ["./no-such-command"]), /ended at/);
  await assert.rejects(play(scenario, ["bob"], [process.execPath, "-e", refusing]), /: no: /);
});
