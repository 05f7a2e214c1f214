/** The backend's part about bots, over a Convex client of its own. */
import type { ConvexClient } from "convex/browser";
import { api } from "../../../../convex/_generated/api.js";
import type { PresenceBackend } from "../backend.ts";

export interface PresenceLine {
  readonly client: ConvexClient;
  /** Name of this process in leases and presences. */
  readonly holder: string;
  /** Notices when the backend is done with this machine. */
  readonly answered: <T>(call: Promise<T>) => Promise<T>;
}

export function presenceBackend({ client, holder, answered }: PresenceLine): PresenceBackend {
  return {
    async appear(appearance) {
      await answered(client.mutation(api.bots.appear, { ...appearance, holder }));
    },
    async pulse(pingMs) {
      return (await answered(client.mutation(api.bots.pulse, { holder, pingMs }))) === "noted";
    },
    async leave() {
      await answered(client.mutation(api.bots.leave, { holder }));
    },
    async refused(workerShards, code) {
      const args = { holder, workerShards: [...workerShards], code };
      await answered(client.mutation(api.bots.refused, args));
    },
    async reportGuild(botUserId, report) {
      await answered(client.mutation(api.bots.reportGuild, { botUserId, report }));
    },
    async leftGuild(botUserId, guildId) {
      await answered(client.mutation(api.bots.leftGuild, { botUserId, guildId }));
    },
    async reportGuilds(guilds) {
      await answered(client.mutation(api.bots.reportGuilds, guilds));
    },
  };
}
