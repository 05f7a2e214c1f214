/** A subscribed query with every state it can be in; an error is a state, not the end of the page. */
import { useQueries } from "convex/react";
import {
  type FunctionArgs,
  type FunctionReference,
  type FunctionReturnType,
  getFunctionName,
} from "convex/server";
import { useMemo } from "react";

type PublicQuery = FunctionReference<"query", "public">;

export type Answer<Data> =
  | { state: "loading" }
  | { state: "failed"; message: string }
  | { state: "ready"; data: Data };

/** Subscribes, except to `"skip"`, which stays loading. `args` may be a new object each time. */
export function useAnswer<Query extends PublicQuery>(
  query: Query,
  args: FunctionArgs<Query> | "skip",
): Answer<FunctionReturnType<Query>> {
  const asked = JSON.stringify([getFunctionName(query), args]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: `asked` stands for both
  const request = useMemo(() => (args === "skip" ? {} : { it: { query, args } }), [asked]);
  const value: unknown = useQueries(request).it;
  return useMemo(() => {
    if (value === undefined) return { state: "loading" };
    if (value instanceof Error) return { state: "failed", message: messageOf(value) };
    // The client's own types promise this shape; useQueries forgets it.
    return { state: "ready", data: value as FunctionReturnType<Query> };
  }, [value]);
}

/** What a person reads of an error: the backend's own message where it gave one. */
export function messageOf(error: unknown): string {
  const data = typeof error === "object" && error !== null && "data" in error ? error.data : null;
  if (typeof data === "object" && data !== null && "message" in data) return String(data.message);
  return "That did not work. Check your connection and try again.";
}
