// Traces, recorded and live: what each peer took in and put out, one object a line.
const INVITE = 1;

export const parseTrace = (text) => text.trim().split("\n").map((line) => JSON.parse(line));

/** `alice/2` is alice's second device. */
export const userOf = (peer) => peer.split("/")[0];

/** All invites of a trace, by inviteID. */
export function invitesIn(trace) {
  const payloads = trace.map((line) => inviteOf(line)).filter(Boolean);
  return new Map(payloads.map((payload) => [payload.inviteID, payload]));
}

/**
 * Both traces with names in the place of the inviteIDs, of which every run has its own: `{invite 1}` is the first one
 * in the recording. A user's first invite is their first one there, and so on; one that is not there keeps its id.
 */
export function nameInvitations(recorded, live) {
  const there = [...invitesIn(recorded).values()];
  const names = new Map(there.map(({ inviteID }, at) => [inviteID, `{invite ${at + 1}}`]));
  const counterparts = new Map();
  for (const { inviteID, inviter } of invitesIn(live).values()) {
    const earlier = [...counterparts.values()];
    const counterpart = there.find((invite) => invite.inviter === inviter && !earlier.includes(invite.inviteID));
    if (counterpart) counterparts.set(inviteID, counterpart.inviteID);
  }
  return [
    renamed(recorded, names),
    renamed(live, new Map([...counterparts].map(([id, counterpart]) => [id, names.get(counterpart)]))),
  ];
}

function inviteOf({ out }) {
  const payload = out?.send && JSON.parse(out.send.data);
  return payload?.actionType === INVITE ? payload : null;
}

function renamed(trace, names) {
  const text = [...names].reduce((text, [id, name]) => text.replaceAll(id, name), JSON.stringify(trace));
  return JSON.parse(text);
}

/** How something is not as it should be, for people to read. */
export const complaint = (where, expected, got) =>
  `${where}\n    expected ${JSON.stringify(expected) ?? "nothing"}\n    got      ${JSON.stringify(got) ?? "nothing"}`;
