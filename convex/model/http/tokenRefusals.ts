/** Why a machine token is refused, in words. Stable codes, listed in docs/ingest.md. */

const MESSAGES = {
  missing_token: "Send the machine token as: Authorization: Bearer <token>.",
  unknown_token: "No machine has this token.",
  revoked_token: "This token was revoked; ask the operator for a new one.",
  expired_token: "This token has expired; ask the operator for a new one.",
} as const;

export type TokenRefusalCode = keyof typeof MESSAGES;

/** The refusal of that code; a code of nobody's is an unknown token. */
export function tokenRefusal(code: string): { code: TokenRefusalCode; message: string } {
  const known = isTokenRefusal(code) ? code : "unknown_token";
  return { code: known, message: MESSAGES[known] };
}

function isTokenRefusal(code: string): code is TokenRefusalCode {
  return Object.hasOwn(MESSAGES, code);
}
