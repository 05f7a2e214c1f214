/**
 * The gateway: upgrades sockets, opens and resumes sessions, and tells every
 * session what happened.
 *
 * Owns all sessions and sockets.
 *
 * [DGW1] A new session hears READY, then GUILD_CREATE for each of its guilds.
 * [DGW3] A resumed session hears what it missed in order, then RESUMED.
 * [DGW4] A session that is gone, or was closed with 1000 or 1001, answers op 9.
 */
import { randomBytes } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import {
  GatewayCloseCodes as Close,
  GatewayIntentBits,
  GatewayOpcodes as Op,
  GatewayDispatchEvents as T,
} from "discord-api-types/v10";
import { WebSocketServer } from "ws";
import type { Clock } from "../clock.ts";
import type { Fields } from "../messages/form-errors.ts";
import type { GuildEvent } from "../state/events.ts";
import type { BotRecord } from "../state/records.ts";
import type { World } from "../state/world.ts";
import { guildCreateToWire } from "../wire/guilds.ts";
import { userToWire } from "../wire/users.ts";
import { type Audience, onShard } from "./audience.ts";
import { Connection, type ConnectionHost } from "./connection.ts";
import { dispatchFor } from "./dispatches.ts";
import { EventLoss } from "./event-loss.ts";
import { bareToken, readIdentify, readResume } from "./identify.ts";
import { asksForAll, memberChunks } from "./member-chunks.ts";
import { Session, type SessionFacts } from "./session.ts";
import { type SessionStartOptions, SessionStarts } from "./session-starts.ts";

/** How long a session waits for its client to come back. */
const RESUME_WINDOW_MS = 180_000;
/** All members of a guild may be asked for once in this time. */
const ALL_MEMBERS_PAUSE_MS = 30_000;
const NORMAL_CLOSURES = [1000, 1001];
const SERVICE_RESTART = 1012;
const GUILDS_A_SHARD = 1_000;

export type GatewayOptions = {
  world: World;
  baseUrl: () => string;
  heartbeatIntervalMs: number;
  starts: SessionStartOptions;
  /** More guilds than this on one shard are refused (4011). */
  maxGuildsPerShard: number;
};

export class Gateway implements ConnectionHost {
  readonly clock: Clock;
  readonly heartbeatIntervalMs: number;
  readonly #world: World;
  readonly #baseUrl: () => string;
  readonly #server = new WebSocketServer({ noServer: true, perMessageDeflate: false });
  readonly #connections = new Set<Connection>();
  readonly #sessions = new Map<string, Session>();
  readonly #stopListening: () => void;
  readonly #starts: SessionStarts;
  readonly #maxGuildsPerShard: number;
  readonly #askedForAll = new Map<string, number>();
  readonly loss = new EventLoss();
  acknowledges = true;
  #open = true;

