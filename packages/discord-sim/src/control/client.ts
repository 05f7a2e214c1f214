/**
 * A typed client of the simulator's own routes, for tests and tools in another
 * process than the simulator. Nothing here needs the simulator's code to run.
 */
import type { APIMessage } from "discord-api-types/v10";
import type { FaultCommand } from "../faults/faults.ts";
import type { ActionResult, SimAction } from "../people/actions.ts";
import type { SeenMember, SeenWebhook } from "../people/inspection.ts";
import type { PersonEdit, PersonPost } from "../people/person-actions.ts";
import type { LoggedRequest } from "../rest/request-log.ts";
import type { PingRecord } from "../state/records.ts";
import type { directoryToWire } from "../wire/directory.ts";

/** What the simulator answered when it refused, with Discord's code. */
export class ControlError extends Error {
  override readonly name = "ControlError";
  readonly status: number;
  readonly code: number;

  constructor(status: number, code: number, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

type Place = { channelId: string; messageId: string };

export class DiscordSimControl {
  readonly #url: string;

  /** Where the simulator's page is, as `http://127.0.0.1:4010`. */
  constructor(url: string) {
    this.#url = `${url.replace(/\/+$/, "")}/_sim`;
  }

  state(): Promise<ReturnType<typeof directoryToWire>> {
    return this.#ask("GET", "/state");
  }

  /** The last REST requests of all bots, oldest first. */
  requests(): Promise<LoggedRequest[]> {
    return this.#ask("GET", "/requests");
  }

  clearRequests(): Promise<void> {
    return this.#ask("DELETE", "/requests");
  }

  /** Who was pinged, oldest first. */
  pings(channelId?: string): Promise<PingRecord[]> {
    return this.#ask("GET", `/pings${channelId === undefined ? "" : `?channel=${channelId}`}`);
  }

  webhooks(channelId?: string): Promise<SeenWebhook[]> {
    return this.#ask("GET", `/webhooks${channelId === undefined ? "" : `?channel=${channelId}`}`);
  }

  members(guildId: string): Promise<SeenMember[]> {
    return this.#ask("GET", `/guilds/${guildId}/members`);
  }

  /** Gateway sessions with a live socket. */
  sessions(): Promise<{ userId: string; intents: number; shard: [number, number]; seq: number }[]> {
    return this.#ask("GET", "/sessions");
  }

  /** The newest 50 of a channel or thread, newest first; older ones before an id. */
  messages(channelId: string, before?: string): Promise<APIMessage[]> {
    const query = before === undefined ? "" : `?before=${before}`;
    return this.#ask("GET", `/channels/${channelId}/messages${query}`);
  }

  post({ channelId, files = [], ...post }: PersonPost): Promise<APIMessage> {
    const coded = files.map((file) => ({ ...file, data: toBase64(file.data) }));
    return this.#ask("POST", `/channels/${channelId}/messages`, { ...post, files: coded });
  }

  edit({ channelId, messageId, ...change }: PersonEdit): Promise<APIMessage> {
    return this.#ask("PATCH", `/channels/${channelId}/messages/${messageId}`, change);
  }

  /** A late link preview: embeds change, and it is no edit. */
  preview({ channelId, messageId, embeds }: Place & { embeds: readonly object[] }): Promise<void> {
    return this.#ask("PUT", `/channels/${channelId}/messages/${messageId}/preview`, { embeds });
  }

  remove({ channelId, messageId }: Place): Promise<void> {
    return this.#ask("DELETE", `/channels/${channelId}/messages/${messageId}`);
  }

  bulkRemove(channelId: string, messageIds: readonly string[]): Promise<void> {
    return this.#ask("POST", `/channels/${channelId}/bulk-delete`, { messageIds });
  }

  setBarrier(channelId: string, barrier: "access" | "permissions" | null): Promise<void> {
    return this.#ask("PUT", `/channels/${channelId}/barrier`, { barrier });
  }

  act(action: SimAction): Promise<ActionResult> {
    return this.#ask("POST", "/actions", action);
  }

  fault(command: FaultCommand): Promise<void> {
    return this.#ask("POST", "/faults", command);
  }

  /** Agrees at a consent page's address as this person; an empty name refuses. Where the browser goes then. */
  async authorize(url: string, username: string): Promise<string> {
    const { location } = await this.#ask<{ location: string }>("POST", "/authorize", {
      url,
      username,
    });
    return location;
  }

  /** Puts the simulator's clock forward; its time afterwards. */
  async advance(advanceMs: number): Promise<number> {
    const { nowMs } = await this.#ask<{ nowMs: number }>("POST", "/clock", { advanceMs });
    return nowMs;
  }

  async #ask<T>(method: string, path: string, body?: unknown): Promise<T> {
    const answer = await fetch(this.#url + path, {
      method,
      ...(body !== undefined && {
        body: JSON.stringify(body),
        headers: { "Content-Type": "application/json" },
      }),
    });
    const text = await answer.text();
    const value: unknown = text === "" ? undefined : JSON.parse(text);
    if (answer.ok) return value as T; // the routes answer what the methods promise
    const { code = 0, message = `the simulator answered ${answer.status}` } = value as {
      code?: number;
      message?: string;
    };
    throw new ControlError(answer.status, code, message);
  }
}

function toBase64(data: Uint8Array | string): string {
  return typeof data === "string" ? data : Buffer.from(data).toString("base64");
}
