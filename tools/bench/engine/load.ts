/** The load process: does one task after the other, told over IPC. */

import { beginMixed, endMixed, ingest } from "./load-on-schedule.ts";
import {
  floodMutations,
  mutateOnce,
  openIdle,
  timeMutations,
  timeQueries,
  touch,
  watchEach,
} from "./load-one-by-one.ts";
import type { AskMessage, FromLoad, TaskName, Tasks } from "./messages.ts";

type Handlers = {
  readonly [K in TaskName]: (ask: Tasks[K]["ask"]) => Promise<Tasks[K]["answer"]>;
};

const HANDLERS: Handlers = {
  floodMutations,
  mutateOnce,
  timeMutations,
  timeQueries,
  watchEach,
  touch,
  openIdle,
  ingest,
  beginMixed,
  endMixed,
};

const tell = (message: FromLoad) => process.send?.(message);
const fail = (error: unknown) =>
  tell({ kind: "failed", message: error instanceof Error ? error.message : String(error) });

async function perform<K extends TaskName>({ name, ask }: AskMessage<K>): Promise<void> {
  const handler: Handlers[K] = HANDLERS[name];
  tell({ kind: "done", answer: await handler(ask) });
}

process.on("message", (message: AskMessage) => {
  perform(message).catch(fail);
});
process.on("uncaughtException", fail);
process.once("disconnect", () => process.exit(0));
