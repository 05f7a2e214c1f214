/** Deliveries that were refused, counted with their cause. Nothing of what was sent is kept. */
import { PROVIDERS, type Provider } from "@heliograph/domain";
import type { Doc } from "../../_generated/dataModel.js";
import type { MutationCtx, QueryCtx } from "../../_generated/server.js";

const COUNTED_EVERY_MS = 1_000; // a flood of forgeries writes once a second and row

/** Counts a refusal. */
export async function recordRefusal(
  ctx: Pick<MutationCtx, "db">,
  provider: Provider,
  cause: string,
): Promise<void> {
  const nowMs = Date.now();
  const row = await ctx.db
    .query("webhookRefusals")
    .withIndex("by_provider_cause", (q) => q.eq("provider", provider).eq("cause", cause))
    .unique();
  if (row === null) {
    const times = { firstAtMs: nowMs, lastAtMs: nowMs };
    await ctx.db.insert("webhookRefusals", { provider, cause, count: 1, ...times });
  } else if (nowMs - row.lastAtMs >= COUNTED_EVERY_MS) {
    await ctx.db.patch("webhookRefusals", row._id, { count: row.count + 1, lastAtMs: nowMs });
  }
}

/** All of them: the causes are few. */
export async function readRefusals(ctx: Pick<QueryCtx, "db">): Promise<Doc<"webhookRefusals">[]> {
  const pages = await Promise.all(
    PROVIDERS.map(
      async (provider) =>
        await ctx.db
          .query("webhookRefusals")
          .withIndex("by_provider_cause", (q) => q.eq("provider", provider))
          .take(30),
    ),
  );
  return pages.flat();
}
