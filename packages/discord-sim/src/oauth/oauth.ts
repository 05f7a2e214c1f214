/**
 * Authorization codes and the grants they become.
 *
 *   consent -> code (1 min, once) -> grant: access token (7 days) + refresh token
 *                                      |- refresh: both new, the old ones dead
 *                                      `- revoke: both dead
 *
 * Owns the codes; grants are in the world, so that they outlive the process.
 *
 * [DOAUTH1] A code is good once, in its time, for its client and its redirect address.
 * [DOAUTH2] A code asked for with a PKCE challenge opens only with its verifier.
 * [DOAUTH3] Refreshing gives new tokens and kills the old; revoking either kills both.
 */
import { createHash, randomBytes } from "node:crypto";
import type { ApplicationRecord, GrantRecord } from "../state/records.ts";
import type { World } from "../state/world.ts";

export type CodeRequest = {
  clientId: string;
  redirectUri: string;
  scopes: string[];
  /** Of the S256 method, the only one taken. */
  challenge: string | undefined;
};

type Code = CodeRequest & { userId: string; expiresAtMs: number };

/** Why a token request fails, in the words of RFC 6749. */
export type TokenRefusal = { error: string; description: string };

const GRANT_TTL_MS = 604_800_000;
const CODE_TTL_MS = 60_000; // Discord does not say; the short end is the harder case
const CODE_BYTES = 22;
const TOKEN_BYTES = 22;

export class OAuth {
  readonly #world: World;
  readonly #codes = new Map<string, Code>();

  constructor(world: World) {
    this.#world = world;
  }

  findClient(clientId: string): ApplicationRecord | undefined {
    return this.#world.applications.get(clientId);
  }

  /** The person agreed: the code that the redirect carries. */
  consent(request: CodeRequest, userId: string): string {
    const code = randomBytes(CODE_BYTES).toString("base64url");
    const expiresAtMs = this.#world.clock.nowMs() + CODE_TTL_MS;
    this.#codes.set(code, { ...request, userId, expiresAtMs });
    return code;
  }

  exchange(
    client: ApplicationRecord,
    given: { code: string; redirectUri: string; verifier: string | undefined },
  ): GrantRecord | TokenRefusal {
    const code = this.#codes.get(given.code);
    this.#codes.delete(given.code); // whoever guesses at a code has used it up
    const expired = code !== undefined && code.expiresAtMs <= this.#world.clock.nowMs();
    if (code === undefined || code.clientId !== client.clientId || expired)
      return { error: "invalid_grant", description: 'Invalid "code" in request.' };
    if (code.redirectUri !== given.redirectUri)
      return { error: "invalid_grant", description: 'Invalid "redirect_uri" in request.' };
    if (!answers(code.challenge, given.verifier))
      return { error: "invalid_grant", description: 'Invalid "code_verifier" in request.' };
    return this.#grant(code.clientId, code.userId, code.scopes);
  }

  refresh(client: ApplicationRecord, refreshToken: string): GrantRecord | TokenRefusal {
    const old = [...this.#world.grants.values()].find(
      (grant) => grant.refreshToken === refreshToken && grant.clientId === client.clientId,
    );
    if (old === undefined)
      return { error: "invalid_grant", description: 'Invalid "refresh_token" in request.' };
    this.#forget(old.accessToken);
    return this.#grant(old.clientId, old.userId, old.scopes);
  }

  /** Either token will do; unknown ones are passed over, as RFC 7009 wants. */
  revoke(client: ApplicationRecord, token: string): void {
    for (const [accessToken, grant] of this.#world.grants)
      if (grant.clientId === client.clientId && [accessToken, grant.refreshToken].includes(token))
        this.#forget(accessToken);
  }

  /** The person took their consent back in Discord's settings. */
  deauthorize(clientId: string, userId: string): void {
    for (const [accessToken, grant] of this.#world.grants)
      if (grant.clientId === clientId && grant.userId === userId) this.#forget(accessToken);
  }

  /** The living grant behind a bearer token. */
  findGrant(accessToken: string): GrantRecord | undefined {
    const grant = this.#world.grants.get(accessToken);
    return grant !== undefined && grant.expiresAtMs > this.#world.clock.nowMs() ? grant : undefined;
  }

  #forget(accessToken: string): void {
    this.#world.grants.delete(accessToken);
    this.#world.events.emit({ type: "peopleChanged" });
  }

  #grant(clientId: string, userId: string, scopes: string[]): GrantRecord {
    const grant = {
      accessToken: randomBytes(TOKEN_BYTES).toString("base64url"),
      refreshToken: randomBytes(TOKEN_BYTES).toString("base64url"),
      clientId,
      userId,
      scopes,
      expiresAtMs: this.#world.clock.nowMs() + GRANT_TTL_MS,
    };
    this.#world.grants.set(grant.accessToken, grant);
    this.#world.events.emit({ type: "peopleChanged" });
    return grant;
  }
}

function answers(challenge: CodeRequest["challenge"], verifier: string | undefined): boolean {
  if (challenge === undefined) return true;
  if (verifier === undefined) return false;
  return createHash("sha256").update(verifier).digest("base64url") === challenge;
}
