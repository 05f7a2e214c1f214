/**
 * The page on which a person lets an application act for them. Whoever opens it
 * chooses which person they are: the simulator has no passwords.
 *
 * [DOAUTH6] Agreeing leads back with a code and the state; refusing with access_denied.
 * [DOAUTH7] An unknown application or address shows a page and leads nowhere.
 */
import { type Context, Hono } from "hono";
import { html } from "hono/html";
import type { World } from "../state/world.ts";
import { type AuthorizeRequest, readAuthorize, redirectTo } from "./authorize-request.ts";
import type { OAuth } from "./oauth.ts";

const SCOPE_TEXTS: Record<string, string> = {
  identify: "Know your username and avatar",
  email: "Know your e-mail address",
  guilds: "Know what servers you are in",
  "guilds.join": "Join servers for you",
  "guilds.members.read": "Read your roles in your servers",
  "role_connections.write": "Update your connection for linked roles",
  connections: "See your connected accounts",
};

/** No script at all, and framed by nobody. The form may lead anywhere: that is what it is for. */
const HEADERS = {
  "Content-Security-Policy":
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'",
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "same-origin", // no-referrer would hide the origin of the form as well
  "Cache-Control": "no-store",
};

export function consentPage(world: World, oauth: OAuth): Hono {
  const show = (c: Context) => {
    const request = readAuthorize(oauth, c.req.query());
    if (typeof request === "string") return c.html(refusalHtml(request), 400, HEADERS);
    const name = oauth.findClient(request.clientId)?.name ?? "";
    return c.html(
      consentHtml(world, request, { name, search: new URL(c.req.url).search }),
      200,
      HEADERS,
    );
  };
  const decide = async (c: Context) => {
    const request = readAuthorize(oauth, c.req.query());
    if (typeof request === "string") return c.html(refusalHtml(request), 400, HEADERS);
    const origin = c.req.header("origin");
    // A foreign page must not agree through its visitor's browser.
    if (origin !== undefined && origin !== new URL(c.req.url).origin)
      return c.html(refusalHtml("Another page may not decide this."), 403, HEADERS);
    const form = new URLSearchParams(await c.req.text());
    const userId = form.get("answer") === "allow" ? form.get("user") : null;
    return c.redirect(decisionUrl(world, oauth, request, userId), 302);
  };
  return new Hono()
    .get("/oauth2/authorize", show)
    .get("/api/oauth2/authorize", show)
    .post("/oauth2/authorize", decide)
    .post("/api/oauth2/authorize", decide);
}

/** Where the browser goes when this person agrees; without one, when nobody does. */
export function decisionUrl(
  world: World,
  oauth: OAuth,
  request: AuthorizeRequest,
  userId: string | null,
): string {
  const user = world.users.get(userId ?? "");
  if (user === undefined || user.bot) {
    const error_description = "The resource owner or authorization server denied the request";
    return redirectTo(request, { error: "access_denied", error_description });
  }
  return redirectTo(request, { code: oauth.consent(request, user.id) });
}

function consentHtml(
  world: World,
  { scopes, redirectUri }: AuthorizeRequest,
  { name, search }: { name: string; search: string },
) {
  const people = [...world.users.values()].filter(({ bot }) => !bot);
  return layout(
    `Authorize ${name}`,
    html`<h1>${name} wants to</h1>
      <ul>
        ${scopes.map((scope) => html`<li>${SCOPE_TEXTS[scope] ?? scope}</li>`)}
      </ul>
      <form method="post" action="/oauth2/authorize${search}">
        <fieldset>
          <legend>You are</legend>
          ${people.map(
            ({ id, displayName, username }, index) =>
              html`<label
                ><input type="radio" name="user" value="${id}" ${index === 0 ? "checked" : ""} />
                ${displayName} (${username})</label
              >`,
          )}
        </fieldset>
        <button type="submit" class="main" name="answer" value="allow">Authorize</button>
      </form>
      <form method="post" action="/oauth2/authorize${search}">
        <button type="submit" name="answer" value="deny">Cancel</button>
      </form>
      <p>You will go to ${new URL(redirectUri).origin}</p>`,
  );
}

function refusalHtml(reason: string) {
  return layout(
    "Not possible",
    html`<h1>This cannot be authorized</h1><p role="alert">${reason}</p>`,
  );
}

function layout(title: string, body: ReturnType<typeof html>) {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title}</title>
        <link rel="icon" href="/page/icon.svg" />
        <link rel="stylesheet" href="/page/page.css" />
      </head>
      <body class="consent">
        <main>${body}</main>
      </body>
    </html>`;
}
