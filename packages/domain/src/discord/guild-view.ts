/** A Discord server as one bot sees it: what its permissions follow from. Ids and permission bits are numbers in text. */

export interface DiscordRole {
  readonly roleId: string;
  readonly name: string;
  readonly position: number;
  readonly permissions: string;
  /** Belongs to an integration: nobody can give it. */
  readonly managed: boolean;
  /** Anybody may ping it. */
  readonly mentionable: boolean;
}

/** What a channel allows or denies a role or a member. */
export interface DiscordOverwrite {
  readonly id: string;
  readonly kind: "role" | "member";
  readonly allow: string;
  readonly deny: string;
}

export interface DiscordChannel {
  readonly channelId: string;
  readonly name: string;
  /** Discord's number of the kind of channel. */
  readonly type: number;
  readonly position: number;
  readonly parentId: string | null;
  /** Those that concern the bot: of @everyone, of its roles and its own. */
  readonly overwrites: readonly DiscordOverwrite[];
}

export interface GuildView {
  readonly guildId: string;
  readonly name: string;
  readonly ownerId: string;
  readonly botUserId: string;
  /** Without @everyone, whose id is the server's. */
  readonly botRoleIds: readonly string[];
  readonly roles: readonly DiscordRole[];
}
