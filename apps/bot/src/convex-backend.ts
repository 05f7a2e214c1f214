/**
 * The backend over the official Convex client, authenticated as this machine.
 *
 * Three sockets, because the mutations of one run one at a time: a burst of
 * settlements must not hold up a post that was just captured, nor the other way
 * round, and a server with 500 channels neither. What is captured goes over one,
 * presence over another, mirroring and everything else over the third.
 */
import { textKindOf } from "@heliograph/domain";
import { ConvexClient } from "convex/browser";
import { ConvexError } from "convex/values";
import { api } from "../../../convex/_generated/api.js";
import type { Backend, MachineRefusal } from "./backend.ts";
import { type Clock, pause } from "./clock.ts";
import type { BotConfig } from "./config.ts";
import { errorText, type Log } from "./log.ts";
import { MachineToken } from "./machine-token.ts";
import { presenceBackend } from "./presence/presence-backend.ts";

const ANSWER_MS = 5_000;
const MEDIA_MS = 30_000;
const AUTH_AGAIN_MS = 5_000;
const REFUSALS = new Set(["machine_revoked", "wrong_kind"]); // codes that no waiting cures
const REVOKED = {
  code: "revoked_token",
  message: "This machine token was revoked or has expired.",
};

export interface ConvexDoors {
  readonly clock: Clock;
  readonly log: Log;
}

