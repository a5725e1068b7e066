// The line protocol of a side: one JSON object a line in, answers out, then `done`.
import { createInterface } from "node:readline";
import { elapsed, nextTimer } from "./clock.mjs";

export const write = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);

/** What a peer puts out. */
export const putOut = (peer, out) => write({ t: elapsed(), peer, ...out });

/** Answers the commands on standard input until it ends. */
export async function serve(commands) {
  for await (const text of createInterface({ input: process.stdin })) {
    let op = null;
    try {
      const line = JSON.parse(text);
      op = line.op ?? null;
      if (!Object.hasOwn(commands, op)) throw new Error(`not a command: \`${op}\``);
      await commands[op](line);
    } catch (error) {
      write({ error: error.message });
    }
    write({ done: op, nextTimer: nextTimer() });
  }
  process.exit(0);
}
