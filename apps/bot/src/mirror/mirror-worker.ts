/**
 * Closes the gap between wanted and applied for one shard, while its lease is held.
 *
 *   pushed work lists -> TargetQueues -> applyWork (Discord) -> Settler -> backend
 */
import type { Backend, Lane, MirrorWork, SettleResult, Unsubscribe } from "../backend.ts";
import type { Clock } from "../clock.ts";
import { errorText, type Log } from "../log.ts";
import type { ReceiptBook } from "../receipts/receipt-book.ts";
import { type Applied, applyWork } from "./apply-work.ts";
import { BarredTargets } from "./barred-targets.ts";
import type { DiscordChannel } from "./discord-channel.ts";
import { FirstLooks } from "./first-looks.ts";
import { type LoadMedia, withFiles } from "./mirror-files.ts";
import { Settler } from "./settler.ts";
import { TargetQueues } from "./target-queues.ts";

const LINGERS_MS = 5_000; // before a mirror that was settled and is due all the same is worked on again
const LANES: readonly Lane[] = ["priority", "normal"];

/** What every worker of this process shares. */
export interface MirrorDoors {
  readonly backend: Pick<Backend, "watchWork" | "settle">;
  readonly clock: Clock;
  readonly log: Log;
  readonly receipts: Pick<ReceiptBook, "note">;
  /** A channel whose calls end when the signal is aborted. */
  readonly openChannel: (channelId: string, signal: AbortSignal) => DiscordChannel;
  /** The bytes of a stored medium. */
  readonly loadMedia: LoadMedia;
  readonly botUserId: string;
  /** Discord does not accept the bot's token any more. */
  readonly onTokenRefused: () => void;
}

/** The lease under which it works. */
export interface WorkerLease {
  readonly shard: number;
  readonly epoch: number;
  /** Asked before every piece of work. */
  readonly mayAct: () => boolean;
  /** The backend says that somebody else holds it. */
  readonly onLost: () => void;
}

export class MirrorWorker {
  readonly #doors: MirrorDoors;
  readonly #lease: WorkerLease;
  readonly #queues = new TargetQueues();
  readonly #barred: BarredTargets;
  readonly #looks = new FirstLooks();
  readonly #settler: Settler;
  readonly #gone = new AbortController();
  readonly #seen = new Set<string>(); // mirrors in the lists that were reported as received
  readonly #running = new Map<Promise<void>, AbortController>();
  #unsubscribes: Unsubscribe[] = [];
  #stopped = false;

  constructor(doors: MirrorDoors, lease: WorkerLease) {
    this.#doors = doors;
    this.#lease = lease;
    this.#barred = new BarredTargets(doors.clock);
    const { shard, epoch } = lease;
    this.#settler = new Settler({
      send: (results) => doors.backend.settle(shard, epoch, results),
      onSettled: (results) => this.#settled(results),
      onLeaseLost: lease.onLost,
      onError: (error) => doors.log("mirror.settle_failed", { shard, error: errorText(error) }),
      clock: doors.clock,
      gone: this.#gone.signal,
    });
  }

  start(): void {
    this.#unsubscribes = LANES.map((lane) =>
      this.#doors.backend.watchWork(this.#lease.shard, lane, (rows) => this.#offered(lane, rows)),
    );
  }

  /** Takes no new work; resolves when what was begun has been settled. */
  async finish(): Promise<void> {
    this.#takeNoMore();
    await Promise.all(this.#running.keys());
    await this.#settler.idle();
  }

  /**
   * The lease is gone, and with it the right to act: ends what was begun, also
   * what waits for a rate limit. Resolves when nothing more is sent to Discord.
   */
  async abandon(): Promise<void> {
    this.#takeNoMore();
    this.#gone.abort();
    for (const controller of this.#running.values()) controller.abort();
    await Promise.all(this.#running.keys());
  }

  #takeNoMore(): void {
    this.#stopped = true;
    for (const unsubscribe of this.#unsubscribes.splice(0)) unsubscribe();
  }

  #offered(lane: Lane, rows: readonly MirrorWork[]): void {
    if (this.#stopped) return;
    const channels = this.#queues.offer(lane, rows);
    for (const row of rows) this.#noteReceived(row);
    for (const mirrorId of this.#seen) {
      if (!this.#queues.has(mirrorId)) this.#seen.delete(mirrorId);
    }
    for (const channelId of channels) this.#pump(channelId);
  }

  #settled(results: readonly SettleResult[]): void {
    const still = this.#queues.settled(results);
    for (const { target } of still.newer) this.#pump(target.channelId);
    for (const work of still.unchanged) {
      this.#doors.clock.after(LINGERS_MS, () => {
        this.#queues.letGo(work);
        this.#pump(work.target.channelId);
      });
    }
  }

  #pump(channelId: string): void {
    if (this.#stopped || !this.#lease.mayAct()) return;
    const work = this.#queues.take(channelId);
    if (work === undefined) return;
    // One controller for each: a signal that outlives its request would collect listeners.
    const controller = new AbortController();
    const run = this.#work(work, controller.signal).finally(() => {
      this.#running.delete(run);
      this.#pump(channelId);
    });
    this.#running.set(run, controller);
  }

  async #work(work: MirrorWork, signal: AbortSignal): Promise<void> {
    const applied = await this.#apply(work, signal);
    this.#queues.finish(work);
    if (signal.aborted) return; // in doubt: whoever holds the lease next looks at the channel
    this.#settler.add(settlementOf(work, applied));
    if (applied.outcome === "applied") this.#noteAcknowledged(work);
    else {
      const { mirrorId, target, attempt } = work;
      const { code, message } = applied;
      this.#doors.log("mirror.not_applied", { mirrorId, target, attempt, code, message });
      if (applied.reach === "bot") this.#doors.onTokenRefused();
    }
  }

  async #apply(work: MirrorWork, signal: AbortSignal): Promise<Applied> {
    const { channelId } = work.target;
    const barred = this.#barred.find(channelId);
    if (barred !== undefined) return barred;
    const target = this.#looks.at(work, this.#doors.openChannel(channelId, signal));
    const channel = withFiles(work, target, this.#doors.loadMedia);
    const applied = await applyWork(work, { channel, botUserId: this.#doors.botUserId });
    this.#looks.note(work, applied.outcome === "applied");
    if (applied.outcome !== "applied") this.#barred.note(channelId, applied);
    return applied;
  }

  #noteReceived(work: MirrorWork): void {
    if (!isFirstPost(work) || this.#seen.has(work.mirrorId)) return;
    this.#seen.add(work.mirrorId);
    this.#doors.receipts.note("botReceived", work.stamps);
  }

  #noteAcknowledged(work: MirrorWork): void {
    if (isFirstPost(work)) this.#doors.receipts.note("botAcknowledged", work.stamps);
  }
}

function settlementOf({ mirrorId, wanted }: MirrorWork, applied: Applied): SettleResult {
  const settled = { mirrorId, revision: wanted.revision, outcome: applied.outcome };
  if (applied.outcome === "applied") return { ...settled, messageIds: applied.messageIds };
  const { code, message, retryAfterMs } = applied;
  return { ...settled, code, message, ...(retryAfterMs !== undefined && { retryAfterMs }) };
}

/** Edits and retries are not what the promise of speed is about. */
function isFirstPost(work: MirrorWork): boolean {
  return work.applied === null && work.attempt === 0 && !work.wanted.deleted && !work.lookFirst;
}
