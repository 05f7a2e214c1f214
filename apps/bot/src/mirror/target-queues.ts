/**
 * Which mirror to work on next, per target channel.
 *
 * Holds what the backend says is due and what is being worked on; knows neither
 * Discord nor the network. One mirror at a time per target, so a slow target
 * delays no other and posts keep their order; the priority lane goes first.
 *
 *   due (pushed lists) --take()--> running --finish()--> done --settled()--> forgotten
 *
 * The pushed list holds a finished mirror, with what was applied before, until its
 * settlement has committed: until then it is not worked on, not even when
 * something newer is wanted, or messages that were just posted would be forgotten.
 * One that is settled and in the list unchanged is due again, or could not be
 * settled: whoever calls `settled` lets go of it after a while, so that nothing is
 * tried in a tight loop.
 */
import type { Lane, MirrorWork, SettleResult } from "../backend.ts";

const LANES: readonly Lane[] = ["priority", "normal"];

/** A mirror to work on, and the lane it came in. */
export interface Taken {
  readonly work: MirrorWork;
  readonly lane: Lane;
}

interface Done {
  readonly revision: number;
  isSettled: boolean;
}

interface StillDue {
  /** Something newer is wanted: they can be worked on now. */
  readonly newer: MirrorWork[];
  /** To be let go of after a while. */
  readonly unchanged: MirrorWork[];
}

export class TargetQueues {
  readonly #due: Record<Lane, Map<string, MirrorWork>> = { priority: new Map(), normal: new Map() };
  readonly #runningTargets = new Set<string>(); // channel ids
  readonly #done = new Map<string, Done>(); // by mirror id

  /** Takes a lane's list as pushed; returns the channels that may have something to do. */
  offer(lane: Lane, rows: readonly MirrorWork[]): Set<string> {
    this.#due[lane] = new Map(rows.map((row) => [row.mirrorId, row]));
    for (const [mirrorId, { isSettled }] of this.#done) {
      if (isSettled && !this.has(mirrorId)) this.#done.delete(mirrorId);
    }
    return new Set(rows.map((row) => row.target.channelId));
  }

  /** Whether the mirror is in one of the lists. */
  has(mirrorId: string): boolean {
    return this.#find(mirrorId) !== undefined;
  }

  /** The next mirror of this target, now marked as running; undefined when there is none or one is running. */
  take(channelId: string): Taken | undefined {
    if (this.#runningTargets.has(channelId)) return undefined;
    for (const lane of LANES) {
      const work = this.#first(lane, channelId);
      if (work === undefined) continue;
      this.#runningTargets.add(channelId);
      return { work, lane };
    }
    return undefined;
  }

  /** The running mirror of this target has an outcome; its row may stay in the list until settled. */
  finish(work: MirrorWork): void {
    this.#runningTargets.delete(work.target.channelId);
    this.#done.set(work.mirrorId, { revision: work.wanted.revision, isSettled: false });
  }

  /** The running mirror of this target was not begun after all: it may be taken again. */
  putBack(work: MirrorWork): void {
    this.#runningTargets.delete(work.target.channelId);
  }

  /** Whether something of the priority lane waits for this target. */
  hasPriority(channelId: string): boolean {
    return this.#first("priority", channelId) !== undefined;
  }

  /** The backend has taken these outcomes, and the lists show it; returns the mirrors that are in a list all the same. */
  settled(results: readonly SettleResult[]): StillDue {
    const still: StillDue = { newer: [], unchanged: [] };
    for (const { mirrorId, revision } of results) {
      const done = this.#done.get(mirrorId);
      if (done?.revision !== revision) continue;
      done.isSettled = true;
      const row = this.#find(mirrorId);
      if (row === undefined) this.#done.delete(mirrorId);
      else still[row.wanted.revision > revision ? "newer" : "unchanged"].push(row);
    }
    return still;
  }

  /** The mirror may be worked on again, if it still is what it was. */
  letGo({ mirrorId, wanted }: MirrorWork): void {
    if (this.#done.get(mirrorId)?.revision === wanted.revision) this.#done.delete(mirrorId);
  }

  #find(mirrorId: string): MirrorWork | undefined {
    return this.#due.priority.get(mirrorId) ?? this.#due.normal.get(mirrorId);
  }

  #first(lane: Lane, channelId: string): MirrorWork | undefined {
    for (const work of this.#due[lane].values()) {
      if (work.target.channelId === channelId && !this.#isDone(work)) return work;
    }
    return undefined;
  }

  #isDone({ mirrorId, wanted }: MirrorWork): boolean {
    const done = this.#done.get(mirrorId);
    return done !== undefined && (!done.isSettled || done.revision >= wanted.revision);
  }
}
