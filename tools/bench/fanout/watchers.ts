/** The console and the bot of the bench: official clients, authenticated as machines. */
import { ConvexClient } from "convex/browser";
import { api } from "../../../convex/_generated/api.js";
import { issueMachine } from "../../deployment/admin.ts";
import type { EngineProcess } from "../../deployment/engine-process.ts";
import { monotonicMs, type Seen, signalOf } from "./messages.ts";

type Lane = "priority" | "normal";

/** As many signals as the console shows until an operator asks for more. */
const SHOWN_AT_FIRST = 12;

/** Subscribes to the operator's live view as the console does. */
export async function watchAsConsole(
  engine: EngineProcess,
  onSeen: (seen: Seen) => void,
): Promise<ConvexClient> {
  const client = await connect(engine, "console");
  const seenOnce = once(onSeen);
  client.onUpdate(api.live.signals, { limit: SHOWN_AT_FIRST }, (answer) => {
    if (answer.state !== "current") return;
    const atMs = monotonicMs();
    for (const { content } of answer.signals) seenOnce(content, atMs);
  });
  return client;
}

/** Holds the lease of shard 0 and settles every pushed mirror at once, as a bot with an infinitely fast Discord would. */
export async function watchAsBot(
  engine: EngineProcess,
  onSeen: (seen: Seen) => void,
): Promise<ConvexClient> {
  const client = await connect(engine, "bot");
  const lease = await client.mutation(api.leases.acquire, { shard: 0, holder: "bench" });
  if (lease.state !== "held") throw new Error("the bench could not get the lease of shard 0");
  const { epoch } = lease;
  const beat = setInterval(() => {
    void client.mutation(api.leases.beat, { shard: 0, epoch, holder: "bench" });
  }, 3_000);
  beat.unref();
  const seenOnce = once(onSeen);
  const settled = new Set<string>();
  for (const lane of ["priority", "normal"] satisfies Lane[]) {
    client.onUpdate(api.mirrors.work, { shard: 0, lane }, (answer) => {
      if (answer.state === "revoked") return;
      const atMs = monotonicMs();
      const fresh = answer.rows.filter(({ mirrorId }) => !settled.has(mirrorId));
      for (const { mirrorId, message } of fresh) {
        settled.add(mirrorId);
        if (message !== null) seenOnce(message.content, atMs);
      }
      if (fresh.length === 0) return;
      const results = fresh.map(({ mirrorId, wanted }) => ({
        mirrorId,
        revision: wanted.revision,
        outcome: "applied" as const,
        messageIds: [`posted-${mirrorId}`],
      }));
      void client.mutation(api.mirrors.settle, { shard: 0, epoch, results });
    });
  }
  return client;
}

async function connect(engine: EngineProcess, kind: "console" | "bot"): Promise<ConvexClient> {
  const { token } = await issueMachine(engine, { kind, name: "bench" });
  const client = new ConvexClient(engine.url, { unsavedChangesWarning: false });
  client.setAuth(async () => {
    const response = await fetch(`${engine.siteUrl}/auth/machine`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}` },
    });
    const answer: { token: string } = await response.json();
    return answer.token;
  });
  return client;
}

function once(onSeen: (seen: Seen) => void): (content: string, atMs: number) => void {
  const seen = new Set<number>();
  return (content, atMs) => {
    const signal = signalOf(content);
    if (signal === undefined || seen.has(signal)) return;
    seen.add(signal);
    onSeen({ signal, atMs });
  };
}
