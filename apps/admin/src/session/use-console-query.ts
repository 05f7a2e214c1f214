/** A subscribed console query, with every state it can be in. */
import { messageOf } from "@heliograph/ui";
import { useQueries } from "convex/react";
import type { FunctionArgs, FunctionReference, FunctionReturnType } from "convex/server";
import { getFunctionName } from "convex/server";
import { createContext, useContext, useEffect, useMemo } from "react";
import type { ConsoleSession } from "./console-session.ts";

type ConsoleQuery = FunctionReference<"query", "public">;
type Current<Query extends ConsoleQuery> = Extract<FunctionReturnType<Query>, { state: "current" }>;

export type Answer<Data> =
  | { state: "loading" }
  | { state: "failed"; message: string }
  | { state: "ready"; data: Data };

export const SessionContext = createContext<ConsoleSession | null>(null);

/** The page's session. Throws outside of it: a bug. */
export function useSession(): ConsoleSession {
  const session = useContext(SessionContext);
  if (session === null) throw new Error("No ConsoleSession around this component");
  return session;
}

/** Subscribes; `args` may be a new object each time. An ended token is told to the session. */
export function useConsoleQuery<Query extends ConsoleQuery>(
  query: Query,
  args: FunctionArgs<Query>,
): Answer<Current<Query>> {
  const session = useSession();
  const asked = JSON.stringify([getFunctionName(query), args]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: `asked` stands for both
  const request = useMemo(() => ({ it: { query, args } }), [asked]);
  const value: unknown = useQueries(request).it;
  const answer = useMemo(() => readAnswer<Current<Query>>(value), [value]);
  const isRevoked = answer === "revoked";
  useEffect(() => {
    if (isRevoked) void session.ended();
  }, [isRevoked, session]);
  return isRevoked ? { state: "loading" } : answer;
}

function readAnswer<Data>(value: unknown): Answer<Data> | "revoked" {
  if (value === undefined) return { state: "loading" };
  if (value instanceof Error) return { state: "failed", message: messageOf(value) };
  const state = stateOf(value);
  if (state === "revoked") return "revoked";
  if (state === "signedOut") return { state: "loading" }; // the gate shows the sign-in by itself
  if (state === "forbidden") return { state: "failed", message: "Your role does not show this." };
  // The client's own types promise this shape; useQueries forgets it.
  return { state: "ready", data: value as Data };
}

function stateOf(value: unknown): unknown {
  return typeof value === "object" && value !== null && "state" in value ? value.state : null;
}
