/** What the doctor finds: a stable code, how bad it is, what is wrong, and what to click. */

export type FindingCode =
  | "bot_unknown"
  | "bot_offline"
  | "bot_refused"
  | "intents_off"
  | "bot_not_in_server"
  | "channel_unknown"
  | "channel_wrong_kind"
  | "missing_permission"
  | "ping_role_unknown"
  | "ping_role_silent"
  | "role_unknown"
  | "role_not_givable"
  | "bot_below_role"
  | "token_full"
  | "webhook_budget"
  | "test_failed"
  | "test_unanswered";

export interface Finding {
  readonly code: FindingCode;
  /** An error means that it does not work; a warning that it may not, or not for long. */
  readonly severity: "error" | "warning";
  readonly message: string;
  /** What to do, in Discord's own words. */
  readonly fix: string;
}

/** Whether any of them says that it does not work. */
export function isBlocking(findings: readonly Finding[]): boolean {
  return findings.some(({ severity }) => severity === "error");
}
