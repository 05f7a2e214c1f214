/**
 * The mirrors of the backend in memory: every target wants every signal that came while it was one, and a mirror is
 * due until what is wanted is applied. What settling, losing, withdrawing and checking do is as in the real one.
 */
import { type SignalState, viewOfSignal } from "@heliograph/domain";
import type { CheckReport, Lane, MirrorWork, SettleResult, WatchedSource } from "../src/backend.ts";

export interface Target {
  readonly guildId: string;
  readonly channelId: string;
}

export interface Signal {
  readonly signalId: string;
  readonly seq: number;
  readonly source: WatchedSource;
  readonly threadId: string | null;
  state: SignalState;
}

interface Mirror {
  readonly mirrorId: string;
  readonly signal: Signal;
  readonly target: Target;
  readonly createdAtEpoch: number;
  readonly createdAtMs: number;
  wantedRevision: number;
  wantedDeleted: boolean;
  withdrawn: boolean;
  applied: MirrorWork["applied"];
  state: "due" | "waiting" | "applied" | "failed";
  attempt: number;
  losses: number;
  lookFirst: boolean;
  isUrged: boolean;
  code: string | null;
}

const MOST_PER_TARGET = 5;
const NONCE_HOLDS_MS = 120_000;

export class MemoryMirrors {
  /** How every route posts. */
  mode: MirrorWork["mode"] = "bot";
  /** How often a message that was removed by hand comes back. */
  mostLosses = Number.POSITIVE_INFINITY;
  readonly settlements: SettleResult[] = [];
  /** Messages that a check had removed because no mirror knows them: none if every post is made once. */
  readonly strays: string[] = [];
  readonly #nowMs: () => number;
  readonly #mirrors = new Map<string, Mirror>();

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  shown(): { state: Mirror["state"]; code: string | null; messageIds: readonly string[] }[] {
    return [...this.#mirrors.values()].map(({ state, code, applied }) => {
      return { state, code, messageIds: applied?.messageIds ?? [] };
    });
  }

  /** Somebody asks for another try of what waits. */
  urge(): void {
    for (const mirror of this.#mirrors.values()) mirror.isUrged = mirror.state === "waiting";
  }

  /** Everything as a worker would be told of it, whatever its state. */
  all(): MirrorWork[] {
    return [...this.#mirrors.values()].map((mirror) => this.#toWork(mirror, 0));
  }

  plan(signal: Signal, target: Target, epoch: number): void {
    const mirrorId = `mirror-of-${signal.seq}-in-${target.channelId.slice(-6)}`;
    this.#mirrors.set(mirrorId, {
      ...{ mirrorId, signal, target, createdAtEpoch: epoch, createdAtMs: this.#nowMs() },
      ...{ wantedRevision: signal.state.revision, wantedDeleted: false, withdrawn: false },
      ...{ applied: null, state: "due", attempt: 0, losses: 0, code: null },
      ...{ lookFirst: false, isUrged: false },
    });
  }

  wantChange(signal: Signal): void {
    for (const mirror of this.#mirrors.values()) {
      if (mirror.signal !== signal || mirror.withdrawn) continue;
      mirror.wantedRevision = signal.state.revision;
      mirror.wantedDeleted = signal.state.state === "deleted";
      const isIdle = mirror.state === "applied" || mirror.state === "failed";
      if (isIdle) Object.assign(mirror, { state: "due", attempt: 0 });
    }
  }

  /** What was not posted there yet never is. */
  withdraw(channelId: string): void {
    for (const mirror of this.#mirrors.values()) {
      if (mirror.target.channelId === channelId && mirror.applied === null) giveUp(mirror);
    }
  }

  /** Time passes: what waits for a retry becomes due. */
  wake(): void {
    for (const mirror of this.#mirrors.values()) {
      if (mirror.state === "waiting") mirror.state = "due";
    }
  }

  work(lane: Lane, epoch: number): MirrorWork[] {
    if (lane === "priority") return [];
    const perTarget = new Map<string, number>();
    const due = [...this.#mirrors.values()].filter(({ state, target }) => {
      const count = (perTarget.get(target.channelId) ?? 0) + (state === "due" ? 1 : 0);
      perTarget.set(target.channelId, count);
      return state === "due" && count <= MOST_PER_TARGET;
    });
    return due.slice(0, 50).map((mirror) => this.#toWork(mirror, epoch));
  }

  settle(result: SettleResult): void {
    this.settlements.push(result);
    const mirror = this.#mirrors.get(result.mirrorId);
    if (mirror === undefined || result.revision < (mirror.applied?.revision ?? 1)) return;
    const { revision, outcome, messageIds = [], code = null } = result;
    const isCurrent = revision >= mirror.wantedRevision;
    if (outcome === "applied") {
      mirror.applied = { revision, messageIds };
      const state = isCurrent ? "applied" : "due";
      Object.assign(mirror, { state, attempt: 0, code, lookFirst: false });
      return;
    }
    if (mirror.applied !== null && mirror.applied.revision >= revision) return;
    const isAsked = result.retryAfterMs !== undefined;
    const isOld = this.#nowMs() - mirror.createdAtMs > NONCE_HOLDS_MS;
    const inDoubt = isOld || this.mode === "webhook";
    if (outcome === "retry") {
      const attempt = mirror.attempt + (isAsked ? 0 : 1);
      const lookFirst = mirror.lookFirst || !isAsked || inDoubt;
      Object.assign(mirror, { state: "waiting", attempt, code, lookFirst });
    } else {
      const lookFirst = mirror.lookFirst || inDoubt;
      Object.assign(mirror, { state: isCurrent ? "failed" : "due", code, lookFirst });
    }
  }

  /** A message is gone that is wanted. */
  lose(messageId: string): void {
    for (const mirror of this.#mirrors.values()) {
      const { applied } = mirror;
      if (applied?.messageIds.includes(messageId) !== true || mirror.wantedDeleted) continue;
      const messageIds = applied.messageIds.filter((id) => id !== messageId);
      mirror.applied = { revision: 0, messageIds };
      mirror.losses += 1;
      const isOver = mirror.losses > this.mostLosses;
      const state = isOver && messageIds.length === 0 ? "applied" : "due";
      Object.assign(mirror, { state, attempt: 0 });
      if (isOver) giveUp(mirror);
    }
  }

  /** What is applied in a channel, for the worker that compares. */
  expected(channelId: string): MirrorWork[] {
    const there = [...this.#mirrors.values()].filter(
      ({ target, state }) => target.channelId === channelId && state === "applied",
    );
    return there.map((mirror) => this.#toWork(mirror, 0));
  }

  /** Has what a check found repaired; answers what is to be removed. */
  close({ channelId, missing, changed, strays }: CheckReport): string[] {
    for (const messageId of missing) this.lose(messageId);
    for (const mirrorId of changed) {
      const mirror = this.#mirrors.get(mirrorId);
      if (mirror?.state !== "applied" || mirror.applied === null) continue;
      mirror.applied = { ...mirror.applied, revision: 0 };
      Object.assign(mirror, { state: "due", attempt: 0 });
    }
    const all = [...this.#mirrors.values()];
    const isStray = ({ messageId, seq }: (typeof strays)[number]) => {
      if (all.some(({ applied }) => applied?.messageIds.includes(messageId))) return false;
      const mirror = all.find(
        ({ signal, target }) => signal.seq === seq && target.channelId === channelId,
      );
      return mirror === undefined || mirror.state === "applied";
    };
    const removed = strays.filter(isStray).map(({ messageId }) => messageId);
    this.strays.push(...removed);
    return removed;
  }

  #toWork({ signal, ...mirror }: Mirror, epoch: number): MirrorWork {
    const { content, embeds, attachments, author, kind } = viewOfSignal(signal.state);
    const message = {
      ...{ content, embeds, attachments, media: [], pingRoleId: null },
      ...{ authorName: author?.name ?? null, authorAvatarUrl: author?.avatarUrl ?? null },
      sourceName: signal.source.name,
    };
    const work = {
      ...{ mirrorId: mirror.mirrorId, signalId: signal.signalId, feed: signal.source.minTier },
      ...{ seq: signal.seq, kind, target: mirror.target },
      wanted: { revision: mirror.wantedRevision, deleted: mirror.wantedDeleted },
      applied: mirror.applied,
      nonce: mirror.mirrorId.slice(0, 25),
      lookFirst: mirror.applied === null && (mirror.lookFirst || mirror.createdAtEpoch < epoch),
      ...{ attempt: mirror.attempt, losses: mirror.losses, urged: mirror.isUrged },
      plannedAtMs: mirror.createdAtMs,
      ...{ mode: this.mode, place: { kind: "channel" }, replyTo: null },
      message: mirror.wantedDeleted ? null : message,
      stamps: { sourceAtMs: 0, receivedAtMs: 0, committedAtMs: 0 },
    };
    return work as MirrorWork; // ids are plain text here
  }
}

/** Its revision counts on by itself: a worker that is posting it right now settles an older one. */
function giveUp(mirror: Mirror): void {
  if (mirror.withdrawn) return;
  Object.assign(mirror, { withdrawn: true, wantedDeleted: true });
  mirror.wantedRevision += 1;
}
