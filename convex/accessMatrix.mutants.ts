/**
 * The wrappers with one check taken out: the matrix has to notice each. Only tests import this.
 *
 * A wrapper without its check hands its handler stand-ins for the caller it would have found, so that what it
 * protects really is given away. A weakened one asks for the role below.
 */
/* eslint-disable no-restricted-imports -- it takes checks out on purpose */
import { actionGeneric, mutationGeneric, queryGeneric } from "convex/server";
import { v } from "convex/values";

type Handler = (ctx: object, args: Record<string, unknown>) => Promise<unknown>;
type Definition = { args: object; handler: Handler };
type Wrappers = Record<string, unknown>;

const BUILDERS = { Query: queryGeneric, Mutation: mutationGeneric, Action: actionGeneric };

/** Without a check of who is calling, or with one that is told otherwise: nothing to take out. */
const OPEN = new Set(["publicQuery"]);

const WEAKER: Record<string, string> = {
  ownerQuery: "operatorQuery",
  ownerMutation: "operatorMutation",
  ownerAction: "operatorAction",
  operatorQuery: "supportQuery",
  operatorMutation: "supportMutation",
};

/** One change of the wrappers. */
export interface Mutant {
  readonly name: string;
  readonly wrapper: string;
  apply(wrappers: Wrappers): Wrappers;
}

/** Every mutant of the wrappers that a deployment uses. `standIns` are what a handler finds instead of a caller. */
export function mutantsOf(wrappers: Wrappers, standIns: () => object): Mutant[] {
  const names = Object.keys(wrappers).filter((name) => !OPEN.has(name));
  const removed = names.map((wrapper) => ({
    name: `${wrapper} without its check`,
    wrapper,
    apply: (all: Wrappers) => ({ ...all, [wrapper]: unchecked(wrapper, standIns) }),
  }));
  const weakened = names.flatMap((wrapper) => {
    const weaker = WEAKER[wrapper];
    if (weaker === undefined || !(weaker in wrappers)) return [];
    const apply = (all: Wrappers) => ({ ...all, [wrapper]: all[weaker] });
    return [{ name: `${wrapper} as ${weaker}`, wrapper, apply }];
  });
  return [...removed, ...weakened];
}

/** The names of the wrappers that functions are built from while `load` runs. */
export function watched(wrappers: Wrappers, used: Set<string>): Wrappers {
  return Object.fromEntries(
    Object.entries(wrappers).map(([name, builder]) => [
      name,
      (definition: Definition) => {
        used.add(name);
        return builderOf(builder)(definition);
      },
    ]),
  );
}

function unchecked(wrapper: string, standIns: () => object) {
  const type = Object.keys(BUILDERS).find((suffix) => wrapper.endsWith(suffix)) ?? "Query";
  const build = BUILDERS[type as keyof typeof BUILDERS];
  const takesKey = wrapper.startsWith("feedKey");
  return ({ args, handler }: Definition) =>
    build({
      args: { ...args, ...(takesKey ? { feedKey: v.string() } : {}) },
      handler: async (ctx: object, { feedKey: _, ...rest }: Record<string, unknown>) => {
        const result = await handler({ ...ctx, ...standIns() }, takesKey ? rest : { ...rest });
        return type === "Query" ? { state: "current", ...Object(result) } : result;
      },
    });
}

function builderOf(builder: unknown): (definition: Definition) => unknown {
  if (typeof builder !== "function") throw new Error("a wrapper is a function");
  return (definition) => builder(definition);
}
