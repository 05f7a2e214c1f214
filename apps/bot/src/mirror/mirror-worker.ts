/**
 * Closes the gap between wanted and applied for one shard, while its lease is held.
 *
 *   pushed work lists -> TargetQueues -> applyWork (Discord) -> Settler -> backend
 *
 * What bears on an open trade goes first: within a target, before other targets'
 * posts in the budget of calls, and past a post to the same target that still
 * waits for its turn there.
 */
import type { Backend, Lane, MirrorWork, SettleResult, Unsubscribe } from "../backend.ts";
import type { Clock } from "../clock.ts";
import { asCall, type Call, type SentRequest } from "../discord/paced-request.ts";
import type { ShardWorker, WorkerLease } from "../lease/shard-worker.ts";
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
  readonly backend: Pick<Backend, "watchWork" | "settle" | "noteLost">;
  readonly clock: Clock;
  readonly log: Log;
  readonly receipts: Pick<ReceiptBook, "note">;
  /** The mirror's target, whose calls end when the signal is aborted. */
  readonly openTarget: (work: MirrorWork, signal: AbortSignal) => DiscordChannel;
  /** The bytes of a stored medium. */
  readonly loadMedia: LoadMedia;
  /** Discord does not accept the bot's token any more. */
  readonly onTokenRefused: () => void;
}

interface Running {
  readonly lane: Lane;
  /** A signal of its own: one that outlives its request would collect listeners. */
  readonly controller: AbortController;
  /** A request of it has had its turn, and may have left for Discord. */
  isUnderWay: boolean;
  /** It was stopped before it began, for something more urgent. */
  isOvertaken: boolean;
}

export class MirrorWorker implements ShardWorker {
  readonly #doors: MirrorDoors;
  readonly #lease: WorkerLease;
  readonly #queues = new TargetQueues();
  readonly #barred: BarredTargets;
  readonly #looks = new FirstLooks();
  readonly #settler: Settler;
  readonly #gone = new AbortController();
  readonly #seen = new Set<string>(); // mirrors in the lists that were reported as received
  readonly #running = new Map<string, Running>(); // by channel id
  readonly #runs = new Set<Promise<void>>();
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

  /**
   * Messages in target channels were removed by nobody of ours. Told only when what
   * was done before is settled, so that the backend knows whose they were.
   */
  async noteRemoved(messageIds: readonly string[]): Promise<void> {
    await this.#settler.idle();
    const { shard, epoch } = this.#lease;
    if (this.#stopped || !this.#lease.mayAct()) return; // whoever holds the lease next compares
    await this.#doors.backend.noteLost(shard, epoch, messageIds);
  }

  /** Takes no new work; resolves when what was begun has been settled. */
  async finish(): Promise<void> {
    this.#takeNoMore();
    await Promise.all(this.#runs);
    await this.#settler.idle();
  }

  /**
   * The lease is gone, and with it the right to act: ends what was begun, also
   * what waits for a rate limit. Resolves when nothing more is sent to Discord.
   */
  async abandon(): Promise<void> {
    this.#takeNoMore();
    this.#gone.abort();
    for (const { controller } of this.#running.values()) controller.abort();
    await Promise.all(this.#runs);
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
    for (const channelId of channels) {
      if (lane === "priority") this.#overtake(channelId);
      this.#pump(channelId);
    }
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

  /** Takes back a post that waits for its turn and of which nothing has left yet. */
  #overtake(channelId: string): void {
    const running = this.#running.get(channelId);
    if (running === undefined || running.lane === "priority" || running.isUnderWay) return;
    if (!this.#queues.hasPriority(channelId)) return;
    running.isOvertaken = true;
    running.controller.abort();
  }

  #pump(channelId: string): void {
    if (this.#stopped || !this.#lease.mayAct()) return;
    const next = this.#queues.take(channelId);
    if (next === undefined) return;
    const running: Running = {
      lane: next.lane,
      controller: new AbortController(),
      isUnderWay: false,
      isOvertaken: false,
    };
    this.#running.set(channelId, running);
    const run = this.#work(next.work, running).finally(() => {
      this.#runs.delete(run);
      this.#running.delete(channelId);
      this.#pump(channelId);
    });
    this.#runs.add(run);
  }

  async #work(work: MirrorWork, running: Running): Promise<void> {
    const applied = await this.#apply(work, running);
    const isAborted = running.controller.signal.aborted;
    if (isAborted && running.isOvertaken && !running.isUnderWay) return this.#queues.putBack(work);
    this.#queues.finish(work);
    if (isAborted && !running.isOvertaken) return; // in doubt: whoever holds the lease next looks at the channel
    this.#settler.add(settlementOf(work, applied));
    if (applied.outcome === "applied") this.#noteAcknowledged(work);
    else {
      const { mirrorId, target, attempt } = work;
      const { code, message } = applied;
      this.#doors.log("mirror.not_applied", { mirrorId, target, attempt, code, message });
      if (applied.reach === "bot") this.#doors.onTokenRefused();
    }
  }

  async #apply(work: MirrorWork, running: Running): Promise<Applied> {
    const way = `${work.mode} ${work.target.channelId}`; // what a webhook may not, the bot may
    if (work.urged) this.#barred.lift(way);
    const barred = this.#barred.find(way);
    if (barred !== undefined) return barred;
    const target = this.#doors.openTarget(work, running.controller.signal);
    const channel = withFiles(work, this.#looks.at(work, target), this.#doors.loadMedia);
    const applied = await asCall(this.#callOf(work, running), () => applyWork(work, { channel }));
    if (running.isOvertaken && !running.isUnderWay) return applied;
    this.#looks.note(work, applied.outcome === "applied");
    if (applied.outcome !== "applied") this.#barred.note(way, applied);
    return applied;
  }

  #callOf(work: MirrorWork, running: Running): Call {
    let isNoted = !isFirstPost(work);
    return {
      kind: running.lane === "priority" ? "urgent" : "mirror",
      onTurn: () => {
        running.isUnderWay = true;
      },
      onDispatch: (request) => {
        if (isNoted || !isPost(request)) return;
        isNoted = true;
        this.#note("botDispatched", work);
      },
    };
  }

  #noteReceived(work: MirrorWork): void {
    if (!isFirstPost(work) || this.#seen.has(work.mirrorId)) return;
    this.#seen.add(work.mirrorId);
    this.#note("botReceived", work);
  }

  #noteAcknowledged(work: MirrorWork): void {
    if (isFirstPost(work)) this.#note("botAcknowledged", work);
  }

  #note(surface: Parameters<ReceiptBook["note"]>[0], work: MirrorWork): void {
    this.#doors.receipts.note(surface, work.stamps);
  }
}

function settlementOf({ mirrorId, wanted }: MirrorWork, applied: Applied): SettleResult {
  const settled = { mirrorId, revision: wanted.revision, outcome: applied.outcome };
  if (applied.outcome === "applied") {
    const { messageIds, threadId } = applied;
    return { ...settled, messageIds, ...(threadId !== null && { threadId }) };
  }
  const { code, message, retryAfterMs } = applied;
  return { ...settled, code, message, ...(retryAfterMs !== undefined && { retryAfterMs }) };
}

/** Not the making of the webhook that is to post. */
function isPost({ method, url }: SentRequest): boolean {
  return method === "POST" && !url.endsWith("/webhooks");
}

/** Edits and retries are not what the promise of speed is about. */
function isFirstPost(work: MirrorWork): boolean {
  return work.applied === null && work.attempt === 0 && !work.wanted.deleted && !work.lookFirst;
}
