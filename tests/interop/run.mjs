#!/usr/bin/env node
// Plays every mix of every scenario, judges each, and fails unless all were played and are right.
//
//   node run.mjs              all of them
//   node run.mjs accept-lost  only these scenarios, to look at them: it fails, as fewer than all were played
import { readFileSync, readdirSync } from "node:fs";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { judge } from "./judge.mjs";
import { mixesOf, verdict } from "./mixes.mjs";
import { play } from "./play.mjs";
import { parseTrace } from "./trace.mjs";

const ROOT = new URL("../../", import.meta.url);
const VECTORS = new URL("tests/vectors/", ROOT);
const CONVOKE = [fileURLToPath(new URL("target/release/convoke", ROOT)), "pipe"];

const text = (path, base) => readFileSync(new URL(path, base), "utf8");
const files = readdirSync(VECTORS).filter((file) => file.endsWith(".json"));
const scenarios = files.map((file) => JSON.parse(text(file, VECTORS)));
const recordings = new Map(files.map((file, at) => [scenarios[at].name, parseTrace(text(`${file}l`, VECTORS))]));
const declared = {
  deviations: JSON.parse(text("src/sim/deviations.json", ROOT)),
  ...JSON.parse(text("differences.json", import.meta.url)),
};

async function judged(scenario, mix) {
  try {
    return judge(mix, recordings.get(scenario.name), await play(scenario, mix.ours, CONVOKE), declared);
  } catch (error) {
    return [`it broke off: ${error.message}`];
  }
}

/** Plays a scenario in every mix, as many at once as there are processors. */
async function run(scenario) {
  const waiting = mixesOf(scenario);
  const results = [];
  const work = async () => {
    for (let mix = waiting.shift(); mix; mix = waiting.shift()) {
      results.push({ mix, complaints: await judged(scenario, mix) });
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, work));
  report(scenario, results);
  return results;
}

function report({ name }, results) {
  const bad = results.filter(({ complaints }) => complaints.length > 0);
  const word = bad.length === 0 ? "ok" : `${bad.length} FAILED`;
  console.log(`${name.padEnd(30)}${String(results.length).padStart(3)} mixes  ${word}`);
  for (const { mix, complaints } of bad) {
    console.log(`  convoke plays ${mix.ours.join(", ") || "nobody"}`);
    for (const complaint of complaints) console.log(`    ${complaint.replaceAll("\n", "\n    ")}`);
  }
}

const only = process.argv.slice(2);
const unknown = only.filter((name) => !recordings.has(name));
if (unknown.length > 0) throw new Error(`no such scenario: ${unknown.join(", ")}`);
const results = [];
for (const scenario of scenarios) {
  if (only.length === 0 || only.includes(scenario.name)) results.push(...(await run(scenario)));
}
const { played, all, baseless, passed, failed } = verdict(scenarios, results, declared);
for (const entry of baseless) console.log(`declared, but no mix is about it: ${JSON.stringify(entry)}`);
console.log(`${played} mixes of ${all}\ninterop: ${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
