/**
 * The backend in memory, as far as the bot sees it: events are folded into
 * signals, every target wants every signal, and a mirror is due until what is
 * wanted is applied. As with the real one, whoever awaits a mutation finds the
 * watched lists changed.
 */
import {
  foldEvent,
  type SignalState,
  type SignalView,
  type SourceEvent,
  viewOfSignal,
} from "@heliograph/domain";
import type {
  Appearance,
  Backend,
  CaptureReport,
  GuildReport,
  Lane,
  LeaseStatus,
  MachineRefusal,
  MemberEvent,
  MirrorWork,
  SettleResult,
  TestOutcome,
  WantedTest,
  WatchedSource,
} from "../src/backend.ts";

export interface Target {
  readonly guildId: string;
  readonly channelId: string;
}

interface Signal {
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
  applied: MirrorWork["applied"];
  state: "due" | "waiting" | "applied" | "failed";
  attempt: number;
  losses: number;
  lookFirst: boolean;
  isUrged: boolean;
  code: string | null;
}

const MOST_PER_TARGET = 5;

export class MemoryBackend {
  /** How every route of it posts. */
  mode: MirrorWork["mode"] = "bot";
  readonly settlements: SettleResult[] = [];
  readonly memberEvents: MemberEvent[] = [];
  /** What each bot said of itself, by its name; null once it has left. */
  readonly presences = new Map<string, Appearance | { readonly refused: string } | null>();
  /** Servers as they were last reported, by id. */
  readonly guilds = new Map<string, GuildReport>();
  readonly captureReports: CaptureReport[] = [];
  /** How many events ingest was given, repeats too. */
  offered = 0;
  readonly reports: { surface: string; samples: number }[] = [];
  readonly testOutcomes = new Map<string, TestOutcome>();
  #tests: readonly WantedTest[] = [];
  #sources: readonly WatchedSource[] = [];
  readonly #targets: readonly Target[];
  readonly #signals = new Map<string, Signal>(); // by source and message
  readonly #mirrors = new Map<string, Mirror>();
  #lease: { holder: string | null; epoch: number } = { holder: null, epoch: 0 };
  readonly #watchers = new Set<() => void>();
  readonly #refused: ((refusal: MachineRefusal) => void)[] = [];

  constructor(targets: readonly Target[]) {
    this.#targets = targets;
  }

  /** The source of that channel, from now on watched. */
  addSource(channelId: string, overrides: Partial<WatchedSource> = {}): void {
    const source = {
      sourceId: `source-${channelId}`,
      name: "calls",
      guildId: "1",
      channelId,
      minTier: "pro",
      allowBots: false,
      allowedAuthors: [],
      shard: 0,
      ...overrides,
    };
    this.#sources = [...this.#sources, source as WatchedSource]; // ids are plain text here
    this.#push();
  }

  /** Texts of the live signals, in the order of their seqs; null for a tombstone. */
  get stored(): (string | null)[] {
    const views = [...this.#signals.values()].map(({ state }) => viewOfSignal(state));
    return views.map((view) => (view.state === "deleted" ? null : view.content));
  }

  /** What is stored of a message. */
  viewOf(messageId: string): SignalView | undefined {
    const signal = this.#signals.get(messageId);
    return signal && viewOfSignal(signal.state);
  }

  /** What each mirror's state and code is. */
  get mirrors(): { state: Mirror["state"]; code: string | null; messageIds: readonly string[] }[] {
    return [...this.#mirrors.values()].map(({ state, code, applied }) => {
      return { state, code, messageIds: applied?.messageIds ?? [] };
    });
  }

  get holder(): string | null {
    return this.#lease.holder;
  }

  /** Time passes: what waits for a retry becomes due. */
  wake(): void {
    for (const mirror of this.#mirrors.values()) {
      if (mirror.state === "waiting") mirror.state = "due";
    }
    this.#push();
  }

