/** Which intents let an event through to a session. */
import { GatewayIntentBits as Intent } from "discord-api-types/v10";
import type { GuildEvent } from "../state/events.ts";

/** Intents that must be switched on for the application as well. */
export const PRIVILEGED_INTENTS =
  Intent.GuildMembers | Intent.GuildPresences | Intent.MessageContent;

/** Every intent bit that Discord knows. */
export const ALL_INTENTS = Object.values(Intent).reduce<number>(
  (sum, bit) => (typeof bit === "number" ? sum | bit : sum),
  0,
);

/** [DINT1] The intent that an event needs. What happens to the bot itself as a member it always hears. */
export function intentFor(event: GuildEvent, selfId: string): number {
  switch (event.type) {
    case "messageCreated":
    case "messageUpdated":
    case "messagesDeleted":
      return Intent.GuildMessages;
    case "pollVoted":
    case "pollVoteTaken":
      return Intent.GuildMessagePolls;
    case "typingStarted":
      return Intent.GuildMessageTyping;
    case "memberAdded":
    case "memberUpdated":
      return event.member.userId === selfId ? ALL_INTENTS : Intent.GuildMembers;
    case "memberRemoved":
      return event.userId === selfId ? ALL_INTENTS : Intent.GuildMembers;
    case "threadMembersChanged":
      return Intent.Guilds | Intent.GuildMembers;
    case "webhooksChanged":
      return Intent.GuildWebhooks;
    case "banAdded":
    case "banRemoved":
      return Intent.GuildModeration;
    case "guildAdded":
    case "guildUpdated":
    case "channelAdded":
    case "channelUpdated":
    case "channelRemoved":
    case "threadAdded":
    case "threadUpdated":
    case "threadRemoved":
    case "pinsChanged":
    case "roleAdded":
    case "roleUpdated":
    case "roleRemoved":
      return Intent.Guilds;
    default:
      return event satisfies never;
  }
}
