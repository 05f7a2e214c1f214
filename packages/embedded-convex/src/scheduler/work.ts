/**
 * What the loop runs: a scheduled function or a cron's run, seen the same way. Each
 * step happens inside a transaction the caller brings.
 */
import type { JSONValue } from "convex/values";
import type { Transaction } from "../database/types.ts";
import type { FunctionAddress } from "../rooms.ts";

export interface Work {
  /** Two with the same key never run at the same time. */
  readonly key: string;
  readonly address: FunctionAddress;
  readonly args: readonly JSONValue[];
  readonly scheduledFunctionId?: string;
  /** Path of the component that scheduled it; absent: the app. */
  readonly home?: string;
  /** System errors and long rows of conflicts so far: how long to wait next. */
  readonly attempts: number;
  /** Whether it is still to be done; for a mutation, first thing in its own transaction. */
  claim(tx: Transaction): boolean;
  /** An action is about to start. */
  markRunning(tx: Transaction): void;
  /** `error` null: it succeeded. */
  end(tx: Transaction, error: string | null): void;
  /** Try again not before `untilMs`. */
  postpone(tx: Transaction, untilMs: number): void;
}

/** A kind of work: where the loop finds what is due. */
export interface WorkSource {
  /** Tables whose commits may change what is due. */
  readonly tables: ReadonlySet<string>;
  /** The longest due first. */
  due(tx: Transaction, nowMs: number, limit: number): Work[];
  /** When the next is due after `nowMs`, null without one. */
  nextMs(tx: Transaction, nowMs: number): number | null;
  /** What was running when the process ended, once at start: actions run at most once. */
  failInterrupted(tx: Transaction, error: string): void;
}
