/** Sends a mail through an HTTP provider: one POST of JSON with a bearer token, as Resend and its like take it. */
import { getEnvironment } from "../environment.ts";
import type { Mail, SendResult } from "./validators.ts";

const PATIENCE_MS = 20_000;

/** One attempt. `key` stays the same across attempts, so that the provider sends once. Throws only if not configured. */
export async function sendOverHttp(mail: Mail, key: string): Promise<SendResult> {
  const url = getEnvironment("HELIOGRAPH_MAIL_HTTP_URL");
  const bearer = getEnvironment("HELIOGRAPH_MAIL_HTTP_KEY");
  const from = getEnvironment("HELIOGRAPH_MAIL_FROM");
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: {
        authorization: `Bearer ${bearer}`,
        "content-type": "application/json",
        "idempotency-key": key,
      },
      body: JSON.stringify({ from, to: [mail.to], subject: mail.subject, text: mail.text }),
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    await response.body?.cancel();
    return judge(response.status);
  } catch {
    return { ok: false, code: "unreachable", final: false };
  }
}

/** A mail that was refused for what it is is refused again; a wrong key or a full house may pass. */
function judge(status: number): SendResult {
  if (status >= 200 && status < 300) return { ok: true };
  const final = status === 400 || status === 413 || status === 422;
  return { ok: false, code: `http_${status}`, final };
}
