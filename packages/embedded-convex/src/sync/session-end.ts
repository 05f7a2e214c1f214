/**
 * Why and how the server ends a socket.
 *
 * [SYNC2] Misuse of the protocol that would repeat itself gets a FatalError, on which clients give up.
 * [SYNC3] A refused token gets an AuthError, then the socket closes; clients fetch a new token.
 * [SYNC4] A busy engine closes with 1013 and its code, anything unforeseen with 1011
 *         InternalServerError; clients come back and replay.
 */
import { AuthError, OccError, OutOfRetentionError, OverloadedError } from "../errors.ts";

export type SessionEnd =
  | { readonly kind: "fatal"; readonly message: string }
  | {
      readonly kind: "auth";
      readonly message: string;
      /** Was a new token refused, or had an accepted one expired? */
      readonly authUpdateAttempted: boolean;
    }
  | { readonly kind: "close"; readonly code: number; readonly reason: string };

export const CLOSE_GOING_AWAY = 1001;
const CLOSE_INTERNAL = 1011;
const CLOSE_TRY_AGAIN = 1013;
const UNAVAILABLE = 503;

export function fatal(message: string): SessionEnd {
  return { kind: "fatal", message };
}

export function tryAgain(code: string): SessionEnd {
  return { kind: "close", code: CLOSE_TRY_AGAIN, reason: code };
}

export function internalError(): SessionEnd {
  return { kind: "close", code: CLOSE_INTERNAL, reason: "InternalServerError" };
}

export function tokenExpired(): SessionEnd {
  return { kind: "auth", message: "Convex token identity expired", authUpdateAttempted: false };
}

/** For what functions and token checks reject with; developer errors never get here. */
export function endFor(error: unknown): SessionEnd {
  if (error instanceof AuthError) {
    if (error.status >= UNAVAILABLE) return tryAgain(error.code);
    if (error.code === "TokenExpired") return tokenExpired(); // accepted before, found while running
    return { kind: "auth", message: error.message, authUpdateAttempted: true };
  }
  if (
    error instanceof OccError ||
    error instanceof OverloadedError ||
    error instanceof OutOfRetentionError
  ) {
    return tryAgain(error.code);
  }
  return internalError();
}
