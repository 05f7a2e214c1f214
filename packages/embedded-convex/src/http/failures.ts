/**
 * Failures of a request as a status and `{code, message}`. Errors of user functions
 * are not failures: they are answered with 200.
 *
 * [HTTP3] Whatever is thrown gets an answer; what nobody foresaw is logged and told
 *         only as InternalServerError.
 */
import {
  AuthError,
  ConflictError,
  DeveloperError,
  OccError,
  OutOfRetentionError,
  OverloadedError,
  PushError,
} from "../errors.ts";
import type { Logger } from "../rooms.ts";
import { errorAnswer, type HttpAnswer, HttpError } from "./exchange.ts";

export function answerFailure(error: unknown, logger: Logger): HttpAnswer {
  const status = statusOf(error);
  if (status !== null && error instanceof Error && "code" in error) {
    return errorAnswer(status, String(error.code), error.message);
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  logger("error", "http.request_failed", { error: text });
  const message = "Your request couldn't be completed. Try again later.";
  return errorAnswer(500, "InternalServerError", message);
}

/** Null for what nobody foresaw. */
function statusOf(error: unknown): number | null {
  if (error instanceof HttpError || error instanceof AuthError) return error.status;
  if (error instanceof PushError || error instanceof DeveloperError) return 400;
  if (error instanceof OverloadedError) {
    return error.code === "TooManyConcurrentRequests" ? 429 : 503;
  }
  const passing =
    error instanceof OccError ||
    error instanceof ConflictError ||
    error instanceof OutOfRetentionError;
  return passing ? 503 : null;
}
