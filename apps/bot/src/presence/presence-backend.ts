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
  readonly onRevoked: () => void;
  /** What a subscription's error means; it stays open and may answer again. */
  readonly onFailed: (error: Error) => void;
}

export function presenceBackend(line: PresenceLine): PresenceBackend {
  const { client, holder, answered, onRevoked, onFailed } = line;
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
    watchTests: (botUserId, onChange) =>
      client.onUpdate(
        api.doctor.wanted,
        { botUserId },
        (answer) => (answer.state === "revoked" ? onRevoked() : onChange(answer.tests)),
        onFailed,
      ),
    async takeTest(testId) {
      return (await answered(client.mutation(api.doctor.take, { testId }))) === "yours";
    },
    async settleTest(testId, outcome) {
      await answered(client.mutation(api.doctor.settle, { testId, outcome }));
    },
  };
}