/** Connects; the clients reconnect by themselves and resend what was not answered. */
export function connectBackend(config: BotConfig, { clock, log }: ConvexDoors): Backend {
  const refusals = new Refusals();
  const closing = new AbortController();
  const { siteUrl, machineToken, holder } = config;
  const tokens = new MachineToken({
    siteUrl,
    machineToken,
    clock,
    log,
    onRefused: (refusal) => refusals.tell(refusal),
  });
  const open = (purpose: string): ConvexClient => {
    const client = new ConvexClient(config.convexUrl, {
      unsavedChangesWarning: false,
      skipConvexDeploymentUrlCheck: true, // self-hosted
      initialAuthTokenReuse: true, // each JWT is fresh: a second one right after would only re-run every query
      logger: convexLog(log, purpose),
    });
    authenticate(client);
    return client;
  };
  const authenticate = (client: ConvexClient): void => {
    client.setAuth(
      () => tokens.jwt(),
      (isAuthenticated) => {
        // The client gives up after some rejected JWTs; a backend that is being set up may accept them later.
        if (isAuthenticated || refusals.happened || closing.signal.aborted) return;
        log("auth.not_accepted", { retryInMs: AUTH_AGAIN_MS });
        pause(clock, AUTH_AGAIN_MS, closing.signal).then(
          () => {
            if (!closing.signal.aborted) authenticate(client);
          },
          log.bind(null, "auth.failed"),
        );
      },
    );
  };
  const capturing = open("capture");
  const mirroring = open("mirror");
  const presence = open("presence");

  /** What a subscription's error means; it stays open and may answer again. */
  const failed = (query: string) => (error: Error) => {
    if (!refusals.recognise(error)) log("backend.query_failed", { query, error: error.message });
  };
  const answered = async <T>(call: Promise<T>): Promise<T> => {
    try {
      return await call;
    } catch (error) {
      refusals.recognise(error);
      throw error;
    }
  };

  return {
    ...presenceBackend({
      client: presence,
      holder,
      answered,
      onRevoked: () => refusals.tell(REVOKED),
      onFailed: failed("doctor.wanted"),
    }),
    serverTimeMs: () => askTime(siteUrl),
    watchSources: (onChange) =>
      capturing.onUpdate(
        api.sources.watched,
        {},
        (answer) =>
          answer.state === "revoked" ? refusals.tell(REVOKED) : onChange(answer.sources),
        failed("sources.watched"),
      ),
    async recentMessages(channelId, threadId) {
      const place = { channelId, ...(threadId !== null && { threadId }) };
      const answer = await answered(capturing.query(api.sources.recent, place));
      if (answer.state === "revoked") throw new ConvexError(REVOKED);
      return answer.messageIds;
    },
    async capturedThreads(channelId) {
      const answer = await answered(capturing.query(api.sources.threads, { channelId }));
      if (answer.state === "revoked") throw new ConvexError(REVOKED);
      return answer.threadIds;
    },
    async lastMessage(channelId) {
      const answer = await answered(capturing.query(api.sources.lastSeen, { channelId }));
      if (answer.state === "revoked") throw new ConvexError(REVOKED);
      return answer.lastMessageId;
    },
    async reportCapture(report) {
      await answered(capturing.mutation(api.capture.report, { report }));
    },
    async ingest(events, receivedAtMs) {
      const args = { events: [...events], receivedAtMs, textKinds: events.map(textKindOf) };
      return (await answered(capturing.mutation(api.ingest.events, args))).results;
    },
    watchWork: (shard, lane, onChange) =>
      mirroring.onUpdate(
        api.mirrors.work,
        { shard, lane },
        (answer) => (answer.state === "revoked" ? refusals.tell(REVOKED) : onChange(answer.rows)),
        failed("mirrors.work"),
      ),
    async settle(shard, epoch, results) {
      const args = { shard, epoch, results: [...results] };
      return (await answered(mirroring.mutation(api.mirrors.settle, args))).state;
    },
    media: (mediaId) => askMedia(config, mediaId),
    watchExpiredLinks: (onChange) =>
      capturing.onUpdate(
        api.media.expired,
        {},
        (answer) => (answer.state === "revoked" ? refusals.tell(REVOKED) : onChange(answer.links)),
        failed("media.expired"),
      ),
    async renewLinks(links) {
      await answered(capturing.mutation(api.media.renew, { links: [...links] }));
    },
    watchRoles: (shard, onChange) =>
      mirroring.onUpdate(
        api.roles.work,
        { shard },
        (answer) => (answer.state === "revoked" ? refusals.tell(REVOKED) : onChange(answer.rows)),
        failed("roles.work"),
      ),
    async settleRoles(shard, epoch, results) {
      const args = { shard, epoch, results: [...results] };
      return (await answered(mirroring.mutation(api.roles.settle, args))).state;
    },
    async membersChanged(shard, epoch, change) {
      await answered(mirroring.mutation(api.roles.membersChanged, { shard, epoch, ...change }));
    },
    async serverChanged(shard, epoch, change) {
      await answered(mirroring.mutation(api.roles.serverChanged, { shard, epoch, ...change }));
    },
    watchSweeps: (shard, onChange) =>
      mirroring.onUpdate(
        api.roles.sweepWork,
        { shard },
        (answer) => (answer.state === "revoked" ? refusals.tell(REVOKED) : onChange(answer.sweeps)),
        failed("roles.sweepWork"),
      ),
    async sweepRows(guildId, cursor) {
      const answer = await answered(mirroring.query(api.roles.sweepRows, { guildId, cursor }));
      if (answer.state === "revoked") throw new ConvexError(REVOKED);
      return answer;
    },
    async noteDrift(shard, epoch, drifts) {
      const args = { shard, epoch, drifts: [...drifts] };
      await answered(mirroring.mutation(api.roles.noteDrift, args));
    },
    async endSweep(shard, epoch, sweepId, result) {
      await answered(mirroring.mutation(api.roles.endSweep, { shard, epoch, sweepId, result }));
    },
    async noteLost(shard, epoch, messageIds) {
      const args = { shard, epoch, messageIds: [...messageIds] };
      await answered(mirroring.mutation(api.mirrors.lost, args));
    },
    watchChecks: (shard, onChange) =>
      mirroring.onUpdate(
        api.drift.wanted,
        { shard },
        (answer) => (answer.state === "revoked" ? refusals.tell(REVOKED) : onChange(answer.checks)),
        failed("drift.wanted"),
      ),
    async expectedIn(channelId, plannedBeforeMs) {
      const args = { channelId, plannedBeforeMs };
      const answer = await answered(mirroring.query(api.drift.expected, args));
      if (answer.state === "revoked") throw new ConvexError(REVOKED);
      return answer;
    },
    async reportCheck(shard, epoch, report) {
      const answer = await answered(mirroring.mutation(api.drift.report, { shard, epoch, report }));
      return answer.state === "noted" ? answer.strays : [];
    },
    watchLease: (shard, onChange) =>
      mirroring.onUpdate(
        api.leases.status,
        { shard },
        (answer) => (answer.state === "revoked" ? refusals.tell(REVOKED) : onChange(answer)),
        failed("leases.status"),
      ),
    async acquireLease(shard) {
      const answer = await answered(mirroring.mutation(api.leases.acquire, { shard, holder }));
      if (answer.state === "busy") return null;
      return { epoch: answer.epoch, silentMs: answer.sinceLastHolderMs };
    },
    async beatLease(shard, epoch) {
      const args = { shard, epoch, holder };
      return (await answered(mirroring.mutation(api.leases.beat, args))).state === "held";
    },
    async releaseLease(shard, epoch) {
      await answered(mirroring.mutation(api.leases.release, { shard, epoch, holder }));
    },
    async report(surface, samples) {
      await answered(mirroring.mutation(api.receipts.report, { surface, samples: [...samples] }));
    },
    async reportMembers(events) {
      await answered(mirroring.mutation(api.discordMembers.report, { events: [...events] }));
    },
    async membersMissed() {
      await answered(mirroring.mutation(api.discordMembers.missed, {}));
    },
    isConnected: () =>
      [capturing, mirroring, presence].every((client) => {
        return client.connectionState().isWebSocketConnected;
      }),
    onRefused: (listener) => refusals.listen(listener),
    async close() {
      closing.abort();
      tokens.close();
      await Promise.all([capturing, mirroring, presence].map((client) => client.close()));
    },
  };
}

