/**
 * Who is calling: decided here, before any handler runs. Every public function
 * is built from one of these; plain `query` and `mutation` are imported nowhere else.
 *
 *   workerQuery, workerMutation      a bot's machine token
 *   consoleQuery, consoleMutation    a console's machine token
 *   machineMutation                  a bot's or a console's
 *   feedKeyQuery, feedKeyMutation    whoever holds a feed key; never reads identity
 *
 * A query answers `{ state: "current", ...what its handler returns }`, or
 * `{ state: "revoked" }` to a machine whose token has ended: it has read the token's row,
 * so revoking re-runs it on every open socket. The holder of a stale feed key is answered
 * `{ state: "rotated" }`. A mutation of an ended machine throws.
 */
import type { RegisteredMutation, RegisteredQuery } from "convex/server";
import { type Infer, type ObjectType, type PropertyValidators, v } from "convex/values";
import { customMutation } from "convex-helpers/server/customFunctions";
import { type MutationCtx, mutation, type QueryCtx, query } from "./_generated/server.js";
import { type FeedAccess, readFeedKey } from "./model/feeds/keys.ts";
import {
  type Machine,
  type MachineKind,
  machineEnded,
  readCallingMachine,
} from "./model/machines/caller.ts";

const vRevoked = v.object({ state: v.literal("revoked") });
const vRotated = v.object({ state: v.literal("rotated") });

type Revoked = Infer<typeof vRevoked>;
type Rotated = Infer<typeof vRotated>;
type Current<Fields extends PropertyValidators> = { state: "current" } & ObjectType<Fields>;
type KeyArgs<Args extends PropertyValidators> = { feedKey: string } & ObjectType<Args>;

/** A function whose `returns` are the fields it answers beside `state`. */
interface Definition<Ctx, Args extends PropertyValidators, Fields extends PropertyValidators> {
  args: Args;
  returns: Fields;
  handler: (ctx: Ctx, args: ObjectType<Args>) => Promise<ObjectType<Fields>>;
}

export const workerQuery = machineQuery(["bot"]);
export const consoleQuery = machineQuery(["console"]);

export const workerMutation = customMutation(mutation, machineGate(["bot"]));
export const consoleMutation = customMutation(mutation, machineGate(["console"]));
export const machineMutation = customMutation(mutation, machineGate(["bot", "console"]));

/** A query for the holder of a feed key. A stale or forged key is answered, not refused. */
export function feedKeyQuery<Args extends PropertyValidators, Fields extends PropertyValidators>(
  definition: Definition<QueryCtx & { access: FeedAccess }, Args, Fields>,
) {
  const built = query({
    args: loose({ ...definition.args, feedKey: v.string() }),
    returns: v.union(
      vRotated,
      v.object(loose({ state: v.literal("current"), ...definition.returns })),
    ),
    handler: async (ctx, { feedKey, ...args }) => {
      const access = await readFeedKey(ctx, checked<string>(feedKey));
      if (access === null) return { state: "rotated" };
      const fields = await definition.handler({ ...ctx, access }, checked<ObjectType<Args>>(args));
      return { state: "current", ...fields };
    },
  });
  return checked<RegisteredQuery<"public", KeyArgs<Args>, Promise<Rotated | Current<Fields>>>>(
    built,
  );
}

/** A mutation for the holder of a feed key. Writes nothing when the key is stale. */
export function feedKeyMutation<Args extends PropertyValidators>(definition: {
  args: Args;
  handler: (
    ctx: MutationCtx & { access: FeedAccess },
    args: ObjectType<Args>,
  ) => Promise<{ state: "recorded" }>;
}) {
  const built = mutation({
    args: loose({ ...definition.args, feedKey: v.string() }),
    returns: v.union(vRotated, v.object({ state: v.literal("recorded") })),
    handler: async (ctx, { feedKey, ...args }) => {
      const access = await readFeedKey(ctx, checked<string>(feedKey));
      if (access === null) return { state: "rotated" as const };
      return await definition.handler({ ...ctx, access }, checked<ObjectType<Args>>(args));
    },
  });
  return checked<
    RegisteredMutation<"public", KeyArgs<Args>, Promise<Rotated | { state: "recorded" }>>
  >(built);
}

function machineQuery(kinds: readonly MachineKind[]) {
  return <Args extends PropertyValidators, Fields extends PropertyValidators>(
    definition: Definition<QueryCtx & { machine: Machine }, Args, Fields>,
  ) => {
    const built = query({
      args: loose(definition.args),
      returns: v.union(
        vRevoked,
        v.object(loose({ state: v.literal("current"), ...definition.returns })),
      ),
      handler: async (ctx, args) => {
        const machine = await readCallingMachine(ctx, kinds);
        if (machine.state !== "active") return { state: "revoked" };
        const fields = await definition.handler(
          { ...ctx, machine },
          checked<ObjectType<Args>>(args),
        );
        return { state: "current", ...fields };
      },
    });
    return checked<RegisteredQuery<"public", ObjectType<Args>, Promise<Revoked | Current<Fields>>>>(
      built,
    );
  };
}

function machineGate(kinds: readonly MachineKind[]) {
  return {
    args: {},
    input: async (ctx: MutationCtx) => {
      const machine = await readCallingMachine(ctx, kinds);
      // A mutation may read the clock: it refuses even before the scheduled expiry has run.
      if (machine.state !== "active" || hasExpired(machine, Date.now())) throw machineEnded();
      return { ctx: { machine }, args: {} };
    },
  };
}

function hasExpired(machine: Machine, nowMs: number): boolean {
  return machine.expiresAtMs !== null && machine.expiresAtMs <= nowMs;
}

/** Forgets which validators these are: Convex's builders cannot infer from type parameters. */
function loose(validators: PropertyValidators): PropertyValidators {
  return validators;
}

/** Names the type of a value that Convex has checked against validators that `loose` forgot. */
function checked<T>(value: unknown): T {
  return value as T;
}
