/**
 * Another server that speaks Discord's documented API, written from the documentation and sharing
 * nothing with the simulator: just enough of REST v10 and the gateway for one bot in two servers.
 * What it is asked beyond that it answers with 404 and takes down.
 */
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { WebSocket, WebSocketServer } from "ws";

const PREFIX = "/some/other/place/v10"; // a base of its own, and a gateway on a path of its own
const GATEWAY = "/stream";

export interface OtherChannel {
  readonly guildId: string;
  readonly channelId: string;
}

interface Message {
  id: string;
  channel_id: string;
  content: string;
  nonce?: string;
  [field: string]: unknown;
}

export class OtherDiscord {
  /** Requests that it does not know: method and path. */
  readonly unknown: string[] = [];
  /** Opcodes of the gateway that it was sent. */
  readonly opcodes: number[] = [];
  readonly #server: Server;
  readonly #sockets = new WebSocketServer({ noServer: true });
  readonly #channels: readonly OtherChannel[];
  readonly #messages = new Map<string, Message[]>(); // by channel
  readonly #bot = {
    id: "700000000000000001",
    username: "elsewhere",
    discriminator: "0",
    bot: true,
  };
  #serial = 0;
  #sequence = 0;

  private constructor(channels: readonly OtherChannel[]) {
    this.#channels = channels;
    this.#server = createServer((request, response) => {
      this.#answer(request).then(
        ({ status, body }) => {
          response.writeHead(status, { "content-type": "application/json" });
          response.end(body === undefined ? undefined : JSON.stringify(body));
        },
        () => response.writeHead(500).end(),
      );
    });
    this.#server.on("upgrade", (request, socket, head) => {
      if (!request.url?.startsWith(GATEWAY)) return void socket.destroy();
      this.#sockets.handleUpgrade(request, socket, head, (opened) => this.#connected(opened));
    });
  }

  static async start(channels: readonly OtherChannel[]): Promise<OtherDiscord> {
    const discord = new OtherDiscord(channels);
    await new Promise<void>((resolve) => discord.#server.listen(0, "127.0.0.1", resolve));
    return discord;
  }

  get apiUrl(): string {
    return `http://127.0.0.1:${this.#port}${PREFIX.replace("/v10", "")}`;
  }

  /** A person posts. */
  post(channelId: string, content: string): string {
    const author = { id: "700000000000000002", username: "mara", discriminator: "0" };
    const message = this.#add(channelId, { content, author });
    const guild_id = this.#channels.find((one) => one.channelId === channelId)?.guildId;
    this.#dispatch("MESSAGE_CREATE", { ...message, guild_id });
    return message.id;
  }

  /** They take it back. */
  remove(channelId: string, id: string): void {
    this.#of(channelId).splice(0);
    const guild_id = this.#channels.find((one) => one.channelId === channelId)?.guildId;
    this.#dispatch("MESSAGE_DELETE", { id, channel_id: channelId, guild_id });
  }

  contents(channelId: string): string[] {
    return this.#of(channelId).map(({ content }) => content);
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets.clients) socket.terminate();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  get #port(): number {
    return (this.#server.address() as AddressInfo).port; // a TCP server has one
  }

  async #answer(request: IncomingMessage): Promise<{ status: number; body?: unknown }> {
    const { pathname } = new URL(request.url ?? "/", "http://other");
    const path = pathname.startsWith(PREFIX) ? pathname.slice(PREFIX.length) : `?${pathname}`;
    const [, root, channelId = "", part, messageId] = path.split("/");
    if (path === "/gateway/bot") {
      const limit = { total: 1_000, remaining: 1_000, reset_after: 0, max_concurrency: 1 };
      const url = `ws://127.0.0.1:${this.#port}${GATEWAY}`;
      return { status: 200, body: { url, shards: 1, session_start_limit: limit } };
    }
    if (root === "channels" && part === "messages" && this.#knows(channelId)) {
      const answer = await this.#answerMessages(request, channelId, messageId);
      if (answer !== null) return answer;
    }
    this.unknown.push(`${request.method} ${pathname}`);
    return { status: 404, body: { code: 0, message: "404: Not Found" } };
  }

  async #answerMessages(request: IncomingMessage, channelId: string, messageId?: string) {
    const messages = this.#of(channelId);
    const found = messages.find(({ id }) => id === messageId);
    switch (`${request.method} ${messageId === undefined ? "all" : "one"}`) {
      case "GET all":
        return { status: 200, body: messages.toReversed() };
      case "POST all":
        return { status: 200, body: this.#create(channelId, JSON.parse(await textOf(request))) };
      case "GET one":
        return found === undefined ? unknownMessage() : { status: 200, body: found };
      case "PATCH one":
        if (found === undefined) return unknownMessage();
        Object.assign(found, JSON.parse(await textOf(request)));
        return { status: 200, body: found };
      case "DELETE one":
        if (found === undefined) return unknownMessage();
        messages.splice(messages.indexOf(found), 1);
        return { status: 204 };
      default:
        return null;
    }
  }

  #create(channelId: string, body: { content: string; nonce?: string }): Message {
    const same = this.#of(channelId).find(
      ({ nonce }) => nonce !== undefined && nonce === body.nonce,
    );
    return same ?? this.#add(channelId, { ...body, author: this.#bot });
  }

  #add(channelId: string, fields: { content: string; author: object }): Message {
    this.#serial += 1;
    const id = String((BigInt(Date.now() - 1_420_070_400_000) << 22n) + BigInt(this.#serial));
    const message: Message = {
      id,
      channel_id: channelId,
      type: 0,
      timestamp: new Date().toISOString(),
      edited_timestamp: null,
      attachments: [],
      embeds: [],
      mentions: [],
      mention_roles: [],
      ...fields,
    };
    this.#of(channelId).push(message);
    return message;
  }

  #of(channelId: string): Message[] {
    const messages = this.#messages.get(channelId) ?? [];
    this.#messages.set(channelId, messages);
    return messages;
  }

  #knows(channelId: string): boolean {
    return this.#channels.some((channel) => channel.channelId === channelId);
  }

  #connected(socket: WebSocket): void {
    socket.send(JSON.stringify({ op: 10, d: { heartbeat_interval: 20_000 } }));
    socket.on("message", (data) => {
      const { op }: { op: number } = JSON.parse(String(data));
      this.opcodes.push(op);
      if (op === 1) socket.send(JSON.stringify({ op: 11 }));
      if (op === 2) this.#identified();
    });
  }

  #identified(): void {
    this.#dispatch("READY", {
      v: 10,
      user: this.#bot,
      session_id: "one",
      resume_gateway_url: `ws://127.0.0.1:${this.#port}${GATEWAY}`,
      guilds: this.#channels.map(({ guildId }) => ({ id: guildId, unavailable: true })),
      application: { id: this.#bot.id, flags: 0 },
    });
    for (const { guildId, channelId } of this.#channels) {
      const everyone = { id: guildId, name: "@everyone", position: 0, permissions: "2147483647" };
      this.#dispatch("GUILD_CREATE", {
        id: guildId,
        name: `guild ${guildId}`,
        owner_id: "700000000000000002",
        roles: [{ ...everyone, managed: false, mentionable: false, colors: {} }],
        channels: [{ id: channelId, type: 0, name: "channel", position: 0 }],
        members: [{ user: this.#bot, roles: [], joined_at: new Date().toISOString() }],
        threads: [],
        emojis: [],
        member_count: 1,
      });
    }
  }

  #dispatch(t: string, d: object): void {
    this.#sequence += 1;
    const frame = JSON.stringify({ op: 0, t, s: this.#sequence, d });
    for (const socket of this.#sockets.clients) {
      if (socket.readyState === WebSocket.OPEN) socket.send(frame);
    }
  }
}

function unknownMessage() {
  return { status: 404, body: { code: 10_008, message: "Unknown Message" } };
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of request) text += String(chunk);
  return text;
}
