/** The `next` of a sign-in's address: a page of this site, whatever somebody wrote into a link. */
import { viewAt } from "../shell/paths.ts";

/** Path and search of the page to go on with; null without one, and for anything that is no page here. */
export function readNext({ search, origin }: Pick<Location, "search" | "origin">): string | null {
  const next = new URLSearchParams(search).get("next");
  if (next === null || !URL.canParse(next, origin)) return null;
  const url = new URL(next, origin);
  if (url.origin !== origin || viewAt(url.pathname) === null) return null;
  return url.pathname + url.search;
}
