// What may become of a call from alice to bob: what was said, and what the app of each was told, by the kind of their
// phone; `null`, where a phone of that kind has another way of its own, and the mix is not played. Steps are deeds and,
// between them, seconds that go by.

const RINGS = { kit: ["onInvited alice video"], convoke: ["ringing alice video"] };
const CALLS = ["alice invites bob videoCall"];
const IS_ANSWERED = {
  kit: ["onUserAccept alice", "onUserEnter bob"],
  convoke: ["answered bob video", "connected"],
};
const ANSWERS = { kit: [...RINGS.kit, "onUserEnter alice"], convoke: [...RINGS.convoke, "connected"] };
const CONNECTS = [...CALLS, "bob accepts videoCall"];

const then = (before, kit, convoke) => ({ kit: [...before.kit, ...kit], convoke: [...before.convoke, ...convoke] });

export const CASES = [
  {
    name: "it is answered, and the caller hangs up",
    steps: [["alice", "dial", "bob", "video"], 5, ["bob", "answer"], 37, ["alice", "hangUp"]],
    said: [...CONNECTS, "bob invites alice hangup 37"],
    alice: then(IS_ANSWERED, ["onCallEnd bob 37"], ["ended hungUp alice 37"]),
    bob: then(ANSWERS, ["onUserLeave alice", "onCallEnd alice 37"], ["ended hungUp alice 37"]),
  },
  {
    name: "it is answered, and the callee hangs up",
    steps: [["alice", "dial", "bob", "video"], 5, ["bob", "answer"], 37, ["bob", "hangUp"]],
    said: [...CONNECTS, "alice invites bob hangup 37"],
    alice: then(IS_ANSWERED, ["onUserLeave bob", "onCallEnd alice 37"], ["ended hungUp bob 37"]),
    bob: then(ANSWERS, ["onCallEnd alice 37"], ["ended hungUp bob 37"]),
  },
  {
    name: "it is declined",
    steps: [["alice", "dial", "bob", "video"], 5, ["bob", "decline"]],
    said: [...CALLS, "bob rejects videoCall"],
    alice: { kit: ["onReject bob"], convoke: ["ended declined bob"] },
    bob: then(RINGS, [], ["ended declined bob"]),
  },
  {
    name: "it is cancelled",
    steps: [["alice", "dial", "bob", "video"], 5, ["alice", "hangUp"]],
    said: [...CALLS, "alice cancels videoCall"],
    alice: { kit: [], convoke: ["ended cancelled"] },
    bob: then(RINGS, ["onCallingCancel"], ["ended cancelled missed"]),
  },
  {
    name: "nobody answers",
    steps: [["alice", "dial", "bob", "video"], 40],
    said: [...CALLS, "bob times out videoCall"],
    alice: { kit: ["onCallingTimeout alice", "onCallEnd alice 0"], convoke: ["ended noResponse"] },
    bob: then(RINGS, ["onCallingTimeout alice", "onCallEnd alice 0"], ["ended noResponse missed"]),
  },
  {
    name: "the callee is in another call",
    steps: [
      ...[["carol", "dial", "bob", "audio"], 5, ["bob", "answer"], 5],
      ...[["alice", "dial", "bob", "video"], 5, ["bob", "hangUp"]],
    ],
    said: [
      ...["carol invites bob audioCall", "bob accepts audioCall"],
      ...[...CALLS, "bob rejects videoCall lineBusy", "carol invites bob hangup 10"],
    ],
    alice: { kit: ["onLineBusy alice bob"], convoke: ["ended busy bob"] },
    bob: {
      kit: ["onInvited carol audio", "onUserEnter carol", "onLineBusy alice bob", "onCallEnd carol 10"],
      convoke: ["ringing carol audio", "connected", "ended busy bob missed", "ended hungUp bob 10"],
    },
  },
  {
    name: "the caller goes on with sound alone",
    steps: [
      ...[["alice", "dial", "bob", "video"], 5, ["bob", "answer"], 5, ["alice", "switch", "audio"], 50],
      ["alice", "hangUp"],
    ],
    said: [
      ...[...CONNECTS, "alice invites bob switchToAudio", "bob accepts switchToAudio"],
      "bob invites alice hangup 55",
    ],
    alice: then(IS_ANSWERED, ["onCallEnd bob 55"], ["switched audio", "ended hungUp alice 55"]),
    bob: then(ANSWERS, ["onUserLeave alice", "onCallEnd alice 55"], ["switched audio", "ended hungUp alice 55"]),
  },
  {
    name: "the callee goes on with sound alone",
    steps: [
      ...[["alice", "dial", "bob", "video"], 5, ["bob", "answer"], 5, ["bob", "switch", "audio"], 50],
      ["alice", "hangUp"],
    ],
    said: [
      ...[...CONNECTS, "bob invites alice switchToAudio", "alice accepts switchToAudio"],
      "bob invites alice hangup 55",
    ],
    alice: then(IS_ANSWERED, ["onCallEnd bob 55"], ["switched audio", "ended hungUp alice 55"]),
    bob: then(ANSWERS, ["onUserLeave alice", "onCallEnd alice 55"], ["switched audio", "ended hungUp alice 55"]),
  },
  {
    name: "the callee wants a picture, too",
    steps: [
      ...[["alice", "dial", "bob", "audio"], 5, ["bob", "answer"], 5, ["bob", "switch", "video"], 0.1],
      ...[["alice", "agree"], 50, ["alice", "hangUp"]],
    ],
    said: [
      ...["alice invites bob audioCall", "bob accepts audioCall"],
      ...["bob invites alice switchToVideo", "alice accepts switchToVideo", "bob invites alice hangup 55"],
    ],
    alice: {
      kit: [...IS_ANSWERED.kit, "onCallEnd bob 55"],
      convoke: ["answered bob audio", "connected", "switchAsked video", "switched video", "ended hungUp alice 55"],
    },
    bob: {
      kit: ["onInvited alice audio", "onUserEnter alice", "onUserLeave alice", "onCallEnd alice 55"],
      convoke: ["ringing alice audio", "connected", "switched video", "ended hungUp alice 55"],
    },
  },
  {
    name: "the caller goes on with sound alone while it rings",
    steps: [
      ...[["alice", "dial", "bob", "video"], 5, ["alice", "switch", "audio"], 5, ["bob", "answer"], 50],
      ["alice", "hangUp"],
    ],
    said: [
      ...[...CALLS, "alice invites bob switchToAudio", "bob accepts switchToAudio"],
      ...["bob accepts audioCall", "bob invites alice hangup 50"],
    ],
    alice: { kit: [...IS_ANSWERED.kit, "onCallEnd bob 50"], convoke: null }, // which switches once it is answered
    bob: then(
      RINGS,
      ["onUserEnter alice", "onUserLeave alice", "onCallEnd alice 50"],
      ["switched audio", "connected", "ended hungUp alice 50"],
    ),
  },
  {
    name: "the caller cancels while the answer is on its way",
    steps: [["alice", "dial", "bob", "video"], 5, ["alice", "hangUp"], ["bob", "answer"], 30],
    said: [...CALLS, "alice cancels videoCall", "bob accepts videoCall"],
    alice: { kit: ["onUserAccept alice"], convoke: null }, // which says a hang-up then (`K7`)
    bob: then(RINGS, ["onCallingCancel"], ["ended cancelled"]),
  },
  {
    name: "several are called without a group, and leave one by one",
    steps: [
      ...[["alice", "dial", ["bob", "carol"], "video"], 5, ["bob", "answer"], 5, ["carol", "answer"], 10],
      ...[["carol", "hangUp"], 5, ["alice", "hangUp"]],
    ],
    said: [
      ...[...CALLS, "alice invites carol videoCall", "bob accepts videoCall", "carol accepts videoCall"],
      "bob invites alice hangup 20",
    ],
    alice: {
      kit: [...IS_ANSWERED.kit, "onUserAccept alice", "onUserEnter carol", "onUserLeave carol", "onCallEnd bob 20"],
      convoke: null, // which tells them of each other (`K10`), as in `QUIRKS`
    },
    bob: then(
      ANSWERS,
      ["onUserEnter carol", "onUserLeave carol", "onUserLeave alice", "onCallEnd alice 20"],
      ["notComing carol", "ended hungUp alice 20"],
    ),
  },
];

