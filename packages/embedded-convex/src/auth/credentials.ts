/**
 * Who makes an HTTP request: the `Authorization` header, or `?adminKey=`.
 *
 * [AUTH30] `Bearer <jwt>` is a user, `Convex <key>` an admin, none nobody; a header that
 *          is neither is refused with 400 InvalidHeaderFailure.
 */
import { AuthError } from "../errors.ts";
import type { Identity } from "../rooms.ts";
import type { AdminAuth } from "./admin-key.ts";
import type { UserTokens } from "./user-tokens.ts";

const MIN_HEADER_LENGTH = 7;

/** What a request presents; `HttpExchange` fits. */
export interface Presented {
  readonly headers: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
}

export interface Authenticator {
  readonly admin: AdminAuth;
  readonly users: UserTokens;
  /** Throws AuthError. */
  identify(presented: Presented): Promise<Identity>;
  /** For HTTP actions: a wrong token becomes the identity `unknown` instead of an error. */
  identifyLeniently(presented: Presented): Promise<Identity>;
}

export function createAuthenticator(admin: AdminAuth, users: UserTokens): Authenticator {
  const identify = async ({ headers, query }: Presented): Promise<Identity> => {
    const header = headers.authorization;
    if (header === undefined) {
      const key = query.get("adminKey");
      return key === null ? { kind: "none" } : admin.identify(key);
    }
    if (header.length < MIN_HEADER_LENGTH) throw badHeader();
    const [, scheme = "", credentials = ""] = /^(\S+)\s+(.*)$/s.exec(header) ?? [];
    switch (scheme.toLowerCase()) {
      case "bearer":
        return await users.verify(credentials.trim());
      case "convex":
        return admin.identify(credentials.trim());
      default:
        throw badHeader();
    }
  };
  return {
    admin,
    users,
    identify,
    identifyLeniently: async (presented) => {
      try {
        return await identify({ headers: presented.headers, query: new URLSearchParams() });
      } catch (error) {
        if (error instanceof AuthError) return { kind: "unknown", error: error.message };
        throw error;
      }
    },
  };
}

/** Throws AuthError 401 BadAdminKey for everybody but admins. */
export function requireAdmin(identity: Identity): void {
  if (identity.kind === "admin") return;
  throw new AuthError("BadAdminKey", "The provided admin key was invalid for this instance", 401);
}

function badHeader(): AuthError {
  return new AuthError("InvalidHeaderFailure", "The Authorization header is not valid", 400);
}
