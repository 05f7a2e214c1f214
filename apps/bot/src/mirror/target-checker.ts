/**
 * Makes the checks that the backend asks for, one target at a time, while the
 * shard's lease is held: pages the channel, compares, reports, and removes what
 * the backend calls a stray.
 */
import { type APIMessage, Routes } from "discord.js";
import type { Backend, CheckReport, MirrorWork, Unsubscribe, WantedCheck } from "../backend.ts";
import type { Clock } from "../clock.ts";
import { asCall } from "../discord/paced-request.ts";
import type { ShardWorker, WorkerLease } from "../lease/shard-worker.ts";
import { errorText, type Log } from "../log.ts";
import { compareTarget, type LookedAt } from "./compare-target.ts";
import { type DiscordCalls, readMessages, snowflakeAt, toPosted } from "./discord-channel.ts";
import { classifyDiscordError, isUnknownMessage } from "./discord-error.ts";

export interface CheckerDoors {
  readonly backend: Pick<Backend, "watchChecks" | "expectedIn" | "reportCheck">;
  readonly calls: Pick<DiscordCalls, "rest" | "botUserId" | "onRemoving">;
  readonly clock: Clock;
  readonly log: Log;
  /** Server time, in ms. */
  readonly nowMs: () => number;
}

const LOOKS_BACK_MS = 7 * 24 * 60 * 60_000;
const ON_THEIR_WAY_MS = 10_000; // what was posted that short ago may not be settled yet
const LATEST_POST_MS = 6 * 60 * 60_000; // after it was planned: no mirror is tried for longer
const MOST_PAGES = 40; // 1,000 mirrors
const PAGE = 100; // of messages
const AGAIN_MS = 60_000; // after a check that could not be reported

export class TargetChecker implements ShardWorker {
  readonly #doors: CheckerDoors;
  readonly #lease: Pick<WorkerLease, "shard" | "epoch">;
  readonly #gone = new AbortController();
  #wanted: readonly WantedCheck[] = [];
  #unsubscribe: Unsubscribe = () => {};
  #isBusy = false;

  constructor(doors: CheckerDoors, lease: Pick<WorkerLease, "shard" | "epoch">) {
    this.#doors = doors;
    this.#lease = lease;
  }

  start(): void {
    this.#unsubscribe = this.#doors.backend.watchChecks(this.#lease.shard, (checks) => {
      this.#wanted = checks;
      this.#next();
    });
  }

  /** A check can wait: the next holder makes it. */
  async finish(): Promise<void> {
    await this.abandon();
  }

  async abandon(): Promise<void> {
    this.#unsubscribe();
    this.#gone.abort();
  }

  #next(): void {
    const [check] = this.#wanted;
    if (check === undefined || this.#isBusy || this.#gone.signal.aborted) return;
    this.#isBusy = true;
    const done = () => {
      this.#isBusy = false;
      this.#next();
    };
    this.#check(check).then(done, (error: unknown) => {
      if (this.#gone.signal.aborted) return;
      const { channelId } = check;
      this.#doors.log("check.failed", { channelId, error: errorText(error) });
      this.#doors.clock.after(AGAIN_MS, done);
    });
  }

  async #check(check: WantedCheck): Promise<void> {
    const { shard, epoch } = this.#lease;
    const report = await asCall({ kind: "upkeep" }, () => this.#compare(check));
    const strays = await this.#doors.backend.reportCheck(shard, epoch, report);
    this.#wanted = this.#wanted.filter((one) => one !== check);
    for (const messageId of strays) await this.#remove(check.channelId, messageId);
  }

  async #compare({ channelId, place }: WantedCheck): Promise<CheckReport> {
    const nothing = { channelId, compared: 0, missing: [], changed: [], strays: [], code: null };
    if (place.kind === "forum") return { ...nothing, code: "forum_not_compared" };
    const nowMs = this.#doors.nowMs();
    const { rest, botUserId } = this.#doors.calls;
    const look = { sinceMs: nowMs - LOOKS_BACK_MS, signal: this.#gone.signal };
    let messages: APIMessage[];
    try {
      messages = await readMessages(rest, channelId, look);
    } catch (error) {
      if (this.#gone.signal.aborted) throw error;
      return { ...nothing, code: classifyDiscordError(error).code };
    }
    const looked = { from: oldestRead(messages), to: snowflakeAt(nowMs - ON_THEIR_WAY_MS) };
    const isOwn = ({ author, application_id, webhook_id }: APIMessage) =>
      author.id === botUserId || (webhook_id !== undefined && application_id === botUserId);
    const applied = await this.#appliedIn(channelId, looked);
    return {
      ...nothing,
      ...compareTarget(applied, messages.filter(isOwn).map(toPosted), looked),
    };
  }

  async #appliedIn(channelId: string, { from }: LookedAt): Promise<MirrorWork[]> {
    const rows: MirrorWork[] = [];
    let beforeMs: number | null = Number.MAX_SAFE_INTEGER;
    for (let page = 0; page < MOST_PAGES && beforeMs !== null; page += 1) {
      const answer = await this.#doors.backend.expectedIn(channelId, beforeMs);
      rows.push(...answer.rows);
      const next: number | null = answer.nextBeforeMs;
      beforeMs = next !== null && snowflakeAt(next + LATEST_POST_MS) < from ? null : next;
    }
    return rows;
  }

  async #remove(channelId: string, messageId: string): Promise<void> {
    const { rest, onRemoving } = this.#doors.calls;
    onRemoving(messageId);
    try {
      const path = Routes.channelMessage(channelId, messageId);
      await asCall({ kind: "upkeep" }, () => rest.delete(path, { signal: this.#gone.signal }));
    } catch (error) {
      if (isUnknownMessage(error)) return; // somebody was faster
      this.#doors.log("check.stray_stays", { channelId, messageId, error: errorText(error) });
    }
  }
}

/** From where on everything was read: a last page that is not full is the beginning of the channel. */
function oldestRead(messages: readonly APIMessage[]): bigint {
  const [oldest] = messages;
  return oldest === undefined || messages.length % PAGE !== 0 ? 0n : BigInt(oldest.id);
}
