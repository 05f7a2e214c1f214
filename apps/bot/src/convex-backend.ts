/** The backend over one official Convex client: one socket, authenticated as this machine. */
import { ConvexClient } from "convex/browser";
import { api } from "../../../convex/_generated/api.js";
import type { Backend } from "./backend.ts";
import type { BotConfig } from "./config.ts";
import { errorText, type Log } from "./log.ts";

/** Exchanges the machine token for a JWT; null when the backend refuses it. */
async function fetchMachineJwt(config: BotConfig, log: Log): Promise<string | null> {
  const response = await fetch(`${config.siteUrl}/auth/machine`, {
    method: "POST",
    headers: { authorization: `Bearer ${config.machineToken}` },
  });
  if (response.ok) {
    const answer: { token: string } = await response.json();
    return answer.token;
  }
  log("auth.refused", { status: response.status, answer: await response.text() });
  return null;
}

/** Connects; the client reconnects by itself and resends what was not answered. */
export function connectBackend(config: BotConfig, log: Log): Backend {
  const client = new ConvexClient(config.convexUrl, { unsavedChangesWarning: false });
  const revokedListeners: (() => void)[] = [];
  const revoked = () => {
    for (const listener of revokedListeners.splice(0)) listener();
  };
  client.setAuth(async () => {
    try {
      return await fetchMachineJwt(config, log);
    } catch (error) {
      log("auth.unreachable", { error: errorText(error) });
      return null; // the client asks again when it reconnects
    }
  });
  const { holder } = config;

  return {
    watchSources: (onChange) =>
      client.onUpdate(api.sources.watched, {}, (answer) =>
        answer.state === "revoked" ? revoked() : onChange(answer.sources),
      ),
    async recentMessages(channelId) {
      const answer = await client.query(api.sources.recent, { channelId });
      return answer.state === "revoked" ? [] : answer.messageIds;
    },
    async ingest(events, receivedAtMs) {
      return (await client.mutation(api.ingest.events, { events, receivedAtMs })).results;
    },
    watchWork: (shard, lane, onChange) =>
      client.onUpdate(api.mirrors.work, { shard, lane }, (answer) =>
        answer.state === "revoked" ? revoked() : onChange(answer.rows),
      ),
    async settle(shard, epoch, results) {
      return (await client.mutation(api.mirrors.settle, { shard, epoch, results: [...results] }))
        .state;
    },
    watchLease: (shard, onChange) =>
      client.onUpdate(api.leases.status, { shard }, (answer) =>
        answer.state === "revoked" ? revoked() : onChange(answer),
      ),
    async acquireLease(shard) {
      const answer = await client.mutation(api.leases.acquire, { shard, holder });
      return answer.state === "held" ? { epoch: answer.epoch } : null;
    },
    async beatLease(shard, epoch) {
      return (await client.mutation(api.leases.beat, { shard, epoch, holder })).state === "held";
    },
    async releaseLease(shard, epoch) {
      await client.mutation(api.leases.release, { shard, epoch, holder });
    },
    async report(surface, samples) {
      await client.mutation(api.receipts.report, { surface, samples: [...samples] });
    },
    onRevoked: (listener) => {
      revokedListeners.push(listener);
    },
    close: () => client.close(),
  };
}
