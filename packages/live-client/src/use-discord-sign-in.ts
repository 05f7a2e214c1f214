/** Signing in with Discord, for both pages. */
import { useAuthActions } from "@convex-dev/auth/react";
import { useQueries } from "convex/react";
import { api } from "../../../convex/_generated/api.js";

const REQUEST = { methods: { query: api.account.signInMethods, args: {} } };

/**
 * Leaves for Discord, which brings one back to `redirectTo`: a path of the customers' site, or a whole address of the
 * console. Null: not offered here, or not known yet.
 */
export function useDiscordSignIn(redirectTo: string): (() => Promise<unknown>) | null {
  // An error is a value here: that this one question failed shuts no other way in.
  const methods: unknown = useQueries(REQUEST).methods;
  const { signIn } = useAuthActions();
  if (!offersDiscord(methods)) return null;
  return async () => await signIn("discord", { redirectTo });
}

function offersDiscord(methods: unknown): boolean {
  return (
    typeof methods === "object" &&
    methods !== null &&
    "discord" in methods &&
    methods.discord === true
  );
}
