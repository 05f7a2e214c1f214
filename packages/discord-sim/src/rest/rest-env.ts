/** What the REST handlers work with. */
import type { HttpBindings } from "@hono/node-server";
import type { Gateway } from "../gateway/gateway.ts";
import type { Crossposts } from "../messages/crossposts.ts";
import type { MessageWrites } from "../messages/message-writes.ts";
import type { PollWrites } from "../messages/poll-writes.ts";
import type { OAuth } from "../oauth/oauth.ts";
import type { GuildWrites } from "../state/guild-writes.ts";
import type { MemberWrites } from "../state/member-writes.ts";
import type { BotRecord } from "../state/records.ts";
import type { ThreadWrites } from "../state/thread-writes.ts";
import type { WebhookWrites } from "../state/webhook-writes.ts";
import type { World } from "../state/world.ts";

export type RestParts = {
  world: World;
  messages: MessageWrites;
  polls: PollWrites;
  crossposts: Crossposts;
  threads: ThreadWrites;
  guilds: GuildWrites;
  members: MemberWrites;
  webhooks: WebhookWrites;
  oauth: OAuth;
  gateway: Gateway;
  baseUrl: () => string;
};

/** Routes that need no bot. */
export type OpenEnv = { Bindings: HttpBindings };

/** Behind authentication every request has its bot. */
export type RestEnv = { Bindings: HttpBindings; Variables: { bot: BotRecord } };
