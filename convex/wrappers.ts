/**
 * Who is calling: decided here, before any handler runs. Every public function
 * is built from one of these; plain `query`, `mutation` and `action` are imported nowhere else.
 *
 *   publicQuery                              anybody
 *   signInAction                             anybody but a machine: people's way in and out
 *   customerQuery, -Mutation, -Action        a signed-in person
 *   supportQuery ... ownerMutation           staff of that role or above; a console's machine token is an operator
 *   workerQuery, workerMutation              a bot's machine token
 *   feedKeyQuery, feedKeyMutation            whoever holds a feed key; never reads identity
 *
 * A query answers `{ state: "current", ...what its handler returns }`. Else it answers, and has read the row
 * that decides, so that it runs again on every open socket the moment the row changes:
 *
 *   signedOut    no person is signed in, or their session was ended
 *   forbidden    signed in, without the role
 *   revoked      a machine whose token has ended
 *   rotated      a stale feed key
 *
 * Mutations and actions throw `unauthenticated`, `forbidden` or `machine_revoked` instead.
 */
import type { RegisteredMutation, RegisteredQuery } from "convex/server";
import { type Infer, type ObjectType, type PropertyValidators, v } from "convex/values";
import {
  customAction,
  customMutation,
  customQuery,
  NoOp,
} from "convex-helpers/server/customFunctions";
import { internal } from "./_generated/api.js";
import {
  type ActionCtx,
  action,
  type MutationCtx,
  mutation,
  type QueryCtx,
  query,
} from "./_generated/server.js";
import { type FeedAccess, readFeedKey } from "./model/feeds/keys.ts";
import {
  isOver,
  type MachineKind,
  machineEnded,
  readCallingMachine,
} from "./model/machines/caller.ts";
import {
  findCallingPerson,
  getCallingPerson,
  type Person,
  refuseMachines,
  signedOut,
} from "./model/people/caller.ts";
import { getCallingStaff, readCallingStaff, type Staff } from "./model/people/staff.ts";
import type { StaffRole } from "./model/people/validators.ts";

const vRotated = v.object({ state: v.literal("rotated") });

type Rotated = Infer<typeof vRotated>;
type Current<Fields extends PropertyValidators> = { state: "current" } & ObjectType<Fields>;
type KeyArgs<Args extends PropertyValidators> = { feedKey: string } & ObjectType<Args>;

/** A function whose `returns` are the fields it answers beside `state`. */
interface Definition<Ctx, Args extends PropertyValidators, Fields extends PropertyValidators> {
  args: Args;
  returns: Fields;
  handler: (ctx: Ctx, args: ObjectType<Args>) => Promise<ObjectType<Fields>>;
}

/** Lets a caller in, with what the handler finds in its context, or says why not. */
type Gate<Extra, Refusal extends string> = (
  ctx: QueryCtx,
) => Promise<{ state: "current"; extra: Extra } | { state: Refusal }>;

export const publicQuery = customQuery(query, NoOp);

export const signInAction = customAction(action, {
  args: {},
  input: async (ctx: ActionCtx) => {
    await refuseMachines(ctx);
    return { ctx: {}, args: {} };
  },
});

export const customerQuery = gatedQuery(["signedOut"], async (ctx) => {
  const person = await findCallingPerson(ctx);
  return person === null ? { state: "signedOut" } : { state: "current", extra: { person } };
});
export const customerMutation = customMutation(mutation, {
  args: {},
  input: async (ctx) => ({ ctx: { person: await getCallingPerson(ctx) }, args: {} }),
});
export const customerAction = customAction(action, { args: {}, input: personOfAction });

export const supportQuery = staffQuery("support");
export const operatorQuery = staffQuery("operator");
export const ownerQuery = staffQuery("owner");

export const supportMutation = customMutation(mutation, staffGate("support"));
export const operatorMutation = customMutation(mutation, staffGate("operator"));
export const ownerMutation = customMutation(mutation, staffGate("owner"));

