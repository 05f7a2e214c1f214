/** What was asked cannot be done: a stable code, a sentence for people, an HTTP status. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly status: number;
  readonly code: string;
  readonly param: string | undefined;

  constructor(status: number, code: string, message: string, param?: string) {
    super(message);
    this.status = status;
    this.code = code;
    this.param = param;
  }
}

export const refuse = {
  missing: (what: string, id: string) =>
    new Refusal(404, "resource_missing", `No such ${what}: '${id}'`, "id"),
  invalid: (param: string, message: string) => new Refusal(400, "invalid_request", message, param),
  state: (message: string) => new Refusal(409, "wrong_state", message),
};
