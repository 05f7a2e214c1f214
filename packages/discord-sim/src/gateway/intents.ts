/** Which intents let an event through to a session. */
import { GatewayIntentBits as Intent } from "discord-api-types/v10";
import type { WorldEvent } from "../state/events.ts";

/** Intents that must be switched on for the application as well. */
export const PRIVILEGED_INTENTS =
  Intent.GuildMembers | Intent.GuildPresences | Intent.MessageContent;

/** Every intent bit that Discord knows. */
export const ALL_INTENTS = Object.values(Intent).reduce<number>(
  (sum, bit) => (typeof bit === "number" ? sum | bit : sum),
  0,
);

/** [DINT1] The intent that an event needs. */
export function intentFor(type: WorldEvent["type"]): number {
  switch (type) {
    case "messageCreated":
    case "messageUpdated":
    case "messagesDeleted":
      return Intent.GuildMessages;
    case "typingStarted":
      return Intent.GuildMessageTyping;
    case "memberAdded":
    case "memberUpdated":
    case "memberRemoved":
      return Intent.GuildMembers;
    case "guildAdded":
    case "channelAdded":
    case "channelUpdated":
    case "roleAdded":
    case "roleUpdated":
    case "roleRemoved":
      return Intent.Guilds;
    default:
      return type satisfies never;
  }
}
