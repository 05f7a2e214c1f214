/**
 * Closes the gap between wanted and applied for one shard, while its lease is held.
 *
 *   pushed work lists -> TargetQueues -> applyWork (Discord) -> Settler -> backend
 */
import type { Backend, Lane, MirrorWork, Unsubscribe } from "../backend.ts";
import type { Clock } from "../clock.ts";
import { errorText, type Log } from "../log.ts";
import type { ReceiptBook } from "../receipts/receipt-book.ts";
import { type ApplyDoors, applyWork } from "./apply-work.ts";
import { Settler } from "./settler.ts";
import { TargetQueues } from "./target-queues.ts";

const LANES: readonly Lane[] = ["priority", "normal"];

export interface MirrorWorkerOptions extends ApplyDoors {
  readonly shard: number;
  readonly epoch: number;
  readonly backend: Pick<Backend, "watchWork" | "settle">;
  readonly clock: Clock;
  readonly log: Log;
  readonly receipts: ReceiptBook;
  readonly onLeaseLost: () => void;
}

export class MirrorWorker {
  readonly #options: MirrorWorkerOptions;
  readonly #queues = new TargetQueues();
  readonly #settler: Settler;
  readonly #seen = new Set<string>(); // mirrors reported as received
  #unsubscribes: Unsubscribe[] = [];
  #running = new Set<Promise<void>>();
  #stopped = false;

  constructor(options: MirrorWorkerOptions) {
    this.#options = options;
    const { shard, epoch, backend } = options;
    this.#settler = new Settler({
      send: (results) => backend.settle(shard, epoch, results),
      onLeaseLost: options.onLeaseLost,
      onError: (error) => {
        // Outcomes nobody recorded come again after a new lease, and are looked up first.
        options.log("mirror.settle_failed", { shard, error: errorText(error) });
        options.onLeaseLost();
      },
    });
  }

  start(): void {
    const { shard, backend } = this.#options;
    this.#unsubscribes = LANES.map((lane) =>
      backend.watchWork(shard, lane, (rows) => this.#offered(lane, rows)),
    );
  }

  /** Takes no new work; resolves when what was begun has been settled. */
  async stop(): Promise<void> {
    this.#stopped = true;
    for (const unsubscribe of this.#unsubscribes) unsubscribe();
    this.#queues.clear();
    await Promise.all(this.#running);
    await this.#settler.idle();
  }

  #offered(lane: Lane, rows: readonly MirrorWork[]): void {
    if (this.#stopped) return;
    for (const row of rows) this.#noteReceived(row);
    for (const channelId of this.#queues.offer(lane, rows)) this.#pump(channelId);
  }

  #pump(channelId: string): void {
    if (this.#stopped) return;
    const work = this.#queues.take(channelId);
    if (work === undefined) return;
    const run = this.#apply(work).finally(() => {
      this.#running.delete(run);
      this.#pump(channelId);
    });
    this.#running.add(run);
  }

  async #apply(work: MirrorWork): Promise<void> {
    const result = await applyWork(work, this.#options);
    this.#queues.finish(work);
    this.#settler.add(result);
    if (result.outcome === "applied") this.#noteAcknowledged(work);
    else {
      const { mirrorId, target, attempt } = work;
      const { code, message } = result;
      this.#options.log("mirror.not_applied", { mirrorId, target, attempt, code, message });
    }
  }

  #noteReceived(work: MirrorWork): void {
    if (!isFirstPost(work) || this.#seen.has(work.mirrorId)) return;
    this.#seen.add(work.mirrorId);
    if (this.#seen.size > 1_000) this.#seen.clear(); // only guards against counting one push twice
    this.#options.receipts.note("botReceived", work.stamps);
  }

  #noteAcknowledged(work: MirrorWork): void {
    if (isFirstPost(work)) this.#options.receipts.note("botAcknowledged", work.stamps);
  }
}

/** Edits and retries are not what the promise of speed is about. */
function isFirstPost(work: MirrorWork): boolean {
  return work.applied === null && work.attempt === 0 && !work.wanted.deleted && !work.lookFirst;
}
