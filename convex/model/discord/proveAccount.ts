/** Whose Discord account it is that a browser came back with: asked of Discord, never of the browser. In actions. */
import { exchangeCode, type Grant, whoIs } from "./oauth.ts";
import { linkRefusal } from "./refusals.ts";
import type { DiscordProfile } from "./validators.ts";

/** The account and what it granted. Throws a code of `LINK_REFUSALS`. */
export async function proveAccount(
  code: string,
  verifier: string,
): Promise<{ grant: Grant; profile: DiscordProfile }> {
  if (code === "") throw linkRefusal("code_missing");
  const granted = await exchangeCode(code, verifier);
  if (!granted.ok) throw linkRefusal(granted.code);
  const { grant } = granted;
  const who = await whoIs(grant.accessToken);
  if (!who.ok) throw linkRefusal(who.code);
  return { grant, profile: who.profile };
}
