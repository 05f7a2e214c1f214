/**
 * Which mirror to work on next, per target channel.
 *
 * Holds what the backend says is due and what is being worked on; knows neither
 * Discord nor the network. One mirror at a time per target, so a slow target
 * delays no other and posts keep their order; the priority lane goes first.
 *
 *   due (pushed lists) --take()--> running --finish()--> done, until the backend agrees
 *
 * The pushed list still holds a finished mirror until its settlement has
 * committed: `done` keeps it from being worked on twice.
 */
import type { Lane, MirrorWork } from "../backend.ts";

type Attempt = Pick<MirrorWork, "attempt"> & { readonly revision: number };

export class TargetQueues {
  readonly #due: Record<Lane, Map<string, MirrorWork>> = { priority: new Map(), normal: new Map() };
  readonly #runningTargets = new Map<string, string>(); // channel id -> mirror id
  readonly #done = new Map<string, Attempt>();

  /** Takes a lane's list as pushed; returns the channels that may have something to do. */
  offer(lane: Lane, rows: readonly MirrorWork[]): Set<string> {
    this.#due[lane] = new Map(rows.map((row) => [row.mirrorId, row]));
    for (const mirrorId of this.#done.keys()) {
      if (!this.#due.priority.has(mirrorId) && !this.#due.normal.has(mirrorId))
        this.#done.delete(mirrorId);
    }
    return new Set(rows.map((row) => row.target.channelId));
  }

  /** The next mirror of this target, now marked as running; undefined when there is none or one is running. */
  take(channelId: string): MirrorWork | undefined {
    if (this.#runningTargets.has(channelId)) return undefined;
    const next = this.#first("priority", channelId) ?? this.#first("normal", channelId);
    if (next !== undefined) this.#runningTargets.set(channelId, next.mirrorId);
    return next;
  }

  /** The running mirror of this target has an outcome; its row may stay in the list until settled. */
  finish(work: MirrorWork): void {
    this.#runningTargets.delete(work.target.channelId);
    this.#done.set(work.mirrorId, { revision: work.wanted.revision, attempt: work.attempt });
  }

  /** Forgets everything: the lease is gone, and with it the right to work. */
  clear(): void {
    this.#due.priority.clear();
    this.#due.normal.clear();
    this.#done.clear();
  }

  #first(lane: Lane, channelId: string): MirrorWork | undefined {
    for (const work of this.#due[lane].values()) {
      if (work.target.channelId === channelId && !this.#isDone(work)) return work;
    }
    return undefined;
  }

  #isDone(work: MirrorWork): boolean {
    const done = this.#done.get(work.mirrorId);
    if (done === undefined) return false;
    return (
      done.revision > work.wanted.revision ||
      (done.revision === work.wanted.revision && done.attempt >= work.attempt)
    );
  }
}
