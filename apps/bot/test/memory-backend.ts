/**
 * The backend in memory, as far as the bot sees it: events are folded into
 * signals, every target wants every signal, and a mirror is due until what is
 * wanted is applied. As with the real one, whoever awaits a mutation finds the
 * watched lists changed.
 */
import { foldEvent, type SignalView, type SourceEvent, viewOfSignal } from "@heliograph/domain";
import type {
  Appearance,
  Backend,
  CaptureReport,
  GuildReport,
  LeaseStatus,
  MachineRefusal,
  MemberEvent,
  MirrorWork,
  SettleResult,
  TestOutcome,
  WantedCheck,
  WantedTest,
  WatchedSource,
} from "../src/backend.ts";
import { MemoryMirrors, type Signal, type Target } from "./memory-mirrors.ts";

export class MemoryBackend {
  readonly #mirrors: MemoryMirrors;
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
  readonly #nowMs: () => number;
  #signMs = 0; // the last sign of the lease's holder
  #targets: readonly Target[];
  #checks: readonly WantedCheck[] = [];
  readonly #signals = new Map<string, Signal>(); // by source and message
  #lease: { holder: string | null; epoch: number } = { holder: null, epoch: 0 };
  readonly #watchers = new Set<() => void>();
  readonly #refused: ((refusal: MachineRefusal) => void)[] = [];

  constructor(targets: readonly Target[], nowMs: () => number = () => 0) {
    this.#targets = targets;
    this.#nowMs = nowMs;
    this.#mirrors = new MemoryMirrors(nowMs);
  }

  /** The rows of the mirrors, and what becomes of them. */
  get rows(): MemoryMirrors {
    return this.#mirrors;
  }

  get settlements(): readonly SettleResult[] {
    return this.#mirrors.settlements;
  }

  /** How every route of it posts. */
  set mode(mode: MirrorWork["mode"]) {
    this.#mirrors.mode = mode;
  }

  /** Another set of routes from now on: what those that are gone have not posted yet is withdrawn. */
  setTargets(targets: readonly Target[]): void {
    const isGone = (target: Target) =>
      !targets.some(({ channelId }) => channelId === target.channelId);
    for (const { channelId } of this.#targets.filter(isGone)) this.#mirrors.withdraw(channelId);
    this.#targets = targets;
    this.#push();
  }

  /** Asks for a check of every target. */
  wantChecks(): void {
    this.#checks = this.#targets.map((target) => ({
      ...target,
      place: { kind: "channel" as const },
      wantedAtMs: 0,
    }));
    this.#push();
  }

  /** Whether every check that was asked for has been made. */
  get isChecked(): boolean {
    return this.#checks.length === 0;
  }

  /** The lease of the one shard. */
  get lease(): { readonly holder: string | null; readonly epoch: number } {
    return this.#lease;
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

  /** The live posts of a source. */
  liveOf(channelId: string): { readonly messageId: string; readonly content: string }[] {
    return this.#messagesOf(channelId, "live").map((messageId) => {
      return { messageId, content: this.viewOf(messageId)?.content ?? "" };
    });
  }

  /** What is stored of a message. */
  viewOf(messageId: string): SignalView | undefined {
    const signal = this.#signals.get(messageId);
    return signal && viewOfSignal(signal.state);
  }

  /** What each mirror's state and code is. */
  get mirrors(): ReturnType<MemoryMirrors["shown"]> {
    return this.#mirrors.shown();
  }

  get holder(): string | null {
    return this.#lease.holder;
  }

  /** Time passes: what waits for a retry becomes due. */
  wake(): void {
    this.#mirrors.wake();
    this.#push();
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
      watchWork: (_, lane, onChange) =>
        this.#watch(() => this.#mirrors.work(lane, this.#lease.epoch), onChange),
      settle: async (_, epoch, results) => {
        if (this.#lease.holder !== holder || this.#lease.epoch !== epoch) return "leaseLost";
        for (const result of results) this.#mirrors.settle(result);
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
      noteLost: async (_, epoch, messageIds) => {
        if (this.#lease.holder !== holder || this.#lease.epoch !== epoch) return;
        for (const messageId of messageIds) this.#mirrors.lose(messageId);
        this.#push();
      },
      watchChecks: (_, onChange) => this.#watch(() => this.#checks, onChange),
      expectedIn: async (channelId) => ({
        rows: this.#mirrors.expected(channelId),
        nextBeforeMs: null,
      }),
      reportCheck: async (_, epoch, report) => {
        if (this.#lease.holder !== holder || this.#lease.epoch !== epoch) return [];
        const strays = this.#mirrors.close(report);
        this.#checks = this.#checks.filter(({ channelId }) => channelId !== report.channelId);
        this.#push();
        return strays;
      },
      watchLease: (_, onChange) => this.#watch((): LeaseStatus => ({ ...this.#lease }), onChange),
      acquireLease: async () => {
        if (this.#lease.holder !== null && this.#lease.holder !== holder) return null;
        if (this.#lease.holder === null) this.#lease = { holder, epoch: this.#lease.epoch + 1 };
        const silentMs = this.#lease.epoch === 1 ? null : this.#nowMs() - this.#signMs;
        this.#signMs = this.#nowMs();
        this.#push();
        return { epoch: this.#lease.epoch, silentMs };
      },
      beatLease: async (_, epoch) => {
        const isHeld = this.#lease.holder === holder && this.#lease.epoch === epoch;
        if (isHeld) this.#signMs = this.#nowMs();
        return isHeld;
      },
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
    if (known !== undefined) this.#mirrors.wantChange(signal);
    return { status: "accepted" as const, seq: signal.seq };
  }

  #newSignal(
    { messageId, threadId }: SourceEvent,
    source: WatchedSource,
    state: Signal["state"],
  ): Signal {
    const seq = this.#signals.size + 1;
    const signal = { signalId: `s${seq}`, seq, source, threadId: threadId ?? null, state };
    this.#signals.set(messageId, signal);
    if (state.state === "deleted") return signal; // a tombstone is wanted nowhere
    for (const target of this.#targets) {
      this.#mirrors.plan(signal, target, this.#lease.epoch);
    }
    return signal;
  }
}
