/** What a route does to a post on its way to a channel. */

/** How messages are posted: as the bot, or by a webhook of the bot's under the analyst's name and picture. */
export const MIRROR_MODES = ["bot", "webhook"] as const;
export type MirrorMode = (typeof MIRROR_MODES)[number];

/** Where in the target a mirror stands: in the channel, in one of a channel's threads, or each in a forum post of its own. */
export type MirrorPlace =
  | { readonly kind: "channel" }
  | { readonly kind: "thread"; readonly parentChannelId: string }
  | { readonly kind: "forum" };

export interface RouteRules {
  readonly mode: MirrorMode;
  readonly place: MirrorPlace;
  /** The source's ids of people. `only` empty: everybody. */
  readonly authors: { readonly only: readonly string[]; readonly never: readonly string[] };
  /** `only` and `never` decide about the whole post, `strip` is taken out of its text. */
  readonly keywords: {
    readonly only: readonly string[];
    readonly never: readonly string[];
    readonly strip: readonly string[];
  };
  /** With all that is under them. Links to `block` are taken out, those to `allow` never; `allow` alone blocks all others. */
  readonly domains: { readonly allow: readonly string[]; readonly block: readonly string[] };
  /** A line before every post; empty for none. */
  readonly prefix: string;
  /** Takes out links that invite to other servers and their events. */
  readonly stripInvites: boolean;
  /** Takes mentions out altogether, where otherwise a plain word stays. */
  readonly stripMentions: boolean;
  /** What follows when somebody removes a mirrored message by hand. */
  readonly whenRemoved: "restore" | "leave";
}

/** A route that changes nothing. */
export const PLAIN_RULES: RouteRules = {
  mode: "bot",
  place: { kind: "channel" },
  authors: { only: [], never: [] },
  keywords: { only: [], never: [], strip: [] },
  domains: { allow: [], block: [] },
  prefix: "",
  stripInvites: false,
  stripMentions: false,
  whenRemoved: "restore",
};

/** What the lists of a route may hold. Lengths in UTF-16 units. */
export const RULE_LIMITS = {
  entries: 50,
  keywordLength: 100,
  domainLength: 253,
  authorLength: 128,
  prefixLength: 200,
} as const;

export interface RuleFault {
  /** The path of what is wrong, as `keywords.never`. */
  readonly field: string;
  readonly code: "too_many_entries" | "invalid_domain" | "too_long" | "invalid_id";
  readonly message: string;
}

export type ReadRules =
  | { readonly ok: true; readonly rules: RouteRules }
  | { readonly ok: false; readonly fault: RuleFault };

const DOMAIN = /^(?:[\p{L}\p{N}](?:[\p{L}\p{N}-]*[\p{L}\p{N}])?\.)+[\p{L}][\p{L}\p{N}-]*$/u;
const DISCORD_ID = /^\d{5,25}$/;

/**
 * The rules as they are kept: trimmed, without repeats, domains in lower case and
 * without scheme or path.
 *
 * [RUL1] What an operator wrote is kept as meant or refused with the field's name; nothing is dropped in silence.
 */
export function readRules(rules: RouteRules): ReadRules {
  const authors = mapLists(rules.authors, trimmed);
  const keywords = mapLists(rules.keywords, trimmed);
  const domains = mapLists(rules.domains, domainOf);
  const prefix = rules.prefix.trim();
  const fault =
    listFault("authors", authors, RULE_LIMITS.authorLength) ??
    listFault("keywords", keywords, RULE_LIMITS.keywordLength) ??
    listFault("domains", domains, RULE_LIMITS.domainLength) ??
    domainFault(domains) ??
    placeFault(rules.place) ??
    lengthFault("prefix", prefix, RULE_LIMITS.prefixLength);
  if (fault !== undefined) return { ok: false, fault };
  return { ok: true, rules: { ...rules, authors, keywords, domains, prefix } };
}

function mapLists<Lists extends Readonly<Record<string, readonly string[]>>>(
  lists: Lists,
  clean: (text: string) => string,
): Lists {
  const entries = Object.entries(lists).map(([name, list]) => {
    return [name, [...new Set(list.map(clean).filter((text) => text !== ""))]];
  });
  return Object.fromEntries(entries) as Lists; // the same names, each with a list
}

function trimmed(text: string): string {
  return text.trim();
}

/** `https://www.Example.com/path` and `*.example.com` both mean `example.com` and all under it. */
function domainOf(text: string): string {
  return text
    .trim()
    .toLowerCase()
    .replace(/^https?:\/\//, "")
    .replace(/[/?#:].*$/, "")
    .replace(/^(?:\*\.|www\.)/, "")
    .replace(/\.$/, "");
}

function listFault(
  name: string,
  lists: Readonly<Record<string, readonly string[]>>,
  length: number,
): RuleFault | undefined {
  for (const [list, entries] of Object.entries(lists)) {
    const field = `${name}.${list}`;
    if (entries.length > RULE_LIMITS.entries) {
      const message = `At most ${RULE_LIMITS.entries} entries, not ${entries.length}.`;
      return { field, code: "too_many_entries", message };
    }
    const long = entries.find((entry) => entry.length > length);
    if (long !== undefined) return lengthFault(field, long, length);
  }
  return undefined;
}

function domainFault({ allow, block }: RouteRules["domains"]): RuleFault | undefined {
  for (const [field, list] of Object.entries({ "domains.allow": allow, "domains.block": block })) {
    const wrong = list.find((entry) => !DOMAIN.test(entry));
    if (wrong === undefined) continue;
    return {
      field,
      code: "invalid_domain",
      message: `"${wrong}" is no domain, as example.com is.`,
    };
  }
  return undefined;
}

function placeFault(place: MirrorPlace): RuleFault | undefined {
  if (place.kind !== "thread" || DISCORD_ID.test(place.parentChannelId)) return undefined;
  const message = "A thread needs the id of the channel it is in: 5 to 25 digits.";
  return { field: "place", code: "invalid_id", message };
}

function lengthFault(field: string, text: string, most: number): RuleFault | undefined {
  if (text.length <= most) return undefined;
  return { field, code: "too_long", message: `At most ${most} characters, not ${text.length}.` };
}
