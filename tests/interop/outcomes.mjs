// What has become of each invitee, as each end has it, and whether the ends agree.
import { isDeepStrictEqual } from "node:util";
import { applies } from "./mixes.mjs";
import { complaint, invitesIn, userOf } from "./trace.mjs";

/**
 * What is wrong with the ends of a mix. All must have the same outcomes, but for the vendor's ends that are declared to
 * go wrong: those must be wrong, and as they were in the recording.
 */
export function disagreements(mix, recorded, live, wrongEnds) {
  const declared = wrongEnds.filter((end) => applies(end, mix)).map(({ vendor }) => vendor);
  const ends = mix.peers.map((peer) => ({ peer, outcomes: known(live, peer) ?? toldTo(peer, live) }));
  const right = ends.filter(({ peer }) => !declared.includes(peer));
  const wrong = ends.filter(({ peer }) => declared.includes(peer));
  return [
    ...mix.ours.flatMap((peer) => engineAgainstApp(peer, live)),
    ...contradictions(right),
    ...wrong.flatMap(({ peer, outcomes }) => {
      const then = toldTo(peer, recorded);
      if (!isDeepStrictEqual(outcomes, then)) return [complaint(`the end of ${peer}`, then, outcomes)];
      const isRight = contradictions([...right, { peer, outcomes }]).length === 0;
      return isRight ? [`the end of ${peer} is declared wrong, and is right`] : [];
    }),
  ];
}

/**
 * What a peer's app was told: `{inviteID: {invitee: outcome}}`, with `pending` for an invitee of whom it was told
 * nothing. An invitation of which it never heard is not there.
 */
export function toldTo(peer, trace) {
  const invites = invitesIn(trace);
  const told = new Map();
  for (const { out } of trace.filter((line) => line.peer === peer && line.out)) {
    if (!invites.has(out.inviteID)) continue;
    const { inviteeList } = invites.get(out.inviteID);
    const outcomes = told.get(out.inviteID) ?? Object.fromEntries(inviteeList.map((invitee) => [invitee, "pending"]));
    told.set(out.inviteID, outcomes);
    hear(outcomes, out, userOf(peer));
    if (out.callback === "operationFailed" && out.operation === "invite") told.delete(out.inviteID);
  }
  for (const outcomes of told.values()) forgetAfterReject(outcomes, userOf(peer));
  return Object.fromEntries(told);
}

/** Takes in what one line says about the invitees. */
function hear(outcomes, out, user) {
  const settle = (outcome) => {
    const before = out.revises ?? "pending";
    for (const invitee of Object.keys(outcomes)) if (outcomes[invitee] === before) outcomes[invitee] = outcome;
  };
  switch (out.callback ?? out.result) {
    case "accept":
      outcomes[user] = "accepted";
      break;
    case "reject":
      outcomes[user] = "rejected";
      break;
    case "onInviteeAccepted":
      outcomes[out.invitee] = "accepted";
      break;
    case "onInviteeRejected":
      outcomes[out.invitee] = "rejected";
      break;
    case "cancel":
    case "onInvitationCancelled":
      settle("cancelled");
      break;
    case "onInvitationTimeout":
      for (const invitee of out.inviteeList) outcomes[invitee] = "timedOut";
      break;
    case "missed":
      settle(out.reason);
      break;
    case "invite":
    case "inviteInGroup":
    case "onReceiveNewInvitation":
    case "onInvitationModified":
    case "lateAnswer":
    case "operationFailed":
    case "ended":
      break; // nothing new about an invitee
    default:
      throw new Error(`what does this say about the invitees? ${JSON.stringify(out)}`);
  }
}

/** After its user's own reject, an app is not told what the others do (R2, the web profile). */
function forgetAfterReject(outcomes, user) {
  if (outcomes[user] !== "rejected") return;
  for (const invitee of Object.keys(outcomes)) if (outcomes[invitee] === "pending") delete outcomes[invitee];
}

/** What an engine of ours answered when it was asked at the end. */
const known = (live, peer) => live.find((line) => line.peer === peer && line.outcomes)?.outcomes;

/** Whether an engine of ours has, at the end, what its app was told; and had it when it said `ended`. */
function engineAgainstApp(peer, live) {
  const ended = live.flatMap((line, at) => {
    if (line.peer !== peer || line.out?.callback !== "ended") return [];
    const { inviteID, outcomes } = line.out;
    return [{ inviteID, told: toldTo(peer, live.slice(0, at))[inviteID] ?? {}, has: outcomes }];
  });
  const end = Object.entries(toldTo(peer, live)).map(([inviteID, told]) => {
    return { inviteID, told, has: known(live, peer)[inviteID] ?? {} };
  });
  return [...ended, ...end].flatMap(({ inviteID, told, has }) => {
    const isKept = Object.keys(told).every((invitee) => told[invitee] === has[invitee]);
    return isKept ? [] : [complaint(`the engine of ${peer} about ${inviteID}, as against its app`, told, has)];
  });
}

/** Every invitee of whom one end has another outcome than an earlier one. */
function contradictions(ends) {
  const first = new Map();
  const complaints = [];
  for (const { peer, outcomes } of ends) {
    for (const [id, of] of Object.entries(outcomes)) {
      for (const [invitee, outcome] of Object.entries(of)) {
        const key = `${invitee} of ${id}`;
        const other = first.get(key) ?? { peer, outcome };
        first.set(key, other);
        if (other.outcome !== outcome) {
          complaints.push(complaint(`${key}, at ${other.peer} and at ${peer}`, other.outcome, outcome));
        }
      }
    }
  }
  return complaints;
}
