/** Making machines: what is checked, from the command line and from the console alike. */
import { ConvexError, type Infer, v } from "convex/values";
import type { Id } from "../../_generated/dataModel.js";
import type { MutationCtx } from "../../_generated/server.js";
import { badInput } from "../people/passwordFlow.ts";
import type { Staff } from "../people/staff.ts";
import type { MachineKind } from "./caller.ts";
import { registerMachine, type ShownTo } from "./store.ts";
import { vMachineKind } from "./validators.ts";

/** Functions cannot be scheduled more than five years ahead; null is a token without end. */
const MOST_TTL_MS = 4 * 365 * 24 * 60 * 60_000;
const MOST_NAME_LENGTH = 80;

export const vNewMachine = v.object({
  kind: vMachineKind,
  name: v.string(),
  tokenHash: v.string(),
  ttlMs: v.union(v.number(), v.null()),
  sourceName: v.union(v.string(), v.null()),
});

/** A console's token counts as an operator, so only an owner makes one. Throws `forbidden`. */
export function assertMayMake(staff: Staff, kind: MachineKind): void {
  if (kind !== "console" || staff.role === "owner") return;
  throw new ConvexError({ code: "forbidden", message: "A console's token needs the role owner." });
}

/** How long a token is good. Throws `bad_input`. */
export function readTtl(ttlMs: number | null): number | null {
  if (ttlMs === null || (ttlMs > 0 && ttlMs <= MOST_TTL_MS)) return ttlMs;
  throw badInput(`ttlMs is ${ttlMs}; give 1 to ${MOST_TTL_MS}, or leave it out.`);
}

/** A name without ends. Throws `bad_input`. */
export function readMachineName(name: string): string {
  const trimmed = name.trim();
  if (trimmed !== "" && trimmed.length <= MOST_NAME_LENGTH) return trimmed;
  throw badInput(`Give the machine a name of 1 to ${MOST_NAME_LENGTH} characters.`);
}

/** Who is shown the token that they make. */
export function shownTo({ actor }: Staff): ShownTo {
  return actor.kind === "person" ? actor.userId : undefined;
}

/** Stores a machine, bound to the source of that name. Throws `bad_input` if there is none. */
export async function registerNamed(
  ctx: MutationCtx & { staff: Staff },
  { sourceName, ...fields }: Infer<typeof vNewMachine>,
): Promise<Id<"machineTokens">> {
  if (fields.kind === "tradingview" && sourceName === null) {
    throw badInput("Name the source that the alerts belong to: they do not say it themselves.");
  }
  const made = { ...fields, shownTo: shownTo(ctx.staff) };
  if (sourceName === null) return await registerMachine(ctx, { ...made, sourceId: null });
  const source = await ctx.db
    .query("sources")
    .withIndex("by_name", (q) => q.eq("name", sourceName))
    .unique();
  if (source === null) throw badInput(`No source is named ${sourceName}.`);
  return await registerMachine(ctx, { ...made, sourceId: source._id });
}
