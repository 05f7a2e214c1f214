/**
 * The failure desk: what could not be applied, and purchases that lead nowhere, grouped by cause with what
 * to do about it. It only reads; nothing leaves it but by being applied.
 *
 * [DESK1] Everything unresolved is in exactly one group, with its cause and how many there are, at most
 *         "100 and more".
 * [DESK2] Events that only name objects, and wait for a purchase to name them too, are no reason for an alarm.
 */
import { type Infer, v } from "convex/values";
import type { Doc } from "../../_generated/dataModel.js";
import type { QueryCtx } from "../../_generated/server.js";
import type { PurchaseProblem } from "./validators.ts";

export const MOST_COUNTED = 100;
const MOST_CAUSES = 30;

export const vRepair = v.union(
  v.literal("linkUser"), // say whose the purchase is
  v.literal("mapProduct"), // say which plan the product is
  v.literal("allowTrial"),
  v.literal("replay"), // after what went wrong was mended
  v.literal("wait"), // the event that is missing may still come, or reconciliation brings it
  v.literal("update"), // a newer version may be able to read it
);

export const vDeskGroup = v.object({
  kind: v.union(v.literal("failed"), v.literal("waiting"), v.literal("purchase")),
  cause: v.string(),
  count: v.number(),
  isMore: v.boolean(),
  oldestAtMs: v.number(),
  newestAtMs: v.number(),
  repair: vRepair,
  isAlarming: v.boolean(),
});

export type DeskGroup = Infer<typeof vDeskGroup>;

const REPAIRS: ReadonlyMap<string, Infer<typeof vRepair>> = new Map<string, Infer<typeof vRepair>>([
  ["no_user", "linkUser"],
  ["no_plan", "mapProduct"],
  ["trial_refused", "allowTrial"],
  ["no_purchase", "wait"],
  ["no_purchase_yet", "wait"],
  ["rebuilding", "wait"],
  ["unreadable", "update"],
  ["group_too_large", "update"],
]);

const QUIET = ["trial_refused", "no_purchase_yet", "rebuilding"];
const PROBLEMS: readonly PurchaseProblem[] = ["no_user", "no_plan", "trial_refused"];

/** All groups that have anything in them. */
export async function readGroups(ctx: Pick<QueryCtx, "db">): Promise<DeskGroup[]> {
  const groups: DeskGroup[] = [];
  for (const state of ["failed", "waiting"] as const) {
    for (const cause of await readCauses(ctx, state)) {
      groups.push(groupOf(state, cause, await readEvents(ctx, state, cause)));
    }
  }
  for (const problem of PROBLEMS) {
    const rows = await ctx.db
      .query("purchases")
      .withIndex("by_problem_updatedAtMs", (q) => q.eq("problem", problem))
      .take(MOST_COUNTED + 1);
    const times = rows.map(({ updatedAtMs }) => updatedAtMs);
    if (rows.length > 0) groups.push(groupOf("purchase", problem, times));
  }
  return groups;
}

/** The causes there are, found by skipping from one to the next. */
async function readCauses(
  ctx: Pick<QueryCtx, "db">,
  state: "failed" | "waiting",
): Promise<(string | null)[]> {
  const causes: (string | null)[] = [];
  let last: Doc<"openEvents"> | null = await ctx.db
    .query("openEvents")
    .withIndex("by_state_cause_receivedAtMs", (q) => q.eq("state", state))
    .first();
  while (last !== null && causes.length < MOST_CAUSES) {
    const { cause }: Doc<"openEvents"> = last;
    causes.push(cause);
    last = await ctx.db
      .query("openEvents")
      .withIndex("by_state_cause_receivedAtMs", (q) => q.eq("state", state).gt("cause", cause))
      .first();
  }
  return causes;
}

async function readEvents(
  ctx: Pick<QueryCtx, "db">,
  state: "failed" | "waiting",
  cause: string | null,
): Promise<number[]> {
  const rows = await ctx.db
    .query("openEvents")
    .withIndex("by_state_cause_receivedAtMs", (q) => q.eq("state", state).eq("cause", cause))
    .take(MOST_COUNTED + 1);
  return rows.map(({ receivedAtMs }) => receivedAtMs);
}

function groupOf(
  kind: DeskGroup["kind"],
  cause: string | null,
  times: readonly number[],
): DeskGroup {
  const code = cause ?? "unknown";
  return {
    kind,
    cause: code,
    count: Math.min(times.length, MOST_COUNTED),
    isMore: times.length > MOST_COUNTED,
    oldestAtMs: times[0] ?? 0,
    newestAtMs: times.at(-1) ?? 0, // of those that were counted
    repair: REPAIRS.get(code) ?? "replay",
    isAlarming: !QUIET.includes(code),
  };
}
