/** Signing in with Discord, for both pages. */
import { useAuthActions } from "@convex-dev/auth/react";
import { useQuery } from "convex/react";
import { api } from "../../../convex/_generated/api.js";

/**
 * Leaves for Discord, which brings one back to `redirectTo`: a path of the customers' site, or a whole address of the
 * console. Null: not offered here, or not known yet.
 */
export function useDiscordSignIn(redirectTo: string): (() => Promise<unknown>) | null {
  const methods = useQuery(api.account.signInMethods);
  const { signIn } = useAuthActions();
  if (methods?.discord !== true) return null;
  return async () => await signIn("discord", { redirectTo });
}
