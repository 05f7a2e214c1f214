/**
 * Finding and taking out words, links and invitations.
 *
 * [FIL1] A plain keyword matches whole words only, in any case; one with other signs matches anywhere.
 * [FIL2] A domain stands for all that is under it and for nothing that merely ends alike.
 * [FIL3] Only the link or the word goes; the text of a named link stays.
 */
import type { RouteRules } from "./route-rules.ts";

const NAMED_LINK = /\[([^\]\n]*)\]\(\s*<?(https?:\/\/[^\s)>]+)>?(?:\s+"[^"\n]*")?\s*\)/gi;
const LINK = /<?(https?:\/\/[^\s<>]+)>?/gi;
const HOST = /^https?:\/\/(?:[^/?#@]*@)?([^/?#:]+)/i;
const INVITE =
  /<?(?:https?:\/\/)?(?:[\w-]+\.)?(?:discord(?:app)?\.com\/(?:invite|events)|discord\.(?:gg|me|io|li)|dsc\.gg|invite\.gg)\/[^\s<>)]+>?/gi;
const NAMED_INVITE = new RegExp(`\\[([^\\]\\n]*)\\]\\(\\s*${INVITE.source}\\s*\\)`, "gi");
const PLAIN_WORD = /^[\p{L}\p{N}_]+(?:\s+[\p{L}\p{N}_]+)*$/u;
const SPECIAL = /[.*+?^${}()|[\]\\/-]/g;

/** Whether one of the keywords is in the text. */
export function hasKeyword(text: string, keywords: readonly string[]): boolean {
  return keywords.some((keyword) => keywordPattern(keyword).test(text));
}

/** The text without the keywords, the longest taken out first. */
export function withoutKeywords(text: string, keywords: readonly string[]): string {
  const longestFirst = [...keywords].sort((a, b) => b.length - a.length);
  return longestFirst.reduce((rest, keyword) => rest.replace(keywordPattern(keyword), ""), text);
}

/** The text without links to places the route blocks. */
export function withoutLinks(text: string, domains: RouteRules["domains"]): string {
  if (domains.allow.length + domains.block.length === 0) return text;
  return text
    .replace(NAMED_LINK, (link: string, name: string, url: string) =>
      isBlocked(url, domains) ? name : link,
    )
    .replace(LINK, (link: string, url: string) => (isBlocked(url, domains) ? "" : link));
}

/** Whether the route takes out links to this address. */
export function isBlocked(url: string, { allow, block }: RouteRules["domains"]): boolean {
  const host = HOST.exec(url)?.[1]?.toLowerCase().replace(/\.$/, "") ?? "";
  const isUnder = (domain: string) => host === domain || host.endsWith(`.${domain}`);
  if (allow.some(isUnder)) return false;
  return block.length === 0 ? allow.length > 0 : block.some(isUnder);
}

/** The text without invitations to other servers. */
export function withoutInvites(text: string): string {
  return text.replace(NAMED_INVITE, "$1").replace(INVITE, "");
}

/** Closes what taking something out has left: doubled spaces, and lines of nothing. */
export function tidied(text: string): string {
  return text
    .replace(/[^\S\n]{2,}/g, " ")
    .replace(/[^\S\n]+$/gm, "")
    .replace(/\n{3,}/g, "\n\n")
    .trim();
}

function keywordPattern(keyword: string): RegExp {
  const text = keyword.replace(SPECIAL, "\\$&").replace(/\s+/g, "\\s+");
  return PLAIN_WORD.test(keyword)
    ? new RegExp(`(?<![\\p{L}\\p{N}_])${text}(?![\\p{L}\\p{N}_])`, "giu")
    : new RegExp(text, "giu");
}
