/** What a route's rules come to, in a line. */
import type { RouteRules } from "@heliograph/domain";

/** "As it is" for a route that changes nothing. */
export function rulesInWords(rules: RouteRules): string {
  const { mode, place, authors, keywords, domains, prefix } = rules;
  const isFiltered = [authors, keywords, domains].some((lists) =>
    Object.values<readonly string[]>({ ...lists }).some(({ length }) => length > 0),
  );
  const words = [
    mode === "webhook" ? "by webhook" : "",
    place.kind === "channel" ? "" : place.kind,
    prefix === "" ? "" : "prefix",
    isFiltered ? "filters" : "",
    rules.stripInvites ? "no invites" : "",
    rules.stripMentions ? "no mentions" : "",
  ].filter((word) => word !== "");
  return words.length === 0 ? "As it is" : words.join(", ");
}
