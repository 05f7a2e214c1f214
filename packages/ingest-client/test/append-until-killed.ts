/** Run as a process of its own: puts events into the outbox named, printing each id once it is safe. */
import { openFileOutbox } from "../src/file-outbox.ts";
import { post } from "./events.ts";

const outbox = await openFileOutbox(process.argv[2] ?? "");
for (let number = 1; ; number++) {
  await Promise.all([outbox.append([post(`a${number}`)]), outbox.append([post(`b${number}`)])]);
  process.stdout.write(`a${number}\nb${number}\n`);
}
