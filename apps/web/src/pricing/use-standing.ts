/** What the signed-in person has; null for somebody who is not signed in, undefined while it is not known. */
import { useConvexAuth } from "convex/react";
import { api, type Standing } from "../backend.ts";
import { useAnswer } from "../shell/use-answer.ts";

export function useStanding(): Standing | null | undefined {
  const { isLoading, isAuthenticated } = useConvexAuth();
  const answer = useAnswer(api.checkouts.mine, isAuthenticated ? {} : "skip");
  if (isLoading) return undefined;
  if (!isAuthenticated) return null;
  if (answer.state !== "ready") return undefined;
  return answer.data.state === "current" ? answer.data : null;
}
