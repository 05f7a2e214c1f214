/**
 * How this deployment sends mail.
 *
 * [MAIL6] The outbox shows codes in the console: it is refused where customers are not on the same machine.
 */
import { isLoopback } from "@heliograph/domain";
import { ConvexError } from "convex/values";
import { findEnvironment } from "../environment.ts";

export type MailMode = "http" | "smtp" | "outbox";
type Problem = ConvexError<{ code: string; message: string }>;

/** The mode, or what is wrong with what is set. */
export function readMailMode():
  | { readonly mode: MailMode; readonly problem: null }
  | { readonly mode: null; readonly problem: Problem } {
  const mode = findEnvironment("HELIOGRAPH_MAIL_MODE");
  if (mode === "outbox" && !isLoopback(findEnvironment("SITE_URL") ?? "")) {
    return { mode: null, problem: outboxNotLocal() };
  }
  if (mode === "http" || mode === "smtp" || mode === "outbox") return { mode, problem: null };
  return { mode: null, problem: notConfigured() };
}

/** The mode. Throws `not_configured` or `outbox_not_local`. */
export function getMailMode(): MailMode {
  const { mode, problem } = readMailMode();
  if (mode === null) throw problem;
  return mode;
}

function notConfigured(): Problem {
  const message =
    "Set HELIOGRAPH_MAIL_MODE to http, smtp or outbox in the deployment's environment.";
  return new ConvexError({ code: "not_configured", message });
}

function outboxNotLocal(): Problem {
  const message =
    "HELIOGRAPH_MAIL_MODE is outbox, which is for a demo on one machine: SITE_URL is elsewhere. Set it to http or smtp.";
  return new ConvexError({ code: "outbox_not_local", message });
}
