/**
 * What people have approved: codes that are exchanged once, tokens that say who somebody is. In memory only.
 *
 * [DOAU2] A code is good once, for a minute, for the application, address and verifier it was asked with.
 */
import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import type { Clock } from "../clock.ts";
import type { ApplicationSeed } from "../state/seed.ts";

/** What an application asks for on the way to the page. */
export type AuthorizeRequest = {
  clientId: string;
  redirectUri: string;
  scopes: readonly string[];
  state: string | null;
  /** S256; null: the application does without. */
  codeChallenge: string | null;
};

export type Grant = { userId: string; clientId: string; scopes: readonly string[] };

export type TokenAnswer = {
  token_type: "Bearer";
  access_token: string;
  expires_in: number;
  refresh_token: string;
  scope: string;
};

export type Exchange = { code: string; redirectUri: string; verifier: string | null };

type Code = AuthorizeRequest & { userId: string; endsAtMs: number };
type Token = Grant & { endsAtMs: number };

const CODE_MS = 60_000;
const TOKEN_S = 604_800; // what Discord tells

export class Grants {
  readonly #clock: Clock;
  readonly #applications: ReadonlyMap<string, ApplicationSeed>;
  readonly #codes = new Map<string, Code>();
  readonly #tokens = new Map<string, Token>();
  readonly #refreshes = new Map<string, Grant>();

  constructor(clock: Clock, applications: readonly ApplicationSeed[]) {
    this.#clock = clock;
    this.#applications = new Map(applications.map((known) => [known.clientId, known]));
  }

  findApplication(clientId: string): ApplicationSeed | undefined {
    return this.#applications.get(clientId);
  }

  /** The application, if the secret is its own. */
  authenticate(clientId: string, secret: string): ApplicationSeed | undefined {
    const known = this.#applications.get(clientId);
    return known !== undefined && areSame(known.clientSecret, secret) ? known : undefined;
  }

  /** A person agreed: the code that their browser carries back. */
  approve(request: AuthorizeRequest, userId: string): string {
    const code = randomBytes(15).toString("base64url");
    this.#codes.set(code, { ...request, userId, endsAtMs: this.#clock.nowMs() + CODE_MS });
    return code;
  }

  /** Undefined when the code is not good, or not for this; it is used up in any case. */
  exchange(clientId: string, { code, redirectUri, verifier }: Exchange): TokenAnswer | undefined {
    const known = this.#codes.get(code);
    this.#codes.delete(code);
    if (known === undefined || known.endsAtMs <= this.#clock.nowMs()) return undefined;
    if (known.clientId !== clientId || known.redirectUri !== redirectUri) return undefined;
    if (known.codeChallenge !== null && challengeOf(verifier ?? "") !== known.codeChallenge) {
      return undefined;
    }
    const { userId, scopes } = known;
    return this.#issue({ userId, clientId, scopes });
  }

  /** Undefined when the refresh token is not good; it is used up. */
  refresh(clientId: string, refreshToken: string): TokenAnswer | undefined {
    const grant = this.#refreshes.get(refreshToken);
    if (grant?.clientId !== clientId) return undefined;
    this.#refreshes.delete(refreshToken);
    return this.#issue(grant);
  }

  /** Whose token an `Authorization: Bearer ...` is. */
  find(authorization: string | undefined): Grant | undefined {
    const [, token = ""] = /^Bearer\s+(\S+)$/i.exec(authorization ?? "") ?? [];
    const known = this.#tokens.get(token);
    return known !== undefined && known.endsAtMs > this.#clock.nowMs() ? known : undefined;
  }

  #issue(grant: Grant): TokenAnswer {
    const access = randomBytes(24).toString("base64url");
    const refresh = randomBytes(24).toString("base64url");
    this.#tokens.set(access, { ...grant, endsAtMs: this.#clock.nowMs() + TOKEN_S * 1_000 });
    this.#refreshes.set(refresh, grant);
    return {
      token_type: "Bearer",
      access_token: access,
      expires_in: TOKEN_S,
      refresh_token: refresh,
      scope: grant.scopes.join(" "),
    };
  }
}

function challengeOf(verifier: string): string {
  return createHash("sha256").update(verifier).digest("base64url");
}

function areSame(a: string, b: string): boolean {
  const [left, right] = [a, b].map((text) => createHash("sha256").update(text).digest());
  return left !== undefined && right !== undefined && timingSafeEqual(left, right);
}
