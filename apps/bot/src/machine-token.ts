/**
 * Exchanges the machine token for short-lived JWTs.
 *
 * The Convex client gives up for good when it is told that there is no token, so
 * an outage must never look like a refusal: an exchange is repeated until the
 * backend answers, and only its 401 ends the matter.
 */
import type { MachineRefusal } from "./backend.ts";
import { type Clock, pause } from "./clock.ts";
import { errorText, type Log } from "./log.ts";

const FIRST_RETRY_MS = 1_000;
const MOST_RETRY_MS = 15_000; // a JWT lives ten minutes: there is time to wait out a restart
const ANSWER_MS = 10_000;

export interface MachineTokenOptions {
  readonly siteUrl: string;
  readonly machineToken: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly onRefused: (refusal: MachineRefusal) => void;
}

type Answer = { readonly jwt: string } | { readonly refusal: MachineRefusal };

export class MachineToken {
  readonly #options: MachineTokenOptions;
  readonly #closing = new AbortController();
  #exchanging: Promise<string | null> | null = null;

  constructor(options: MachineTokenOptions) {
    this.#options = options;
  }

  /** A fresh JWT, or null when the backend refuses the token or `close` was called. */
  jwt(): Promise<string | null> {
    this.#exchanging ??= this.#exchange().finally(() => {
      this.#exchanging = null;
    });
    return this.#exchanging;
  }

  close(): void {
    this.#closing.abort();
  }

  async #exchange(): Promise<string | null> {
    const { clock, log, onRefused } = this.#options;
    for (let retryInMs = FIRST_RETRY_MS; !this.#closing.signal.aborted; ) {
      try {
        const answer = await this.#ask();
        if ("jwt" in answer) return answer.jwt;
        onRefused(answer.refusal);
        return null;
      } catch (error) {
        log("auth.unreachable", { error: errorText(error), retryInMs });
      }
      await pause(clock, retryInMs, this.#closing.signal);
      retryInMs = Math.min(MOST_RETRY_MS, retryInMs * 2);
    }
    return null;
  }

  async #ask(): Promise<Answer> {
    const { siteUrl, machineToken } = this.#options;
    const response = await fetch(`${siteUrl}/auth/machine`, {
      method: "POST",
      headers: { authorization: `Bearer ${machineToken}` },
      signal: AbortSignal.timeout(ANSWER_MS),
    });
    if (response.status === 401) return { refusal: await readRefusal(response) };
    if (!response.ok) throw new Error(`${siteUrl}/auth/machine answers ${response.status}`);
    const { token }: { token?: unknown } = await response.json();
    if (typeof token !== "string") throw new Error(`${siteUrl}/auth/machine answers no token`);
    return { jwt: token };
  }
}

/** A 401 is a refusal, whatever its body says. */
async function readRefusal(response: Response): Promise<MachineRefusal> {
  const body: { code?: unknown; message?: unknown } = await response.json().catch(() => ({}));
  return {
    code: typeof body.code === "string" ? body.code : "unauthorized",
    message: typeof body.message === "string" ? body.message : "The machine token is not accepted.",
  };
}
