/** Signing in with Discord, where the site offers it. */
import { useAuthActions } from "@convex-dev/auth/react";
import { Button, Strip, useDeed } from "@heliograph/ui";
import { useQuery } from "convex/react";
import { api } from "../backend.ts";
import { pathOf } from "../shell/paths.ts";
import { keptInvitation } from "./sign-in.ts";

export function DiscordButton() {
  const methods = useQuery(api.account.signInMethods);
  const { signIn } = useAuthActions();
  const deed = useDeed();
  if (methods?.discord !== true) return null;
  const redirectTo = pathOf(keptInvitation() === null ? "account" : "invitation");
  return (
    <>
      {deed.refusal !== null && <Strip tone="bad">{deed.refusal.message}</Strip>}
      <div>
        <Button
          busy={deed.busy}
          onClick={() => void deed.run(() => signIn("discord", { redirectTo }))}
        >
          Continue with Discord
        </Button>
      </div>
    </>
  );
}
