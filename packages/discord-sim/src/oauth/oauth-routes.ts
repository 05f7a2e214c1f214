/**
 * Signing in with a simulated Discord account: the page, the exchange, and who somebody is.
 *
 *   GET /oauth2/authorize -> a person agrees -> redirect_uri?code&state -> POST /api/oauth2/token -> GET /api/users/@me
 *
 * [DOAU1] Nobody is sent to an address that the application has not registered.
 * [DOAU3] The e-mail is told only where the scope `email` was agreed to.
 */
import { type Context, Hono } from "hono";
import type { UserRecord } from "../state/records.ts";
import type { World } from "../state/world.ts";
import { refuse } from "../wire/api-error.ts";
import { userToWire } from "../wire/users.ts";
import { authorizePage, refusalPage } from "./authorize-page.ts";
import type { AuthorizeRequest, Grants, TokenAnswer } from "./grants.ts";

type Asked = { ok: true; request: AuthorizeRequest } | { ok: false; reason: string };

/** The pages, beside the API. */
export function authorizeRoutes(world: World, grants: Grants): Hono {
  return new Hono()
    .get("/oauth2/authorize", (c) => {
      const asked = readRequest(c, grants);
      if (!asked.ok) return html(c, refusalPage(asked.reason), 400);
      return html(c, authorizePage(asked.request.scopes, peopleOf(world)), 200);
    })
    .post("/oauth2/authorize", async (c) => {
      const asked = readRequest(c, grants);
      if (!asked.ok) return html(c, refusalPage(asked.reason), 400);
      const origin = c.req.header("origin");
      const isForeign = origin !== undefined && origin !== new URL(c.req.url).origin;
      if (isForeign) return html(c, refusalPage("another origin may not agree"), 403);
      const form = await c.req.formData();
      return c.redirect(answerTo(asked.request, form, world, grants), 302);
    });
}

/** Inside the API, before bots are asked for their token. */
export function tokenRoutes(world: World, grants: Grants): Hono {
  return new Hono()
    .post("/oauth2/token", async (c) => {
      const form = new URLSearchParams(await c.req.text());
      const client = readClient(c, form);
      const known = grants.authenticate(client.id, client.secret);
      if (known === undefined) return c.json({ error: "invalid_client" }, 401);
      const answer = exchange(known.clientId, form, grants);
      if (answer !== undefined) return c.json(answer);
      const description = 'Invalid "code" in request.';
      return c.json({ error: "invalid_grant", error_description: description }, 400);
    })
    .get("/users/@me", async (c, next) => {
      const authorization = c.req.header("authorization");
      if (!/^Bearer\s/i.test(authorization ?? "")) return await next();
      const grant = grants.find(authorization);
      const user = grant === undefined ? undefined : world.users.get(grant.userId);
      if (grant === undefined || user === undefined) throw refuse.unauthorized();
      return c.json(ownUser(user, grant.scopes));
    });
}

function readRequest(c: Context, grants: Grants): Asked {
  const query = (name: string) => c.req.query(name) ?? null;
  const application = grants.findApplication(query("client_id") ?? "");
  if (application === undefined) return { ok: false, reason: "Unknown application" };
  const redirectUri = query("redirect_uri") ?? "";
  if (!application.redirectUris.includes(redirectUri)) {
    return { ok: false, reason: "Invalid OAuth2 redirect_uri" };
  }
  if (query("response_type") !== "code") {
    return { ok: false, reason: "Invalid OAuth2 response_type" };
  }
  const codeChallenge = query("code_challenge");
  if (codeChallenge !== null && query("code_challenge_method") !== "S256") {
    return { ok: false, reason: "Invalid code_challenge_method" };
  }
  const scopes = (query("scope") ?? "").split(" ").filter((scope) => scope !== "");
  if (!scopes.includes("identify")) return { ok: false, reason: "Invalid scope" };
  const { clientId } = application;
  return {
    ok: true,
    request: { clientId, redirectUri, scopes, state: query("state"), codeChallenge },
  };
}

function answerTo(request: AuthorizeRequest, form: FormData, world: World, grants: Grants): string {
  const url = new URL(request.redirectUri);
  const userId = form.get("user");
  const user = peopleOf(world).find(({ id }) => id === userId);
  if (form.get("answer") !== "allow" || user === undefined) {
    url.searchParams.set("error", "access_denied");
  } else {
    url.searchParams.set("code", grants.approve(request, user.id));
  }
  if (request.state !== null) url.searchParams.set("state", request.state);
  return url.toString();
}

/** By HTTP Basic, or by fields of the form. */
function readClient(c: Context, form: URLSearchParams): { id: string; secret: string } {
  const [, basic] = /^Basic\s+(\S+)$/i.exec(c.req.header("authorization") ?? "") ?? [];
  if (basic === undefined) {
    return { id: form.get("client_id") ?? "", secret: form.get("client_secret") ?? "" };
  }
  const [id = "", secret = ""] = Buffer.from(basic, "base64").toString().split(":");
  return { id: formDecoded(id), secret: formDecoded(secret) };
}

/** As RFC 6749 has it: a plus is a space. */
function formDecoded(text: string): string {
  return decodeURIComponent(text.replaceAll("+", " "));
}

function exchange(
  clientId: string,
  form: URLSearchParams,
  grants: Grants,
): TokenAnswer | undefined {
  const text = (name: string) => form.get(name) ?? "";
  switch (form.get("grant_type")) {
    case "authorization_code":
      return grants.exchange(clientId, {
        code: text("code"),
        redirectUri: text("redirect_uri"),
        verifier: form.get("code_verifier"),
      });
    case "refresh_token":
      return grants.refresh(clientId, text("refresh_token"));
    default:
      return undefined;
  }
}

function peopleOf(world: World): UserRecord[] {
  return [...world.users.values()].filter(({ bot }) => !bot);
}

function ownUser(user: UserRecord, scopes: readonly string[]) {
  const known = { ...userToWire(user), mfa_enabled: false, locale: "en-US", flags: 0 };
  if (!scopes.includes("email")) return known;
  const email = user.email ?? `${user.username}@discord.example`;
  return { ...known, email, verified: user.emailVerified ?? true };
}

function html(c: Context, text: string, status: 200 | 400 | 403): Response {
  c.header("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'");
  c.header("Cache-Control", "no-store");
  return c.html(text, status);
}
