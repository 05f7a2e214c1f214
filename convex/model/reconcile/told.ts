/** Reconciliation as the console shows it. */
import { PROVIDERS, type Provider } from "@heliograph/domain";
import { type Infer, v } from "convex/values";
import type { Doc, Id } from "../../_generated/dataModel.js";
import type { QueryCtx } from "../../_generated/server.js";
import { listPublished } from "../catalogue/store.ts";
import { vProvider } from "../payments/validators.ts";
import { readFindings } from "../prices/findings.ts";
import { nextRunAtMs } from "./runs.ts";
import { isReconcilable } from "./settings.ts";
import { vRunFields, vSide } from "./validators.ts";

const RUNS_SHOWN = 5;
const DIFFS_SHOWN = 100;

const vToldRun = v.object({ runId: v.id("reconciliations"), ...vRunFields });

export const vToldProvider = v.object({
  provider: vProvider,
  isConfigured: v.boolean(), // there is a key to ask with
  nextAtMs: v.union(v.number(), v.null()), // null: only on demand; 0: at once
  runs: v.array(vToldRun), // newest first
  // Plans on sale of which the provider asks otherwise than they say.
  prices: v.array(v.object({ planId: v.id("plans"), planName: v.string(), message: v.string() })),
});

export const vToldDiff = v.object({
  eventId: v.id("paymentEvents"),
  type: v.string(),
  ref: v.string(),
  userId: v.union(v.id("users"), v.null()),
  before: v.object(vSide),
  after: v.object(vSide),
  atMs: v.number(),
});

/** Every provider with its newest runs. */
export async function readProviders(ctx: QueryCtx): Promise<Infer<typeof vToldProvider>[]> {
  const found = await readPrices(ctx);
  return await Promise.all(
    PROVIDERS.map(async (provider) => {
      const prices = found.flatMap((one) => (one.provider === provider ? one.told : []));
      return { ...(await readProvider(ctx, provider)), prices };
    }),
  );
}

/** What a run has repaired, the first ones first. */
export async function readDiffs(
  ctx: QueryCtx,
  runId: Id<"reconciliations">,
): Promise<Infer<typeof vToldDiff>[]> {
  const rows = await ctx.db
    .query("reconciliationDiffs")
    .withIndex("by_runId", (q) => q.eq("runId", runId))
    .take(DIFFS_SHOWN);
  return rows.map(({ _id, _creationTime, runId: _, ...told }) => told);
}

async function readPrices(ctx: QueryCtx) {
  const plans = await listPublished(ctx);
  const found = await Promise.all(
    plans.map(async (plan) => {
      const { _id: planId, name: planName } = plan;
      const findings = await readFindings(ctx, plan);
      return findings.map(({ provider, problems }) => ({
        provider,
        told: problems.map(({ message }) => ({ planId, planName, message })),
      }));
    }),
  );
  return found.flat();
}

async function readProvider(ctx: QueryCtx, provider: Provider) {
  const runs = await ctx.db
    .query("reconciliations")
    .withIndex("by_provider_startedAtMs", (q) => q.eq("provider", provider))
    .order("desc")
    .take(RUNS_SHOWN);
  const isConfigured = isReconcilable(provider);
  const nextAtMs = await nextRunAtMs(ctx, provider);
  return { provider, isConfigured, nextAtMs, runs: runs.map(tellRun) };
}

function tellRun(run: Doc<"reconciliations">): Infer<typeof vToldRun> {
  const { _id: runId, state, cause, startedAtMs, endedAtMs, problem } = run;
  const { pages, compared, repaired, failed } = run;
  const numbers = { pages, compared, repaired, failed };
  return { runId, state, cause, startedAtMs, endedAtMs, problem, ...numbers };
}
