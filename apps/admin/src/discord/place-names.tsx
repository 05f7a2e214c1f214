/** Servers and channels by the names that the bots see; by id where none sees them. */
import { Code } from "@heliograph/ui";
import { api } from "../backend.ts";
import { useConsoleQuery } from "../session/use-console-query.ts";

export function GuildName({ guildId }: { guildId: string }) {
  const answer = useConsoleQuery(api.bots.guilds, {});
  const guilds = answer.state === "ready" ? answer.data.guilds : [];
  const name = guilds.find((guild) => guild.guildId === guildId)?.name;
  return name ?? <Code>{guildId}</Code>;
}

export function ChannelName({ guildId, channelId }: { guildId: string; channelId: string }) {
  const answer = useConsoleQuery(api.bots.guild, { guildId });
  const channels = answer.state === "ready" ? answer.data.channels : [];
  const name = channels.find((channel) => channel.channelId === channelId)?.name;
  return name === undefined ? <Code>{channelId}</Code> : `#${name}`;
}