const LAST_IDS = 0xffff_f000;

/** What the kit does of its own accord, and what becomes of it on a phone of convoke's. Alice has the kit, or bob. */
export const QUIRKS = [
  {
    name: "a kit whose invitation is the higher one says busy, and its own call rings after all",
    idsBegin: LAST_IDS,
    steps: [
      ...[["alice", "dial", "bob", "video"], ["bob", "dial", "alice", "video"], 5],
      ...[["bob", "answer"], 9, ["bob", "hangUp"]],
    ],
    said: [
      ...["alice invites bob videoCall", "bob invites alice videoCall", "alice rejects videoCall lineBusy"],
      ...["bob accepts videoCall", "alice invites bob hangup 9"],
    ],
    alice: ["onLineBusy bob alice", "onUserAccept alice", "onUserEnter bob", "onUserLeave bob", "onCallEnd alice 9"],
    bob: ["ended busy alice", "ringing alice video", "connected", "ended hungUp bob 9"],
  },
  {
    name: "a kit whose invitation is the lower one takes the withdrawal of the other for that of the call",
    steps: [["alice", "dial", "bob", "video"], ["bob", "dial", "alice", "video"], 20],
    said: [
      ...["alice invites bob videoCall", "bob invites alice videoCall", "bob accepts videoCall"],
      ...["bob cancels videoCall", "alice rejects videoCall lineBusy", "bob invites alice hangup 0"],
    ],
    alice: ["onLineBusy bob alice", "onUserAccept alice", "onCallingCancel", "onCallEnd bob 0"],
    bob: ["answered alice video", "ended mediaFailed"],
  },
  {
    name: "a kit that asks for a picture, and is told nothing, ends the call",
    steps: [["alice", "dial", "bob", "audio"], 5, ["bob", "answer"], 5, ["alice", "switch", "video"], 40],
    said: [
      ...["alice invites bob audioCall", "bob accepts audioCall", "alice invites bob switchToVideo"],
      ...["bob times out switchToVideo", "bob invites alice hangup 35"],
    ],
    alice: ["onUserAccept alice", "onUserEnter bob", "onCallingTimeout alice", "onCallEnd alice 0", "onCallEnd bob 35"],
    bob: ["ringing alice audio", "connected", "switchAsked video", "notSwitched", "ended hungUp alice 35"],
  },
  {
    name: "a kit whose user hung up counts its next call from the one before",
    steps: [
      ...[["alice", "dial", "bob", "video"], 5, ["bob", "answer"], 10, ["alice", "hangUp"], 5],
      ...[["alice", "dial", "bob", "video"], 5, ["bob", "answer"], 10, ["bob", "hangUp"]],
    ],
    said: [...CONNECTS, "bob invites alice hangup 10", ...CONNECTS, "alice invites bob hangup 30"],
    alice: [...IS_ANSWERED.kit, "onCallEnd bob 10", ...IS_ANSWERED.kit, "onUserLeave bob", "onCallEnd alice 30"],
    bob: [...ANSWERS.convoke, "ended hungUp alice 10", ...ANSWERS.convoke, "ended hungUp bob 10"],
  },
  {
    name: "a kit takes news of the others for a call, to which it says busy",
    phones: { alice: "convoke", bob: "kit" },
    steps: [
      ...[["alice", "dial", ["bob", "carol"], "video"], 5, ["bob", "answer"], 5, ["carol", "decline"], 10],
      ["bob", "hangUp"],
    ],
    said: [
      ...[...CALLS, "alice invites carol videoCall", "bob accepts videoCall"],
      ...["alice invites carol sync_info", "carol rejects videoCall lineBusy", "carol rejects videoCall"],
      ...["alice invites bob sync_info", "bob rejects videoCall lineBusy", "alice invites bob hangup 15"],
    ],
    alice: ["answered bob video", "connected", "notComing carol", "ended hungUp bob 15"],
    bob: [...ANSWERS.kit, "onLineBusy alice bob", "onCallEnd alice 15"],
  },
  {
    name: "a kit that has just left rings for ever for news of the others",
    phones: { alice: "convoke", bob: "kit" },
    steps: [
      ...[["alice", "dial", ["bob", "carol"], "video"], 5, ["bob", "answer"], 5, ["carol", "answer"], 10],
      ...[["carol", "hangUp"], ["bob", "hangUp"], 60],
    ],
    isStuck: true,
    said: [
      ...[...CALLS, "alice invites carol videoCall", "bob accepts videoCall"],
      ...["alice invites carol sync_info", "carol rejects videoCall lineBusy", "carol accepts videoCall"],
      ...["alice invites bob sync_info", "bob rejects videoCall lineBusy"],
      ...["alice invites bob sync_info", "alice invites bob hangup 15"],
    ],
    alice: ["answered bob video", "connected", "answered carol video", "notComing carol", "ended hungUp bob 15"],
    bob: [
      ...[...ANSWERS.kit, "onUserEnter carol", "onLineBusy alice bob"],
      ...["onInvited alice video", "onCallEnd alice 15"],
    ],
  },
];
