/** The consent page without a browser: what a person's click would lead to. */
import { readAuthorize } from "../oauth/authorize-request.ts";
import { decisionUrl } from "../oauth/consent-page.ts";
import { refuse } from "../wire/api-error.ts";
import type { Writes } from "./act.ts";

/**
 * Where the browser would go after this person agreed at this address; an empty
 * name refuses. Throws when the page would show a problem instead.
 */
export function authorize({ world, oauth }: Writes, url: string, username: string): string {
  const query = Object.fromEntries(new URL(url).searchParams);
  const request = readAuthorize(oauth, query);
  if (typeof request === "string") throw refuse.cannotAuthorize(request);
  const user = username === "" ? undefined : world.findUserByName(username);
  if (username !== "" && user === undefined) throw refuse.unknownUser();
  return decisionUrl(world, oauth, request, user?.id ?? null);
}
