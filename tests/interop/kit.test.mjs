// Calls between the vendor's call kit and convoke's, live, and between two of the same kind.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Exchange } from "./exchange.mjs";
import { CASES, QUIRKS } from "./kit-cases.mjs";

const KINDS = ["kit", "convoke"];
const ACTIONS = { 1: "invites", 2: "cancels", 3: "accepts", 4: "rejects", 5: "times out" };
const MEDIA = { 1: "audio", 2: "video" };

const words = (...all) => all.filter((word) => word !== undefined && word !== "").join(" ");

/** An event of an app, in short. */
function told({ event, failed, refused, call, ...fields }) {
  if (failed ?? refused) return `failed: ${failed ?? refused}`;
  if (event) {
    const { sponsor, userID, callEnd, inviteData } = fields;
    return words(event, sponsor, userID, callEnd, MEDIA[inviteData?.callType]);
  }
  const [[name, { by, who, media, reason, duration, isMissed }]] = Object.entries(call);
  if (name !== "ended") return words(name, by ?? who, media);
  const [why, whom] = typeof reason === "string" ? [reason] : Object.entries(reason)[0];
  return words(name, why, whom, duration === null ? "" : Math.round(duration / 1000), isMissed ? "missed" : "");
}

/** A message, in short. */
function said({ from, to, actionType, data }) {
  const { cmd, message } = data.data;
  return words(from, ACTIONS[actionType], actionType === 1 ? to : "", cmd, message, data.call_end);
}

/** A message without what is each phone's own. */
function content({ from, to, actionType, data: { platform, ...data } }) {
  const text = JSON.stringify({ from, to, actionType, data });
  return JSON.parse(text.replaceAll(/"room_id":\d+/g, '"room_id":"of the call"'));
}

async function play(phones, steps, { idsBegin, isStuck = false } = {}) {
  const line = await Exchange.open({ carol: "kit", ...phones }, { idsBegin });
  try {
    for (const step of steps) {
      if (typeof step === "number") await line.pass(step);
      else await line.act(...step);
    }
    await line.pass(3);
    const isNews = ({ event }) => event !== "onGroupCallInviteeListUpdate"; // what the kit's own page shows
    const of = (user) => line.told.filter((one) => one.user === user && isNews(one)).map(told);
    const played = { alice: of("alice"), bob: of("bob"), messages: [...line.said] };
    if (!isStuck) await assertFree(line, phones);
    return played;
  } finally {
    line.close();
  }
}

/** Each phone rings when the other one calls: nothing has remained of what was before. */
async function assertFree(line, phones) {
  for (const [from, to] of [["alice", "bob"], ["bob", "alice"]]) {
    line.told = [];
    await line.act(from, "dial", to, "audio");
    await line.pass(5);
    const rings = { kit: `onInvited ${from} audio`, convoke: `ringing ${from} audio` };
    assert.deepEqual(line.told.map(told), [rings[phones[to]]]);
    await line.act(from, "hangUp");
    await line.pass(5);
  }
}

const MIXES = KINDS.flatMap((alice) => KINDS.map((bob) => ({ alice, bob })));

for (const { name, steps, ...expected } of CASES) {
  let kits; // between two of them each message is the kit's own: whoever stands in for one says the same
  for (const phones of MIXES) {
    const { alice, bob } = phones;
    const skip = expected.alice[alice] === null || expected.bob[bob] === null;
    test(`${name}: ${alice} calls ${bob}`, { skip }, async () => {
      const played = await play(phones, steps);
      kits ??= played;
      assert.deepEqual(played.alice, expected.alice[alice]);
      assert.deepEqual(played.bob, expected.bob[bob]);
      assert.deepEqual(played.messages.map(said), expected.said);
      assert.deepEqual(played.messages.map(content), kits.messages.map(content));
    });
  }
}

for (const { name, phones, steps, idsBegin, isStuck, ...expected } of QUIRKS) {
  test(name, async () => {
    const options = { idsBegin, isStuck };
    const { messages, ...played } = await play(phones ?? { alice: "kit", bob: "convoke" }, steps, options);
    assert.deepEqual({ ...played, said: messages.map(said) }, expected);
  });
}
