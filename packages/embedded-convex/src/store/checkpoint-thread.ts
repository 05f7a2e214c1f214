/** Moves the write-ahead log into the database when told to; see checkpointer.ts. */
import { DatabaseSync } from "node:sqlite";
import { parentPort, workerData } from "node:worker_threads";
import type { CheckpointReport } from "./checkpointer.ts";

if (parentPort === null) throw new Error("The checkpoint thread was started as a program.");
const port = parentPort;
const sqlite = new DatabaseSync(String(workerData));
sqlite.exec("PRAGMA wal_autocheckpoint = 0; PRAGMA busy_timeout = 1000");
const checkpoint = sqlite.prepare("PRAGMA wal_checkpoint(PASSIVE)");

port.on("message", () => {
  const row = checkpoint.get();
  const report: CheckpointReport = {
    logFrames: Number(row?.log),
    movedFrames: Number(row?.checkpointed),
  };
  port.postMessage(report);
});
