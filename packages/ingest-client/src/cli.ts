/** The process of `heliograph-send`. */
import { randomUUID } from "node:crypto";
import { text } from "node:stream/consumers";
import { runSend } from "./send-command.ts";

process.exitCode = await runSend({
  args: process.argv.slice(2),
  env: process.env,
  readInput: () => text(process.stdin),
  out: (line) => process.stdout.write(line),
  err: (line) => process.stderr.write(line),
  nowMs: Date.now,
  makeId: randomUUID,
});
