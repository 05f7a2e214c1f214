/**
 * The `_crons` table: one row per cron job with its next run.
 *
 * [CRON6] A push keeps the next run of a cron whose schedule is unchanged, moves the next
 *         run of one whose schedule changed, and removes the crons it does not name.
 * [CRON7] The next run is decided in the transaction that ends a run, so a cron never
 *         runs twice at a time and a mutation's run and its effects are one commit.
 */
import { isDeepStrictEqual } from "node:util";
import type { JSONValue } from "convex/values";
import type { SystemDocument, Transaction } from "../database/types.ts";
import { type CronSchedule, firstRunMs, nextRun } from "./cron-schedule.ts";

/** A cron as pushed, of a component. `path` has no `.js`. */
export interface CronSpec {
  readonly name: string;
  readonly path: string;
  /** Positional array, convex-encoded. */
  readonly args: readonly JSONValue[];
  readonly schedule: CronSchedule;
}

/** `running` is only ever seen for actions: between their start and their end. */
export interface CronRow extends CronSpec {
  readonly _id: string;
  readonly component: string;
  readonly nextRunMs: number;
  readonly running: boolean;
  readonly lastRun: { readonly atMs: number; readonly error: string | null } | null;
}

export interface CronDiff {
  readonly added: string[];
  readonly updated: string[];
  readonly deleted: string[];
}

/** What `applyCrons` would do. */
export function diffCrons(
  tx: Transaction,
  component: string,
  specs: readonly CronSpec[],
): CronDiff {
  const stored = new Map(readCrons(tx, component).map((row) => [row.name, row]));
  const names = new Set(specs.map(({ name }) => name));
  const known = specs.filter(({ name }) => stored.has(name));
  return {
    added: specs.filter(({ name }) => !stored.has(name)).map(({ name }) => name),
    updated: known.filter((spec) => !sameSpec(spec, stored.get(spec.name))).map(({ name }) => name),
    deleted: [...stored.keys()].filter((name) => !names.has(name)),
  };
}

/** Brings a component's crons to what a push names, in the push's transaction. */
export function applyCrons(
  tx: Transaction,
  component: string,
  specs: readonly CronSpec[],
  nowMs: number,
): CronDiff {
  const diff = diffCrons(tx, component, specs);
  const stored = new Map(readCrons(tx, component).map((row) => [row.name, row]));
  for (const name of diff.deleted) tx.system.remove("_crons", stored.get(name)?._id ?? "");
  for (const spec of specs) {
    const row = stored.get(spec.name);
    if (row === undefined) insertCron(tx, component, spec, nowMs);
    else if (diff.updated.includes(spec.name)) updateCron(tx, row, spec, nowMs);
  }
  return diff;
}

/** Crons that are due, the longest due first. */
export function dueCrons(tx: Transaction, nowMs: number, limit: number): CronRow[] {
  return tx.system.query("_crons", "by_next", [], { lte: nowMs, limit }).map(asCronRow);
}

/** When the next cron is due, null without crons. Crons that run now count as well. */
export function nextCronMs(tx: Transaction, afterMs: number): number | null {
  const [row] = tx.system.query("_crons", "by_next", [], { gt: afterMs, limit: 1 });
  return row === undefined ? null : asCronRow(row).nextRunMs;
}

export function readCron(tx: Transaction, id: string): CronRow | null {
  const row = tx.system.get("_crons", id);
  return row === null ? null : asCronRow(row);
}

/** Crons whose action was running: after a start these were cut off. */
export function runningCrons(tx: Transaction): CronRow[] {
  return tx.system
    .query("_crons", "by_name")
    .map(asCronRow)
    .filter((row) => row.running);
}

export function markCronRunning(tx: Transaction, id: string, running: boolean): void {
  tx.system.patch("_crons", id, { running });
}

/** Ends the run that was due at `row.nextRunMs`. Returns how many runs are skipped. */
export function endCronRun(
  tx: Transaction,
  row: CronRow,
  end: { readonly nowMs: number; readonly error: string | null },
): number {
  const { atMs, skipped } = nextRun(row.schedule, row.nextRunMs, end.nowMs);
  const lastRun = { atMs: row.nextRunMs, error: end.error };
  tx.system.patch("_crons", row._id, { nextRunMs: atMs, running: false, lastRun });
  return skipped;
}

function readCrons(tx: Transaction, component: string): CronRow[] {
  return tx.system.query("_crons", "by_name", [component]).map(asCronRow);
}

function insertCron(tx: Transaction, component: string, spec: CronSpec, nowMs: number): void {
  const nextRunMs = firstRunMs(spec.schedule, nowMs);
  const fields = { component, nextRunMs, running: false, lastRun: null };
  tx.system.insert("_crons", { ...specFields(spec), ...fields });
}

function updateCron(tx: Transaction, row: CronRow, spec: CronSpec, nowMs: number): void {
  const sameTiming = isDeepStrictEqual(row.schedule, spec.schedule);
  const nextRunMs = sameTiming ? row.nextRunMs : firstRunMs(spec.schedule, nowMs);
  tx.system.patch("_crons", row._id, { ...specFields(spec), nextRunMs });
}

function specFields({ name, path, args, schedule }: CronSpec) {
  return { name, path, args: [...args], schedule: { ...schedule } };
}

function sameSpec(spec: CronSpec, row: CronRow | undefined): boolean {
  if (row === undefined) return false;
  const timed = ({ path, args, schedule }: CronSpec) => ({ path, args, schedule });
  return isDeepStrictEqual(timed(spec), timed(row));
}

function asCronRow(document: SystemDocument): CronRow {
  return document as unknown as CronRow;
}
