/** Calls what the access matrix names, as everybody, and puts each answer into the matrix's words. Only tests import this. */
import { makeFunctionReference } from "convex/server";
import { ConvexError } from "convex/values";
import { ARGS } from "./accessMatrix.args.ts";
import { ACCESS_MATRIX } from "./accessMatrix.ts";
import type { Caller, Made } from "./accessMatrix.world.ts";
import http from "./http.ts";
import { modules } from "./test.setup.ts";

interface PublicFunction {
  readonly path: string;
  readonly type: "query" | "mutation" | "action";
}

type Callers = ReadonlyMap<string, Caller>;
type Outcomes = Record<string, string>;

/** How each caller is answered by a function. */
export async function callAsEverybody(
  { path, type }: PublicFunction,
  made: Made,
  callers: Callers,
): Promise<Outcomes> {
  const outcomes: Outcomes = {};
  for (const [name, caller] of callers) {
    const argsOf = ARGS[path];
    if (argsOf === undefined) throw new Error(`ARGS has no arguments for ${path}`);
    const found = new Set<string>();
    for (const t of [caller.t, caller.alsoAs]) {
      if (t === undefined) continue;
      const args = await argsOf(made, caller);
      found.add(await outcomeOf(async () => await call(t, type, path, args)));
    }
    outcomes[name] = [...found].join(" or ");
  }
  return outcomes;
}

async function call(
  t: Caller["t"],
  type: PublicFunction["type"],
  path: string,
  args: Record<string, unknown>,
): Promise<unknown> {
  switch (type) {
    case "query":
      return await t.query(makeFunctionReference<"query">(path), args);
    case "mutation":
      return await t.mutation(makeFunctionReference<"mutation">(path), args);
    case "action":
      return await t.action(makeFunctionReference<"action">(path), args);
    default:
      return type satisfies never;
  }
}

async function outcomeOf(call: () => Promise<unknown>): Promise<string> {
  try {
    const result = await call();
    const state = Object(result).state;
    if (state === "signedOut") return "signed out";
    return ["revoked", "rotated", "forbidden"].includes(state) ? state : "yes";
  } catch (error) {
    if (!(error instanceof ConvexError)) return "error";
    const words: Record<string, string> = {
      unauthenticated: "no",
      wrong_kind: "kind",
      machine_revoked: "ended",
      merge_conflict: "yes", // let in, and told that the two accounts are one
      no_customer: "yes", // let in, and has bought nothing there
      state_missing: "yes", // let in, and came back from Discord without what they took along
    };
    return words[error.data.code] ?? error.data.code;
  }
}

/** How each caller is answered by an HTTP route. */
export async function requestAsEverybody(
  route: string,
  made: Made,
  callers: Callers,
): Promise<Outcomes> {
  const { t } = made;
  const [method = "", path = ""] = route.split(" ");
  const outcomes: Outcomes = {};
  for (const [name, { bearer }] of callers) {
    const authorization: Record<string, string> =
      bearer === null ? {} : { authorization: `Bearer ${bearer}` };
    const response = await t.fetch(await addressOf(made, path, bearer), {
      method,
      headers: { "content-type": "application/json", ...authorization },
      ...(method === "POST" ? { body: JSON.stringify({ events: [] }) } : {}),
    });
    const words: Record<number, string> = {
      200: "yes",
      204: "yes",
      302: "yes",
      401: "no",
      403: "kind",
    };
    outcomes[name] = words[response.status] ?? String(response.status);
  }
  return outcomes;
}

/** An address that a route with a prefix serves: a sign-in that was begun, and a return that was not. */
async function addressOf(
  { t, mediaId }: Made,
  path: string,
  bearer: string | null,
): Promise<string> {
  if (path === "/ingest/tradingview/*") return path.replace("*", bearer ?? "");
  if (path === "/media/*") return `/media/${mediaId}`;
  if (path === "/api/auth/callback/*") return "/api/auth/callback/discord?code=x&state=y";
  if (path !== "/api/auth/signin/*") return path;
  const verifier = await t.run(async (ctx) => await ctx.db.insert("authVerifiers", {}));
  return `/api/auth/signin/discord?code=${verifier}`;
}

/** Every public function of the deployment, read from its modules. */
export async function listPublicFunctions(): Promise<PublicFunction[]> {
  const found: PublicFunction[] = [];
  for (const [file, load] of Object.entries(modules)) {
    if (file.includes("/_generated/")) continue;
    const module = Object(await load());
    for (const [name, exported] of Object.entries(module)) {
      const flags = Object(exported);
      if (flags.isPublic !== true) continue;
      const path = `${file.replace(/^\.\//, "").replace(/\.ts$/, "")}:${name}`;
      const type =
        flags.isQuery === true ? "query" : flags.isMutation === true ? "mutation" : "action";
      found.push({ path, type });
    }
  }
  return found;
}

/** Every HTTP route of the deployment. */
export function routeNames(): string[] {
  return http.getRoutes().map(([path, method]) => `${method} ${path}`);
}

/** The table, by function or route and by caller. */
export function readMatrix(): Map<string, Outcomes> {
  const [head = "", ...lines] = ACCESS_MATRIX.split("\n").filter((line) => line.trim() !== "");
  const cells = (line: string) => line.split("|").map((cell) => cell.trim());
  const [, ...names] = cells(head);
  return new Map(
    lines.map((line) => {
      const [name = "", ...outcomes] = cells(line);
      return [name, Object.fromEntries(outcomes.map((cell, index) => [names[index], cell]))];
    }),
  );
}
