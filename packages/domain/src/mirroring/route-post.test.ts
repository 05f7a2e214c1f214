import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Post, routePost } from "./route-post.ts";
import { PLAIN_RULES, type RouteRules, readRules } from "./route-rules.ts";

const POST: Post = { content: "BTC long", embeds: [], attachments: [], author: { id: "7" } };

function shown(content: string, rules: Partial<RouteRules>): string | null {
  return routePost({ ...POST, content }, { ...PLAIN_RULES, ...rules })?.content ?? null;
}

function keywords(lists: Partial<RouteRules["keywords"]>): Partial<RouteRules> {
  return { keywords: { ...PLAIN_RULES.keywords, ...lists } };
}

const text = fc.string({ unit: "grapheme", maxLength: 80 });
const post: fc.Arbitrary<Post> = fc.record({
  content: text,
  embeds: fc.array(fc.record({ title: text, description: text }, { requiredKeys: [] })),
  attachments: fc.constant([]),
  author: fc.option(fc.record({ id: fc.constantFrom("7", "8") })),
});
const list = fc.array(fc.constantFrom("long", "a", "7", "8", "x.com", "b"), { maxLength: 2 });
const rules: fc.Arbitrary<RouteRules> = fc.record({
  mode: fc.constant("bot" as const),
  place: fc.constant({ kind: "channel" as const }),
  authors: fc.record({ only: list, never: list }),
  keywords: fc.record({ only: list, never: list, strip: list }),
  domains: fc.record({ allow: list, block: list }),
  prefix: fc.constantFrom("", "VIP"),
  stripInvites: fc.boolean(),
  stripMentions: fc.boolean(),
  whenRemoved: fc.constant("leave" as const),
});

describe("a post on a route", () => {
  test("[RUL2] it comes out the same each time", () => {
    const property = fc.property(post, rules, (one, by) => {
      expect(routePost(one, by)).toEqual(routePost(one, by));
    });
    fc.assert(property);
  });

  test("[RUL4] without rules it stays as it is", () => {
    const property = fc.property(post, (one) => {
      const isEmpty = one.content === "" && one.embeds.length === 0;
      expect(routePost(one, PLAIN_RULES)).toEqual(isEmpty ? null : one);
    });
    fc.assert(property);
  });

  test("[RUL3] its author decides", () => {
    expect(shown("x", { authors: { only: ["7"], never: [] } })).toBe("x");
    expect(shown("x", { authors: { only: ["8"], never: [] } })).toBeNull();
    expect(shown("x", { authors: { only: [], never: ["7"] } })).toBeNull();
    const nobody = { ...POST, author: null };
    expect(routePost(nobody, { ...PLAIN_RULES, authors: { only: ["7"], never: [] } })).toBeNull();
  });

  test("[RUL3] a keyword decides, wherever it stands", () => {
    expect(shown("BTC long", keywords({ only: ["btc"] }))).toBe("BTC long");
    expect(shown("ETH long", keywords({ only: ["btc"] }))).toBeNull();
    expect(shown("ETH long", keywords({ never: ["eth"] }))).toBeNull();
    const embeds = [{ fields: [{ name: "Pair", value: "ETH/USD" }] }];
    const strict = { ...PLAIN_RULES, ...keywords({ never: ["eth"] }) };
    expect(routePost({ ...POST, embeds }, strict)).toBeNull();
  });

  test("[RUL3] when nothing of it is left, it is left out, and a prefix is nothing", () => {
    const rest = { ...keywords({ strip: ["advert"] }), prefix: "VIP" };
    expect(shown("Advert", rest)).toBeNull();
    expect(shown("BTC Advert long", rest)).toBe("VIP\nBTC long");
  });

  test("[FIL1] words match whole and in any case, other signs anywhere", () => {
    expect(shown("Rekt, erekt REKT", keywords({ strip: ["rekt"] }))).toBe(", erekt");
    expect(shown("лонг Лонги", keywords({ strip: ["лонг"] }))).toBe("Лонги");
    expect(shown("buy $BTC.now", keywords({ strip: ["$btc."] }))).toBe("buy now");
  });

  test("[FIL2] a domain and what is under it, and no other", () => {
    const domains = { allow: ["good.evil.com"], block: ["evil.com"] };
    const links =
      "https://evil.com/a https://x.EVIL.com https://notevil.com https://evil.com.test https://good.evil.com/b https://u@evil.com";
    expect(shown(links, { domains })).toBe(
      "https://notevil.com https://evil.com.test https://good.evil.com/b",
    );
    const only = { allow: ["charts.com"], block: [] };
    expect(shown("https://charts.com/x https://else.com", { domains: only })).toBe(
      "https://charts.com/x",
    );
  });

  test("[FIL3] of a named link the name stays, and a card of a blocked page goes", () => {
    const domains = { allow: [], block: ["evil.com"] };
    expect(shown("see [the chart](https://evil.com/c) now", { domains })).toBe("see the chart now");
    const embeds = [{ url: "https://evil.com", title: "Evil" }, { title: "Kept" }];
    const routed = routePost({ ...POST, embeds }, { ...PLAIN_RULES, domains });
    expect(routed?.embeds).toEqual([{ title: "Kept" }]);
  });

  test("[FIL3] invitations go, other links to Discord stay", () => {
    const invited =
      "join https://discord.gg/abc or discord.com/invite/x, [here](https://discord.gg/y): https://discord.com/channels/1/2";
    expect(shown(invited, { stripInvites: true })).toBe(
      "join or here: https://discord.com/channels/1/2",
    );
  });

  test("[FIL3] mentions go when the route says so", () => {
    expect(shown("hey <@1> <@&2> in <#3>", { stripMentions: true })).toBe("hey in");
  });
});

describe("reading rules", () => {
  test("[RUL1] entries are trimmed, repeats and spellings of a domain fold into one", () => {
    const domains = { allow: [], block: ["https://www.Evil.com/path", "*.evil.com", "evil.com."] };
    const read = readRules({ ...PLAIN_RULES, domains, ...keywords({ strip: [" a ", "a", ""] }) });
    if (!read.ok) throw new Error(read.fault.message);
    expect(read.rules.domains.block).toEqual(["evil.com"]);
    expect(read.rules.keywords.strip).toEqual(["a"]);
  });

  test.each([
    ["domains.block", "invalid_domain", { domains: { allow: [], block: ["no domain"] } }],
    ["keywords.never", "too_long", keywords({ never: ["x".repeat(101)] })],
    ["authors.only", "too_many_entries", { authors: { only: numbers(51), never: [] } }],
    ["prefix", "too_long", { prefix: "x".repeat(201) }],
    ["place", "invalid_id", { place: { kind: "thread" as const, parentChannelId: "general" } }],
  ])("[RUL1] what cannot be meant in %s is refused as %s", (field, code, wrong) => {
    expect(readRules({ ...PLAIN_RULES, ...wrong })).toMatchObject({ fault: { field, code } });
  });
});

function numbers(count: number): string[] {
  return Array.from({ length: count }, (_, index) => String(index));
}
