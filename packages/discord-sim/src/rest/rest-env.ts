/** What the REST handlers work with. */
import type { HttpBindings } from "@hono/node-server";
import type { Gateway } from "../gateway/gateway.ts";
import type { MessageWrites } from "../messages/message-writes.ts";
import type { GuildWrites } from "../state/guild-writes.ts";
import type { BotRecord } from "../state/records.ts";
import type { World } from "../state/world.ts";

export type RestParts = {
  world: World;
  messages: MessageWrites;
  guilds: GuildWrites;
  gateway: Gateway;
  baseUrl: () => string;
};

/** Behind authentication every request has its bot. */
export type RestEnv = { Bindings: HttpBindings; Variables: { bot: BotRecord } };
