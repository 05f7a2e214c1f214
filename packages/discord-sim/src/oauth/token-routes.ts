/**
 * The token endpoint and what comes with it, for applications.
 *
 * [DOAUTH4] A wrong secret answers 401 invalid_client, a body that is no form 400.
 */
import { type Context, Hono } from "hono";
import type { ApplicationRecord, GrantRecord } from "../state/records.ts";
import type { OAuth } from "./oauth.ts";

const SECOND = 1_000;

export function tokenRoutes(oauth: OAuth, nowMs: () => number): Hono {
  return new Hono()
    .post("/oauth2/token", async (c) => {
      const form = await readForm(c);
      const client = form && findClient(oauth, c, form);
      if (form === undefined)
        return problem("invalid_request", "Content-Type must be a form.", 400);
      if (client === undefined) return problem("invalid_client", "Invalid client.", 401);
      const outcome = answer(oauth, client, form);
      return "error" in outcome
        ? problem(outcome.error, outcome.description, 400)
        : c.json(grantToWire(outcome, nowMs()));
    })
    .post("/oauth2/token/revoke", async (c) => {
      const form = await readForm(c);
      const client = form && findClient(oauth, c, form);
      if (form === undefined || client === undefined)
        return problem("invalid_client", "Invalid client.", 401);
      oauth.revoke(client, form.get("token") ?? "");
      return c.json({});
    });
}

function answer(oauth: OAuth, client: ApplicationRecord, form: URLSearchParams) {
  switch (form.get("grant_type")) {
    case "authorization_code":
      return oauth.exchange(client, {
        code: form.get("code") ?? "",
        redirectUri: form.get("redirect_uri") ?? "",
        verifier: form.get("code_verifier") ?? undefined,
      });
    case "refresh_token":
      return oauth.refresh(client, form.get("refresh_token") ?? "");
    default:
      return {
        error: "unsupported_grant_type",
        description: "Grant type None is not supported",
      };
  }
}

function grantToWire(grant: GrantRecord, nowMs: number) {
  return {
    token_type: "Bearer",
    access_token: grant.accessToken,
    expires_in: Math.floor((grant.expiresAtMs - nowMs) / SECOND),
    refresh_token: grant.refreshToken,
    scope: grant.scopes.join(" "),
  };
}

async function readForm(c: Context): Promise<URLSearchParams | undefined> {
  const type = c.req.header("content-type") ?? "";
  if (!type.startsWith("application/x-www-form-urlencoded")) return undefined;
  return new URLSearchParams(await c.req.text());
}

/** By Basic authentication, or by fields of the form. */
function findClient(
  oauth: OAuth,
  c: Context,
  form: URLSearchParams,
): ApplicationRecord | undefined {
  const basic = /^Basic\s+(\S+)/i.exec(c.req.header("authorization") ?? "")?.[1];
  const [id, secret] =
    basic === undefined
      ? [form.get("client_id") ?? "", form.get("client_secret") ?? ""]
      : readBasic(basic);
  const client = oauth.findClient(id);
  return client?.clientSecret === secret ? client : undefined;
}

function readBasic(value: string): [string, string] {
  const [id = "", ...secret] = Buffer.from(value, "base64").toString().split(":");
  return [formDecoded(id), formDecoded(secret.join(":"))];
}

/** As RFC 6749 has it: a plus is a space. */
function formDecoded(text: string): string {
  return decodeURIComponent(text.replaceAll("+", " "));
}

function problem(error: string, description: string, status: number): Response {
  return Response.json({ error, error_description: description }, { status });
}