  constructor({ world, baseUrl, heartbeatIntervalMs, starts, maxGuildsPerShard }: GatewayOptions) {
    this.#starts = new SessionStarts(world.clock, starts);
    this.#maxGuildsPerShard = maxGuildsPerShard;
    this.clock = world.clock;
    this.heartbeatIntervalMs = heartbeatIntervalMs;
    this.#world = world;
    this.#baseUrl = baseUrl;
    this.#stopListening = world.events.listen((event) => {
      if (event.type === "peopleChanged") return;
      for (const session of this.#sessions.values()) this.#tell(session, event);
    });
  }

  /** Answers an HTTP upgrade; any path will do, as clients differ in what they append. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    if (!this.#open) {
      socket.destroy();
      return;
    }
    const version = new URL(request.url ?? "/", "ws://localhost").searchParams.get("v");
    this.#server.handleUpgrade(request, socket, head, (webSocket) => {
      if (version !== null && version !== "10") return webSocket.close(Close.InvalidAPIVersion);
      this.#connections.add(new Connection(webSocket, this));
    });
  }

  identify(payload: Fields, connection: Connection): Session | number | "invalid" {
    const wish = readIdentify(payload, this.#world.bots);
    if (typeof wish === "number") return wish;
    const userId = this.#world.bots.get(wish.token)?.userId ?? "";
    if (this.#guildsOn(userId, wish.shard).length > this.#maxGuildsPerShard)
      return Close.ShardingRequired;
    const start = this.#starts.take(wish.token, wish.shard[0]);
    if (start === "tooSoon") return "invalid";
    if (start === "tooMany") return this.#endBot(wish.token);
    const facts = { ...wish, id: randomBytes(16).toString("hex"), userId };
    const session = new Session(facts, connection.sendText);
    this.#sessions.set(facts.id, session);
    session.threads.note(this.#audience(facts));
    this.#greet(session);
    return session;
  }

  resume(payload: Fields, connection: Connection): Session | number | "invalid" {
    const wish = readResume(payload);
    if (typeof wish === "number") return wish;
    if (!this.#world.bots.has(wish.token)) return Close.AuthenticationFailed;
    const session = this.#sessions.get(wish.sessionId);
    if (session === undefined || session.facts.token !== wish.token) return "invalid";
    if (wish.seq > session.seq) return Close.InvalidSeq;
    this.#leaveOldSocket(session);
    if (!session.resume(wish.seq, connection.sendText)) return "invalid";
    session.dispatch({ t: T.Resumed, d: { _trace: [] } });
    return session;
  }

  requestMembers(session: Session, payload: Fields): undefined {
    const waitMs = asksForAll(payload) ? this.#waitForAll(session, String(payload.guild_id)) : 0;
    if (waitMs > 0) {
      const meta = { guild_id: payload.guild_id, nonce: payload.nonce };
      session.dispatch({
        t: "RATE_LIMITED",
        d: { opcode: Op.RequestGuildMembers, retry_after: waitMs / 1_000, meta },
      });
      return;
    }
    for (const chunk of memberChunks(this.#audience(session.facts), payload))
      session.dispatch({ t: T.GuildMembersChunk, d: chunk });
  }

  closed(connection: Connection, closeCode: number): void {
    this.#connections.delete(connection);
    const { session } = connection;
    if (session === null || this.#holderOf(session) !== undefined) return;
    if (NORMAL_CLOSURES.includes(closeCode)) this.#forget(session);
    else this.#awaitResume(session);
  }

  /** What GET /gateway/bot tells of the session limit. */
  sessionStartLimit(token: string) {
    return this.#starts.standing(token);
  }

  /** How many shards a bot should have, 1,000 guilds on each. */
  recommendedShards(userId: string): number {
    return Math.max(1, Math.ceil(this.#world.guildsOf(userId).length / GUILDS_A_SHARD));
  }

  /** Sessions with a live socket. */
  connectedSessions(): readonly Session[] {
    return [...this.#sessions.values()].filter((session) => session.connected);
  }

  /** Fault: every socket breaks. Without a code there is no close frame at all. */
  drop(code?: number): void {
    for (const connection of this.#connections) {
      if (code === undefined) connection.cut();
      else connection.close(code);
    }
  }

  /** Fault: no session can be resumed any more; sockets stay as they are. */
  forgetSessions(): void {
    this.#sessions.clear();
  }

  /** Fault: op 9 to every session; unless resumable, they are gone and so is what they missed. */
  invalidateSessions(resumable: boolean): void {
    for (const session of this.connectedSessions()) this.#awaitResume(session);
    if (!resumable) this.#sessions.clear();
    for (const connection of this.#connections) connection.invalidate(resumable);
  }

  /** Fault: op 7 to everyone. */
  askToReconnect(): void {
    for (const connection of this.#connections) connection.askToReconnect();
  }

  /** Fault: while shut, new sockets are refused. Open ones stay. */
  setOpen(open: boolean): void {
    this.#open = open;
  }

  close(): void {
    this.#stopListening();
    for (const connection of this.#connections) connection.close(SERVICE_RESTART);
    for (const connection of this.#connections) connection.cut();
    this.#server.close();
  }

  #tell(session: Session, event: GuildEvent): void {
    const audience = this.#audience(session.facts);
    const sync = session.threads.after(audience, event);
    for (const dispatch of [dispatchFor(audience, event), sync])
      if (dispatch !== null && !this.loss.swallows(dispatch.t)) session.dispatch(dispatch);
  }

  #greet(session: Session): void {
    const { userId, id, shard, intents } = session.facts;
    const guilds = this.#guildsOn(userId, shard);
    session.dispatch({
      t: T.Ready,
      d: {
        v: 10,
        user: {
          ...userToWire(this.#world.getUser(userId)),
          verified: true,
          mfa_enabled: true,
          email: null,
          flags: 0,
        },
        guilds: guilds.map((guild) => ({ id: guild.id, unavailable: true })),
        session_id: id,
        resume_gateway_url: this.#baseUrl().replace(/^http/, "ws"),
        shard,
        application: { id: userId, flags: 0 },
      },
    });
    if ((intents & GatewayIntentBits.Guilds) === 0) return;
    for (const guild of guilds) {
      session.dispatch({
        t: T.GuildCreate,
        d: guildCreateToWire(this.#world, guild, session.facts),
      });
    }
  }

  #guildsOn(userId: string, shard: readonly [id: number, count: number]) {
    return this.#world.guildsOf(userId).filter((guild) => onShard(guild.id, shard));
  }

  /** Milliseconds until this session may ask for all members of the guild again. */
  #waitForAll({ facts }: Session, guildId: string): number {
    const key = `${facts.token} ${guildId}`;
    const nowMs = this.clock.nowMs();
    const freeAtMs =
      (this.#askedForAll.get(key) ?? Number.NEGATIVE_INFINITY) + ALL_MEMBERS_PAUSE_MS;
    if (freeAtMs > nowMs) return freeAtMs - nowMs;
    this.#askedForAll.set(key, nowMs);
    return 0;
  }

  /** Too many session starts: Discord resets the token, and everything of the bot ends. */
  #endBot(token: string): number {
    this.#world.bots.delete(token);
    const ended = [...this.#sessions.values()].filter(({ facts }) => facts.token === token);
    for (const session of ended) {
      this.#forget(session);
      this.#holderOf(session)?.close(Close.AuthenticationFailed);
    }
    return Close.AuthenticationFailed;
  }

  #audience({ userId, intents, shard }: SessionFacts): Audience {
    return { world: this.#world, baseUrl: this.#baseUrl(), userId, intents, shard };
  }

  #holderOf(session: Session): Connection | undefined {
    return [...this.#connections].find((connection) => connection.session === session);
  }

  /** A session has one socket: resuming elsewhere ends the old one. */
  #leaveOldSocket(session: Session): void {
    const old = this.#holderOf(session);
    if (old === undefined) return;
    this.#connections.delete(old);
    old.cut();
  }

  #awaitResume(session: Session): void {
    session.disconnect(this.clock.nowMs());
    this.clock.after(RESUME_WINDOW_MS, () => {
      if (session.idleMs(this.clock.nowMs()) >= RESUME_WINDOW_MS) this.#forget(session);
    });
  }

  #forget(session: Session): void {
    this.#sessions.delete(session.facts.id);
  }
}

/** Whether a bot with this Authorization header exists. */
export function findBot(
  bots: ReadonlyMap<string, BotRecord>,
  authorization: string | undefined,
): BotRecord | undefined {
  return authorization !== undefined && /^Bot\s/i.test(authorization)
    ? bots.get(bareToken(authorization))
    : undefined;
}
