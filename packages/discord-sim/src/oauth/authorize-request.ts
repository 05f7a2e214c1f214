/** Reads the address of the consent page. A refusal is shown to the person, not sent to the client. */
import type { CodeRequest, OAuth } from "./oauth.ts";

export type AuthorizeRequest = CodeRequest & { state: string | undefined };

const SCOPES = [
  "identify",
  "email",
  "guilds",
  "guilds.join",
  "guilds.members.read",
  "role_connections.write",
  "connections",
];

/** A sentence says why not. */
export function readAuthorize(
  oauth: OAuth,
  query: Readonly<Record<string, string | undefined>>,
): AuthorizeRequest | string {
  const clientId = query.client_id ?? "";
  const client = oauth.findClient(clientId);
  if (client === undefined) return "Unknown Application";
  const redirectUri = query.redirect_uri ?? client.redirectUris[0] ?? "";
  // An application without a list of addresses takes any, so that a test need not know its port in advance.
  const listed = client.redirectUris.length === 0 || client.redirectUris.includes(redirectUri);
  if (!listed || !/^https?:/.test(redirectUri) || !URL.canParse(redirectUri))
    return "Invalid OAuth2 redirect_uri";
  if (query.response_type !== "code") return `Unsupported response_type "${query.response_type}"`;
  const scopes = (query.scope ?? "").split(" ").filter((scope) => scope !== "");
  const unknown = scopes.find((scope) => !SCOPES.includes(scope));
  if (scopes.length === 0 || unknown !== undefined)
    return `The requested scope is invalid, unknown, or malformed: "${unknown ?? ""}"`;
  const challenge = query.code_challenge;
  if (challenge !== undefined && query.code_challenge_method !== "S256")
    return "Unsupported code_challenge_method";
  return { clientId, redirectUri, scopes, challenge, state: query.state };
}

/** Where the browser goes from here. */
export function redirectTo(
  { redirectUri, state }: AuthorizeRequest,
  result: Readonly<Record<string, string>>,
): string {
  const url = new URL(redirectUri);
  for (const [name, value] of Object.entries(result)) url.searchParams.set(name, value);
  if (state !== undefined) url.searchParams.set("state", state);
  return url.toString();
}
