// One end of the line protocol, as a process.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

const HANGS_AFTER_MS = 60_000;

/** A process with peers in it. */
export class Side {
  constructor([command, ...args]) {
    const signal = AbortSignal.timeout(HANGS_AFTER_MS);
    this.process = spawn(command, args, { stdio: ["pipe", "pipe", "inherit"], signal });
    for (const emitter of [this.process, this.process.stdin]) emitter.on("error", () => {}); // `ask` says that it ended
    this.lines = createInterface({ input: this.process.stdout })[Symbol.asyncIterator]();
    this.nextTimer = null;
  }

  async ask(command) {
    const text = JSON.stringify(command);
    this.process.stdin.write(`${text}\n`);
    const answers = [];
    for (;;) {
      const { value, done } = await this.lines.next();
      if (done) throw new Error(`${this.process.spawnfile} ended at ${text}`);
      const answer = JSON.parse(value);
      if (answer.error !== undefined) throw new Error(`${this.process.spawnfile}: ${answer.error}: ${text}`);
      if (answer.done !== undefined) {
        this.nextTimer = answer.nextTimer;
        return answers;
      }
      answers.push(answer);
    }
  }

  close() {
    this.process.stdin.end();
  }
}