export const operatorAction = customAction(action, staffActionGate("operator"));
export const ownerAction = customAction(action, staffActionGate("owner"));

export const workerQuery = machineQuery(["bot"]);
export const workerMutation = customMutation(mutation, machineGate(["bot"]));

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

function gatedQuery<Extra extends object, const Refusal extends string>(
  refusals: readonly Refusal[],
  gate: Gate<Extra, NoInfer<Refusal>>,
) {
  return <Args extends PropertyValidators, Fields extends PropertyValidators>(
    definition: Definition<QueryCtx & Extra, Args, Fields>,
  ) => {
    const built = query({
      args: loose(definition.args),
      returns: v.union(
        ...refusals.map((state) => v.object(loose({ state: v.literal(state) }))),
        v.object(loose({ state: v.literal("current"), ...definition.returns })),
      ),
      handler: async (ctx, args) => {
        const answer = await gate(ctx);
        if (answer.state !== "current") return { state: answer.state };
        const { extra } = checked<{ extra: Extra }>(answer);
        const fields = await definition.handler(
          { ...ctx, ...extra },
          checked<ObjectType<Args>>(args),
        );
        return { state: "current", ...fields };
      },
    });
    return checked<
      RegisteredQuery<"public", ObjectType<Args>, Promise<{ state: Refusal } | Current<Fields>>>
    >(built);
  };
}

/** Its type is written down: inferred, it would go around through `internal` to this file. */
async function personOfAction(
  ctx: ActionCtx,
): Promise<{ ctx: { person: Omit<Person, "user"> }; args: object }> {
  const person = await ctx.runQuery(internal.callers.person, {});
  if (person === null) throw signedOut();
  return { ctx: { person }, args: {} };
}

function staffQuery(least: StaffRole) {
  return gatedQuery(["signedOut", "forbidden", "revoked"], async (ctx) => {
    const answer = await readCallingStaff(ctx, least);
    return answer.state === "current"
      ? { state: "current", extra: { staff: answer.staff } }
      : answer;
  });
}

function staffGate(least: StaffRole) {
  return {
    args: {},
    input: async (ctx: MutationCtx) => {
      // A mutation may read the clock: it refuses even before the scheduled expiry has run.
      const staff: Staff = await getCallingStaff(ctx, least, Date.now());
      return { ctx: { staff }, args: {} };
    },
  };
}

function staffActionGate(least: StaffRole) {
  return {
    args: {},
    // Its type is written down: inferred, it would go around through `internal` to this file.
    input: async (ctx: ActionCtx): Promise<{ ctx: { staff: Staff }; args: object }> => {
      const nowMs = Date.now();
      const staff: Staff = await ctx.runQuery(internal.callers.staff, { least, nowMs });
      return { ctx: { staff }, args: {} };
    },
  };
}

function machineQuery(kinds: readonly MachineKind[]) {
  return gatedQuery(["revoked"], async (ctx) => {
    const machine = await readCallingMachine(ctx, kinds);
    return machine.state === "active"
      ? { state: "current", extra: { machine } }
      : { state: "revoked" };
  });
}

function machineGate(kinds: readonly MachineKind[]) {
  return {
    args: {},
    input: async (ctx: MutationCtx) => {
      const machine = await readCallingMachine(ctx, kinds);
      // A mutation may read the clock: it refuses even before the scheduled expiry has run.
      if (machine.state !== "active" || isOver(machine, Date.now())) throw machineEnded();
      return { ctx: { machine }, args: {} };
    },
  };
}

/** Forgets which validators these are: Convex's builders cannot infer from type parameters. */
function loose(validators: PropertyValidators): PropertyValidators {
  return validators;
}

/** Names the type of a value that Convex has checked against validators that `loose` forgot. */
function checked<T>(value: unknown): T {
  return value as T;
}
