/** The machines as the console shows them. */
import { type Infer, v } from "convex/values";
import type { DatabaseReader } from "../../_generated/server.js";
import { findUse } from "./store.ts";
import { vMachineKind, vMachineState } from "./validators.ts";

const MOST_LISTED = 200;

export const vMachineListing = v.object({
  machineId: v.id("machineTokens"),
  kind: vMachineKind,
  name: v.string(),
  state: vMachineState,
  createdAtMs: v.number(),
  expiresAtMs: v.union(v.number(), v.null()),
  endedAtMs: v.union(v.number(), v.null()),
  lastUsedAtMs: v.union(v.number(), v.null()), // within a minute; null: never
  shownTo: v.union(v.string(), v.null()), // who of the staff knows the token; null: nobody of them, or it is not known
});

/** The newest machines first. */
export async function listMachines(ctx: {
  db: DatabaseReader;
}): Promise<Infer<typeof vMachineListing>[]> {
  const machines = await ctx.db.query("machineTokens").order("desc").take(MOST_LISTED);
  return await Promise.all(
    machines.map(
      async ({ _id, _creationTime, kind, name, state, expiresAtMs, endedAtMs, shownTo }) => {
        const use = await findUse(ctx, _id);
        const person = shownTo === undefined ? null : await ctx.db.get("users", shownTo);
        return {
          machineId: _id,
          kind,
          name,
          state,
          createdAtMs: _creationTime,
          expiresAtMs,
          endedAtMs,
          lastUsedAtMs: use?.usedAtMs ?? null,
          shownTo: person?.email ?? person?.name ?? null,
        };
      },
    ),
  );
}