  /** Somebody asks for another try of what waits. */
  urge(): void {
    for (const mirror of this.#mirrors.values()) mirror.isUrged = mirror.state === "waiting";
    this.wake();
  }

  /** The holder has been silent for too long. */
  expireLease(): void {
    this.#lease = { ...this.#lease, holder: null };
    this.#push();
  }

  /** Staff asks for a test message. */
  wantTest(testId: string, channelId: string, mode: WantedTest["mode"]): void {
    this.#tests = [...this.#tests, { testId, channelId, mode } as WantedTest]; // ids are plain text here
    this.#push();
  }

  refuse(refusal: MachineRefusal): void {
    for (const listener of this.#refused) listener(refusal);
  }

  /** The backend as one process sees it. */
  doorOf(holder: string): Backend {
    return {
      serverTimeMs: async () => Date.now(),
      watchSources: (onChange) => this.#watch(() => this.#sources, onChange),
      recentMessages: async (channelId, threadId) =>
        this.#messagesOf(channelId, "live").filter(
          (messageId) => this.#signals.get(messageId)?.threadId === threadId,
        ),
      capturedThreads: async (channelId) => {
        const inThreads = [...this.#signals.values()].filter(
          ({ source }) => source.channelId === channelId,
        );
        return [...new Set(inThreads.flatMap(({ threadId }) => threadId ?? []))];
      },
      lastMessage: async (channelId) => this.#messagesOf(channelId, "any")[0] ?? null,
      ingest: async (events) => {
        const results = events.map((event, index) => ({ index, ...this.#accept(event) }));
        this.#push();
        return results;
      },
      reportCapture: async (report) => {
        this.captureReports.push(report);
      },
      watchWork: (_, lane, onChange) => this.#watch(() => this.#work(lane), onChange),
      settle: async (_, epoch, results) => {
        if (this.#lease.holder !== holder || this.#lease.epoch !== epoch) return "leaseLost";
        for (const result of results) this.#settle(result);
        this.#push();
        return "settled";
      },
      media: async () => null,
      watchExpiredLinks: () => () => {},
      renewLinks: async () => {},
      watchRoles: (_, onChange) => this.#watch(() => [], onChange),
      settleRoles: async () => "settled",
      membersChanged: async () => {},
      serverChanged: async () => {},
      watchSweeps: (_, onChange) => this.#watch(() => [], onChange),
      sweepRows: async () => ({ rows: [], cursor: null }),
      noteDrift: async () => {},
      endSweep: async () => {},
      noteLost: async (_, __, messageIds) => {
        for (const messageId of messageIds) this.#lose(messageId);
        this.#push();
      },
      watchChecks: () => () => {},
      expectedIn: async () => ({ rows: [], nextBeforeMs: null }),
      reportCheck: async () => [],
      watchLease: (_, onChange) => this.#watch((): LeaseStatus => ({ ...this.#lease }), onChange),
      acquireLease: async () => {
        if (this.#lease.holder !== null && this.#lease.holder !== holder) return null;
        if (this.#lease.holder === null) this.#lease = { holder, epoch: this.#lease.epoch + 1 };
        this.#push();
        return { epoch: this.#lease.epoch, silentMs: this.#lease.epoch === 1 ? null : 0 };
      },
      beatLease: async (_, epoch) => this.#lease.holder === holder && this.#lease.epoch === epoch,
      releaseLease: async (_, epoch) => {
        if (this.#lease.holder === holder && this.#lease.epoch === epoch) this.expireLease();
      },
      report: async (surface, samples) => {
        this.reports.push({ surface, samples: samples.length });
      },
      reportMembers: async (events) => {
        this.memberEvents.push(...events);
      },
      membersMissed: async () => {},
      appear: async (appearance) => void this.presences.set(holder, appearance),
      pulse: async () => this.presences.get(holder) != null,
      leave: async () => void this.presences.set(holder, null),
      refused: async (_, code) => void this.presences.set(holder, { refused: code }),
      reportGuild: async (_, report) => void this.guilds.set(report.guild.guildId, report),
      leftGuild: async (_, guildId) => void this.guilds.delete(guildId),
      reportGuilds: async () => {},
      watchTests: (_, onChange) => this.#watch(() => this.#tests, onChange),
      takeTest: async (testId) => {
        const before = this.#tests.length;
        this.#tests = this.#tests.filter((test) => test.testId !== testId);
        this.#push();
        return this.#tests.length < before;
      },
      settleTest: async (testId, outcome) => void this.testOutcomes.set(testId, outcome),
      isConnected: () => true,
      onRefused: (listener) => {
        this.#refused.push(listener);
      },
      close: async () => {},
    };
  }

  #watch<T>(read: () => T, onChange: (value: T) => void): () => void {
    let shown = "";
    const look = () => {
      const value = read();
      const text = JSON.stringify(value);
      if (text === shown) return;
      shown = text;
      onChange(value);
    };
    this.#watchers.add(look);
    queueMicrotask(() => this.#watchers.has(look) && look());
    return () => {
      this.#watchers.delete(look);
    };
  }

  #push(): void {
    for (const look of [...this.#watchers]) look();
  }

  #messagesOf(channelId: string, which: "live" | "any"): string[] {
    return [...this.#signals]
      .filter(([, { source }]) => source.channelId === channelId)
      .filter(([, { state }]) => which === "any" || state.state === "live")
      .map(([messageId]) => messageId)
      .sort((a, b) => (BigInt(a) < BigInt(b) ? 1 : -1))
      .slice(0, 100);
  }

  #accept(event: SourceEvent) {
    this.offered += 1;
    const source = this.#sources.find(({ channelId }) => channelId === event.channelId);
    if (source === undefined) return { status: "rejected" as const, code: "unknown_channel" };
    const known = this.#signals.get(event.messageId);
    const { outcome, state } = foldEvent(known?.state ?? null, event);
    const signal = known ?? this.#newSignal(event, source, state);
    signal.state = state;
    if (outcome === "duplicate" || outcome === "stale") return { status: outcome };
    if (known !== undefined) this.#wantAgain(signal);
    return { status: "accepted" as const, seq: signal.seq };
  }

  #newSignal(
    { messageId, threadId }: SourceEvent,
    source: WatchedSource,
    state: SignalState,
  ): Signal {
    const seq = this.#signals.size + 1;
    const signal = { signalId: `s${seq}`, seq, source, threadId: threadId ?? null, state };
    this.#signals.set(messageId, signal);
    if (state.state === "deleted") return signal; // a tombstone is wanted nowhere
    for (const target of this.#targets) {
      const mirrorId = `mirror-of-${seq}-in-${target.channelId.slice(-6)}`;
      this.#mirrors.set(mirrorId, {
        mirrorId,
        signal,
        target,
        createdAtEpoch: this.#lease.epoch,
        applied: null,
        state: "due",
        attempt: 0,
        losses: 0,
        lookFirst: false,
        isUrged: false,
        code: null,
      });
    }
    return signal;
  }

  #wantAgain(signal: Signal): void {
    for (const mirror of this.#mirrors.values()) {
      const isIdle = mirror.state === "applied" || mirror.state === "failed";
      if (mirror.signal === signal && isIdle) Object.assign(mirror, { state: "due", attempt: 0 });
    }
  }

  #work(lane: Lane): MirrorWork[] {
    if (lane === "priority") return [];
    const perTarget = new Map<string, number>();
    const due = [...this.#mirrors.values()].filter(({ state, target }) => {
      const count = (perTarget.get(target.channelId) ?? 0) + (state === "due" ? 1 : 0);
      perTarget.set(target.channelId, count);
      return state === "due" && count <= MOST_PER_TARGET;
    });
    return due.slice(0, 50).map((mirror) => this.#toWork(mirror));
  }

  #toWork({ signal, ...mirror }: Mirror): MirrorWork {
    const { content, embeds, attachments, author, kind, state } = viewOfSignal(signal.state);
    const message = {
      content,
      embeds,
      attachments,
      media: [],
      authorName: author?.name ?? null,
      authorAvatarUrl: author?.avatarUrl ?? null,
      sourceName: signal.source.name,
      pingRoleId: null,
    };
    const work = {
      mirrorId: mirror.mirrorId,
      signalId: signal.signalId,
      feed: signal.source.minTier,
      seq: signal.seq,
      kind,
      target: mirror.target,
      wanted: { revision: signal.state.revision, deleted: state === "deleted" },
      applied: mirror.applied,
      nonce: mirror.mirrorId.slice(0, 25),
      lookFirst:
        mirror.applied === null && (mirror.lookFirst || mirror.createdAtEpoch < this.#lease.epoch),
      attempt: mirror.attempt,
      losses: mirror.losses,
      urged: mirror.isUrged,
      plannedAtMs: 0,
      mode: this.mode,
      place: { kind: "channel" },
      message: state === "deleted" ? null : message,
      replyTo: null,
      stamps: { sourceAtMs: 0, receivedAtMs: 0, committedAtMs: 0 },
    };
    return work as MirrorWork; // ids are plain text here
  }

  #lose(messageId: string): void {
    for (const mirror of this.#mirrors.values()) {
      const { applied } = mirror;
      const isDeleted = mirror.signal.state.state === "deleted";
      if (applied?.messageIds.includes(messageId) !== true || isDeleted) continue;
      const messageIds = applied.messageIds.filter((id) => id !== messageId);
      mirror.applied = { revision: 0, messageIds };
      Object.assign(mirror, { state: "due", losses: mirror.losses + 1 });
    }
  }

  #settle(result: SettleResult): void {
    this.settlements.push(result);
    const mirror = this.#mirrors.get(result.mirrorId);
    if (mirror === undefined || result.revision < (mirror.applied?.revision ?? 1)) return;
    const { revision, outcome, messageIds = [], code = null } = result;
    const wanted = mirror.signal.state.revision;
    if (outcome === "applied") {
      mirror.applied = { revision, messageIds };
      Object.assign(mirror, { state: revision >= wanted ? "applied" : "due", attempt: 0, code });
    } else if (outcome === "retry") {
      const attempt = mirror.attempt + (result.retryAfterMs === undefined ? 1 : 0);
      Object.assign(mirror, { state: "waiting", attempt, code, lookFirst: true });
    } else Object.assign(mirror, { state: revision >= wanted ? "failed" : "due", code });
  }
}
