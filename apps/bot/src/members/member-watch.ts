/**
 * Tells the backend who came into a server, passed its screening, or left. One report is in flight; what happens
 * meanwhile goes with the next, and of several words about one member the last is enough.
 *
 * An update of a member says their whole state whatever changed of it, mostly roles: it is told once, and again
 * only if the screening was passed since.
 */
import { type Client, Events, GatewayDispatchEvents } from "discord.js";
import type { Backend, MemberEvent } from "../backend.ts";
import type { Dispatches } from "../capture/capture.ts";
import { type Clock, pause } from "../clock.ts";
import { errorText, type Log } from "../log.ts";

const BATCH_LIMIT = 100; // what discordMembers.report accepts
const FIRST_RETRY_MS = 250;
const MOST_RETRY_MS = 30_000;
const MOST_KNOWN = 100_000; // of a few dozen bytes each

export interface MemberWatchDoors {
  readonly backend: Pick<Backend, "reportMembers" | "membersMissed">;
  readonly clock: Clock;
  readonly log: Log;
  /** Server time, in whole ms. */
  readonly nowMs: () => number;
}

interface MemberPayload {
  readonly guild_id: string;
  readonly user: { readonly id: string };
  readonly pending?: boolean;
}

export class MemberWatch {
  readonly #doors: MemberWatchDoors;
  readonly #waiting = new Map<string, MemberEvent>(); // by server and member
  readonly #inside = new Set<string>(); // told to have passed the screening
  readonly #closing = new AbortController();
  #sending: Promise<void> | null = null;

  constructor(doors: MemberWatchDoors) {
    this.#doors = doors;
  }

  /** Listens to the client from its first event on. */
  attach(client: Pick<Client, "on" | "ws">): void {
    this.listen(client.ws);
    // A new session, not a resumed one: what happened before it was never told.
    client.on(Events.ShardReady, () => {
      const { backend, log } = this.#doors;
      backend.membersMissed().catch((error: unknown) => {
        log("members.not_reported", { error: errorText(error) });
      });
    });
  }

  listen(dispatches: Dispatches): void {
    // What the payload of a dispatch is, Discord's documentation says.
    dispatches.on(GatewayDispatchEvents.GuildMemberAdd, (payload) => {
      this.#tell(payload as MemberPayload, presenceOf(payload as MemberPayload));
    });
    dispatches.on(GatewayDispatchEvents.GuildMemberRemove, (payload) => {
      this.#tell(payload as MemberPayload, "left");
    });
    dispatches.on(GatewayDispatchEvents.GuildMemberUpdate, (payload) => {
      const member = payload as MemberPayload;
      const presence = presenceOf(member);
      const isTold = presence === "member" && this.#inside.has(keyOf(member));
      if (!isTold) this.#tell(member, presence);
    });
  }

  /** Resolves when everything heard so far has been told. */
  async finish(): Promise<void> {
    await this.#sending;
  }

  /** Gives up what was not told: the backend looks again when a bot is ready. */
  close(): void {
    this.#closing.abort();
  }

  #tell(member: MemberPayload, presence: MemberEvent["presence"]): void {
    const key = keyOf(member);
    if (this.#inside.size >= MOST_KNOWN) this.#inside.clear();
    if (presence === "member") this.#inside.add(key);
    else this.#inside.delete(key);
    const { guild_id: guildId, user } = member;
    this.#waiting.delete(key); // the last word stands last
    this.#waiting.set(key, { guildId, discordId: user.id, presence, atMs: this.#doors.nowMs() });
    this.#sending ??= this.#drain();
  }

  async #drain(): Promise<void> {
    const { clock } = this.#doors;
    await Promise.resolve(); // what comes in one turn goes in one report
    for (
      let retryInMs = FIRST_RETRY_MS;
      this.#waiting.size > 0 && !this.#closing.signal.aborted;
    ) {
      if (await this.#offer()) {
        retryInMs = FIRST_RETRY_MS;
        continue;
      }
      await pause(clock, retryInMs, this.#closing.signal);
      retryInMs = Math.min(MOST_RETRY_MS, retryInMs * 2);
    }
    this.#sending = null;
  }

  async #offer(): Promise<boolean> {
    const { backend, log } = this.#doors;
    const batch = [...this.#waiting].slice(0, BATCH_LIMIT);
    try {
      await backend.reportMembers(batch.map(([, event]) => event));
    } catch (error) {
      log("members.not_reported", { events: batch.length, error: errorText(error) });
      return false;
    }
    for (const [key, event] of batch) {
      if (this.#waiting.get(key) === event) this.#waiting.delete(key);
    }
    return true;
  }
}

function presenceOf({ pending }: MemberPayload): "member" | "pending" {
  return pending === true ? "pending" : "member";
}

function keyOf({ guild_id, user }: MemberPayload): string {
  return `${guild_id}/${user.id}`;
}
