// Who plays whom, in every way, and whether all of it was played.

/** Every mix of a scenario: `ours` are the peers that convoke plays, from none to all. */
export function mixesOf({ name, steps }) {
  const peers = [...new Set(steps.map((step) => step.peer))];
  const choices = peers.reduce((chosen, peer) => [...chosen, ...chosen.map((ours) => [...ours, peer])], [[]]);
  return choices.map((ours) => ({ scenario: name, peers, ours }));
}

/** How many mixes there are, counted from the scenarios alone: each sign-in doubles those of its scenario. */
export const countMixes = (scenarios) =>
  scenarios.reduce((sum, { steps }) => sum + 2 ** steps.filter((step) => step.start).length, 0);

/** Whether a declared entry is about a mix: about what convoke plays (`ours`), or the vendor's module (`vendor`). */
export const applies = ({ scenario, ours, vendor }, mix) =>
  scenario === mix.scenario &&
  (ours === undefined || mix.ours.includes(ours)) &&
  (vendor === undefined || (mix.peers.includes(vendor) && !mix.ours.includes(vendor)));

/**
 * What all the results come to. These count as failed too: a mix that was not played; and a declared entry that is
 * about no mix, or does not follow from a deviation of convoke's in the same scenario.
 */
export function verdict(scenarios, results, { deviations, differences, wrongEnds }) {
  const mixes = scenarios.flatMap(mixesOf);
  const isBaseless = (entry) =>
    !mixes.some((mix) => applies(entry, mix)) ||
    !deviations.some(({ row, scenario }) => row === entry.row && scenario === entry.scenario);
  const baseless = [...differences, ...wrongEnds].filter(isBaseless);
  const played = new Set(results.map(({ mix }) => JSON.stringify([mix.scenario, mix.ours]))).size;
  const all = countMixes(scenarios);
  const wrong = results.filter(({ complaints }) => complaints.length > 0).length;
  const failed = wrong + Math.abs(all - played) + baseless.length;
  return { played, all, baseless, passed: results.length - wrong, failed };
}
