/**
 * What the tests of Discord share: a Discord of a few lines in the place of `fetch`, and people who go through
 * its consent. The real thing's behaviour is the simulator's, which the end-to-end suite asks.
 */
import { expect, vi } from "vitest";
import { api } from "./_generated/api.js";
import { type Backend, setEnvironment, type signUp, startBackend } from "./test.setup.ts";

export type Visitor = Awaited<ReturnType<typeof signUp>>;

interface Grant {
  readonly discordId: string;
  readonly scopes: string;
  readonly access: string;
  readonly refresh: string;
}

interface Code {
  readonly discordId: string;
  readonly scopes: string;
  readonly challenge: string;
}

/** Discord, as far as the backend asks it. */
export class FakeDiscord {
  readonly members = new Map<string, { pending: boolean }>(); // by guild/person
  readonly banned = new Set<string>(); // guild/person
  readonly asked: string[] = [];
  /** Answers instead of Discord while it is set. */
  failure: { status: number; code?: number; retryAfter?: number } | "silence" | null = null;
  /** Whether new members have a screening to pass. */
  screens = false;
  readonly #codes = new Map<string, Code>();
  #grants: Grant[] = [];
  #made = 0;

  /** The person agrees at the address of a consent; answers what the browser comes back with. */
  agree(url: string, discordId: string): { code: string; state: string } {
    const query = new URL(url).searchParams;
    const code = this.#name("code");
    const challenge = query.get("code_challenge") ?? "";
    this.#codes.set(code, { discordId, scopes: query.get("scope") ?? "", challenge });
    return { code, state: query.get("state") ?? "" };
  }

  /** Tokens that Discord would still take. */
  get livingGrants(): readonly Grant[] {
    return this.#grants;
  }

  /** The person takes their leave back in Discord's settings. */
  withdraw(discordId: string): void {
    this.#grants = this.#grants.filter((grant) => grant.discordId !== discordId);
  }

  async answer(address: string, init: RequestInit = {}): Promise<Response> {
    const method = init.method ?? "GET";
    const path = new URL(address).pathname.replace(/^\/api\/v10/, "");
    this.asked.push(`${method} ${path}`);
    if (this.failure === "silence") throw new TypeError("fetch failed");
    if (this.failure !== null) {
      const { status, code, retryAfter } = this.failure;
      return Response.json({ code, retry_after: retryAfter }, { status });
    }
    const authorization = new Headers(init.headers).get("authorization") ?? "";
    if (path === "/users/@me") return this.#whoIs(authorization);
    if (path.startsWith("/guilds/")) return this.#member(method, path, authorization, init.body);
    const form = new URLSearchParams(String(init.body));
    if (form.get("client_secret") !== "secret") return json(401, { error: "invalid_client" });
    if (path === "/oauth2/token/revoke") return this.#revoke(form.get("token") ?? "");
    return await this.#grant(form);
  }

  #whoIs(authorization: string): Response {
    const grant = this.#grants.find(({ access }) => authorization === `Bearer ${access}`);
    if (grant === undefined) return json(401, {});
    const { discordId } = grant;
    return json(200, { id: discordId, username: `u${discordId}`, global_name: null, avatar: null });
  }

  #revoke(token: string): Response {
    this.#grants = this.#grants.filter(({ access, refresh }) => ![access, refresh].includes(token));
    return json(200, {});
  }

  async #grant(form: URLSearchParams): Promise<Response> {
    const given = form.get("code") ?? "";
    const known = this.#codes.get(given);
    this.#codes.delete(given);
    if (known !== undefined && (await challengeOf(form)) === known.challenge) {
      return this.#issue(known);
    }
    const old = this.#grants.find(({ refresh }) => refresh === form.get("refresh_token"));
    if (old === undefined) return json(400, { error: "invalid_grant" });
    this.#grants = this.#grants.filter((grant) => grant !== old);
    return this.#issue(old);
  }

  #issue({ discordId, scopes }: { discordId: string; scopes: string }): Response {
    const grant = { discordId, scopes, access: this.#name("at"), refresh: this.#name("rt") };
    this.#grants.push(grant);
    const { access: access_token, refresh: refresh_token, scopes: scope } = grant;
    return json(200, { access_token, refresh_token, scope, expires_in: 604_800 });
  }

  #member(method: string, path: string, authorization: string, body: unknown): Response {
    if (authorization !== "Bot bot-token") return json(401, { code: 0 });
    const [, , guildId = "", , discordId = ""] = path.split("/");
    if (discordId === "") return json(200, this.#list(guildId));
    const place = `${guildId}/${discordId}`;
    const member = this.members.get(place);
    if (method === "GET") {
      return member === undefined ? json(404, { code: 10_007 }) : json(200, member);
    }
    const { access_token } = JSON.parse(String(body));
    const grant = this.#grants.find(({ access }) => access === access_token);
    const isTheirs = grant?.discordId === discordId && grant.scopes.includes("guilds.join");
    if (!isTheirs) return json(403, { code: 50_025 });
    if (this.banned.has(place)) return json(403, { code: 40_007 });
    if (member !== undefined) return new Response(null, { status: 204 });
    const added = { pending: this.screens };
    this.members.set(place, added);
    return json(201, added);
  }

  #list(guildId: string): object[] {
    return [...this.members].flatMap(([place, { pending }]) => {
      const [guild, id] = place.split("/");
      return guild === guildId ? [{ user: { id }, pending }] : [];
    });
  }

  #name(kind: string): string {
    this.#made += 1;
    return `${kind}-${this.#made}`;
  }
}

