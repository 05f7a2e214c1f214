/** Pushed schemas on their way to becoming the active one. */
import type { JSONValue } from "convex/values";
import type { Clock } from "../rooms.ts";
import type { CommitQueue } from "../store/commit-queue.ts";
import type { PastCommit } from "./history.ts";
import type { Database, IndexDiff, SchemaPush, Transaction } from "./types.ts";

export class SchemaPushes {
  constructor(_database: Database, _queue: CommitQueue, _clock: Clock) {}
  dropPending(_tx: Transaction): void {}
  collectGarbage(): void {}
  checkActivation(_push: SchemaPush | null): void {}
  prepare(_schema: JSONValue | null): SchemaPush {
    throw new Error("schema pushes are not built yet");
  }
  diff(_schema: JSONValue | null): IndexDiff {
    throw new Error("schema pushes are not built yet");
  }
  observe(_past: PastCommit, _activation: SchemaPush | null): void {}
  close(): void {}
}
