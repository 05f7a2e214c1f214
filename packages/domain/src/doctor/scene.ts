/** What the doctor looks at: a bot, and a server as that bot sees it. */
import type { DiscordChannel, GuildView } from "../discord/guild-view.ts";
import type { MirrorMode, MirrorPlace } from "../mirroring/route-rules.ts";

export interface BotStanding {
  readonly botUserId: string | null;
  readonly name: string | null;
  readonly state: "online" | "offline" | "refused";
  /** Why it is not online. */
  readonly code: string | null;
  /** The privileged intents that it identified with. */
  readonly intents: readonly Intent[];
}

export type Intent = "messageContent" | "guildMembers";

export interface Scene {
  /** The bot that has to do it; null: no bot was ever heard of. */
  readonly bot: BotStanding | null;
  /** Null: the bot is not in the server. */
  readonly guild: GuildView | null;
}

export interface GuildScene extends Scene {
  readonly guildId: string;
}

export interface ChannelScene extends GuildScene {
  /** Null: there is no such channel in the server. */
  readonly channel: DiscordChannel | null;
}

/** What a test message came to. */
export interface TestResult {
  readonly state: "done" | "unanswered";
  /** How many webhooks the channel has; null: the bot may not look. */
  readonly webhooks: number | null;
  /** Why the message could not be written or removed; null: it could. */
  readonly failure: { readonly code: string; readonly message: string } | null;
}

export interface RouteScene extends ChannelScene {
  /** Who speaks in the target: the bot itself, or a webhook with the analyst's name. */
  readonly mode: MirrorMode;
  /** What of the channel is posted in: itself, a thread of it, or a post of its own for each signal. */
  readonly place: MirrorPlace["kind"];
  readonly pingRoleId: string | null;
  /** Target channels of the same bot, this one included. */
  readonly targets: number;
  readonly test: TestResult | null;
}

export interface RoleScene extends GuildScene {
  readonly roleId: string;
}
