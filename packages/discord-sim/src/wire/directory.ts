/** The directory the page shows: guilds with their channels and roles, people and bots. No tokens. */
import type { World } from "../state/world.ts";

export function directoryToWire(world: World) {
  return {
    guilds: [...world.guilds.values()].map((guild) => ({
      id: guild.id,
      name: guild.name,
      roles: guild.roles.map(({ id, name, color }) => ({ id, name, color })),
      channels: world
        .channelsOf(guild.id)
        .map(({ id, name, topic, barrier }) => ({ id, name, topic, barrier })),
    })),
    users: [...world.users.values()].map(({ id, username, displayName, bot }) => ({
      id,
      username,
      displayName,
      bot,
    })),
  };
}
