/** [PIDE1] A repeated Idempotency-Key gives the first answer again; with other parameters it is refused. */
import { Refusal } from "../../refusal.ts";

export type Answer = { status: number; body: unknown };

export class IdempotentAnswers {
  readonly #answers = new Map<string, { request: string; answer: Answer }>();

  /** Without a key every request is new. Refused requests are not kept, as they changed nothing. */
  once(
    key: string | undefined,
    request: string,
    make: () => Answer,
  ): { answer: Answer; replayed: boolean } {
    if (key === undefined) return { answer: make(), replayed: false };
    const known = this.#answers.get(key);
    if (known === undefined) {
      const answer = structuredClone(make());
      this.#answers.set(key, { request, answer });
      return { answer, replayed: false };
    }
    if (known.request !== request)
      throw new Refusal(
        400,
        "idempotency_error",
        `Keys for idempotent requests can only be used with the same parameters they were first used with: '${key}'.`,
      );
    return { answer: known.answer, replayed: true };
  }
}
