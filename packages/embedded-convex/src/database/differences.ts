/**
 * From what the store has to what a transaction sees of one table. Pure.
 *
 * The store is read as of some commit, before or after the transaction's snapshot; the
 * commits in between say exactly which documents differ, and how:
 *
 *   store at S ... snapshot at T, own writes on top:   apply the commits in (S, T], then the writes
 *   snapshot at T ... store at S:                      undo the commits in (T, S], then the writes
 */
import type { Timestamp } from "../rooms.ts";
import type { Difference, DocumentText } from "../search/messages.ts";
import type { StoredDocument } from "./documents.ts";
import type { PastCommit } from "./history.ts";
import type { PendingWrite } from "./write-set.ts";

interface DifferencesInput {
  readonly tablet: number;
  readonly storeTs: Timestamp;
  readonly snapshotTs: Timestamp;
  /** Between the two, oldest first. */
  readonly commits: readonly PastCommit[];
  readonly ownWrites: Iterable<PendingWrite>;
}

interface Versions {
  readonly stored: StoredDocument | null;
  readonly seen: StoredDocument | null;
}

export function differences(input: DifferencesInput): Difference[] {
  const { tablet, commits, ownWrites } = input;
  const storeIsBehind = input.storeTs < input.snapshotTs;
  const found = new Map<string, Versions>();
  for (const { documents } of commits) {
    for (const change of documents) {
      if (change.tablet !== tablet) continue;
      const { id, before, after } = change;
      const { stored, seen } = found.get(id) ?? { stored: before, seen: before };
      found.set(id, storeIsBehind ? { stored, seen: after } : { stored: after, seen });
    }
  }
  for (const { table, id, before, after } of ownWrites) {
    if (table.tablet !== tablet) continue;
    found.set(id, { stored: (found.get(id) ?? { stored: before }).stored, seen: after });
  }
  return Array.from(found.values(), ({ stored, seen }) => ({
    stored: textOf(stored),
    seen: textOf(seen),
  }));
}

function textOf(document: StoredDocument | null): DocumentText | null {
  if (document === null) return null;
  const { serial, id, json } = document;
  return { serial, id, json };
}