/** A fresh deployment beside a fresh Discord. */
export function startWithDiscord(): { t: Backend; discord: FakeDiscord } {
  const t = startBackend();
  const discord = new FakeDiscord();
  setEnvironment("AUTH_DISCORD_ID", "4242");
  setEnvironment("AUTH_DISCORD_SECRET", "secret");
  setEnvironment("HELIOGRAPH_DISCORD_OAUTH_URL", "https://discord.test");
  setEnvironment("HELIOGRAPH_DISCORD_BOT_TOKEN", "bot-token");
  vi.stubGlobal("fetch", (address: string, init?: RequestInit) => discord.answer(address, init));
  return { t, discord };
}

/** Begins a link as this person and agrees as that Discord account. */
export async function consent(
  { discord }: { discord: FakeDiscord },
  visitor: Visitor,
  discordId: string,
) {
  const { url } = await visitor.as.action(api.discord.beginLink, { returnTo: "/account" });
  return discord.agree(url, discordId);
}

/** Links the account, from the button to the end. */
export async function link(
  world: { discord: FakeDiscord },
  visitor: Visitor,
  discordId: string,
): Promise<void> {
  const came = await consent(world, visitor, discordId);
  await visitor.as.action(api.discord.completeLink, came);
}

/** What the person's account page shows. */
export async function pageOf(visitor: Visitor) {
  const page = await visitor.as.query(api.discord.mine, {});
  if (page.state !== "current") throw new Error(`the page is ${page.state}`);
  return page;
}

/** Lets what is scheduled run, and what follows from it, ten times one after the other. */
export async function settleAll(t: Backend, stepMs = 1): Promise<void> {
  for (let turn = 0; turn < 10; turn += 1) {
    vi.advanceTimersByTime(stepMs);
    await t.finishInProgressScheduledFunctions();
  }
}

/** Invariants that hold whatever happened: who is linked is who the identities say. */
export async function expectConsistent(t: Backend): Promise<void> {
  const { links, identities, tokens, members } = await t.run(async (ctx) => ({
    links: await ctx.db.query("discordLinks").take(100),
    identities: await ctx.db.query("identities").take(100),
    tokens: await ctx.db.query("discordTokens").take(100),
    members: await ctx.db.query("discordMembers").take(100),
  }));
  expect(new Set(links.map(({ userId }) => userId)).size).toBe(links.length);
  expect(new Set(links.map(({ discordId }) => discordId)).size).toBe(links.length);
  for (const { userId, discordId } of links) {
    expect(identities).toContainEqual(
      expect.objectContaining({ kind: "discord", value: discordId, userId }),
    );
  }
  expect(tokens.map(({ linkId }) => linkId).toSorted()).toEqual(
    links.map(({ _id }) => _id).toSorted(),
  );
  for (const { userId, discordId } of members) {
    expect(links).toContainEqual(expect.objectContaining({ userId, discordId }));
  }
}

function json(status: number, body: object): Response {
  return Response.json(body, { status });
}

async function challengeOf(form: URLSearchParams): Promise<string> {
  const bytes = new TextEncoder().encode(form.get("code_verifier") ?? "");
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return btoa(String.fromCharCode(...hash))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
}