async function askTime(siteUrl: string): Promise<number> {
  const response = await fetch(`${siteUrl}/time`, { signal: AbortSignal.timeout(ANSWER_MS) });
  if (!response.ok) throw new Error(`${siteUrl}/time answers ${response.status}`);
  const { nowMs }: { nowMs?: unknown } = await response.json();
  if (typeof nowMs !== "number") throw new Error(`${siteUrl}/time answers no time`);
  return nowMs;
}

async function askMedia(
  { siteUrl, machineToken }: BotConfig,
  mediaId: string,
): Promise<Buffer | null> {
  const response = await fetch(`${siteUrl}/media/${mediaId}`, {
    headers: { authorization: `Bearer ${machineToken}` },
    signal: AbortSignal.timeout(MEDIA_MS),
  });
  if (response.ok) return Buffer.from(await response.arrayBuffer());
  await response.body?.cancel();
  if (response.status === 403 || response.status === 404) return null; // deleted meanwhile
  throw new Error(`${siteUrl}/media answers ${response.status}`);
}

/** Tells once that the backend is done with this machine, also those who listen later. */
class Refusals {
  readonly #listeners: ((refusal: MachineRefusal) => void)[] = [];
  #refusal: MachineRefusal | null = null;

  get happened(): boolean {
    return this.#refusal !== null;
  }

  listen(listener: (refusal: MachineRefusal) => void): void {
    if (this.#refusal === null) this.#listeners.push(listener);
    else listener(this.#refusal);
  }

  tell(refusal: MachineRefusal): void {
    if (this.#refusal !== null) return;
    this.#refusal = refusal;
    for (const listener of this.#listeners.splice(0)) listener(refusal);
  }

  /** Whether the error is such a refusal; tells it. */
  recognise(error: unknown): boolean {
    if (!(error instanceof ConvexError)) return false;
    const { code, message }: { code?: unknown; message?: unknown } = Object(error.data);
    if (typeof code !== "string" || !REFUSALS.has(code)) return false;
    this.tell({ code, message: String(message) });
    return true;
  }
}

/** The client's own remarks as log lines: standard output carries nothing but those. */
function convexLog(log: Log, purpose: string) {
  const line =
    (level: string) =>
    (...parts: unknown[]) => {
      log("convex.client", { purpose, level, text: parts.map(errorText).join(" ") });
    };
  return { logVerbose: () => {}, log: line("info"), warn: line("warn"), error: line("error") };
}
