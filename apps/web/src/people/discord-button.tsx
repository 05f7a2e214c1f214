/** Signing in with Discord, where the site offers it. */
import { useDiscordSignIn } from "@heliograph/live-client";
import { DiscordButton as Discord } from "@heliograph/ui";
import { pathOf } from "../shell/paths.ts";
import { wantedPath } from "./sign-in.ts";

export function DiscordButton() {
  const signIn = useDiscordSignIn(wantedPath() ?? pathOf("account"));
  return signIn === null ? null : <Discord onPress={signIn} />;
}
