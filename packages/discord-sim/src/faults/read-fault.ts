/** Reads a fault command from JSON. Throws the refusal naming what is wrong. */
import { type Fields, FormErrors } from "../messages/form-errors.ts";
import { readInteger, readRequiredText, readText } from "../messages/read-fields.ts";
import type { FaultCommand } from "./faults.ts";

const MAX_ROUTE_CHARS = 200;
const MAX_MS = 3_600_000;

export function readFault(fields: Fields): FaultCommand {
  const errors = new FormErrors();
  const whole = (name: string, max: number) =>
    readInteger(fields[name], max, { errors, path: [name] });
  const where = () => ({
    route: readRequiredText(fields.route, MAX_ROUTE_CHARS, { errors, path: ["route"] }),
    ...present(
      "times",
      fields.times === "always" ? ("always" as const) : whole("times", 1_000_000),
    ),
  });
  const command = readKind(fields, { errors, whole, where });
  if (command === undefined) errors.add(["kind"], "BASE_TYPE_CHOICES", "No such fault.");
  errors.throwIfAny();
  if (command === undefined) throw errors.refusal();
  return command;
}

type Readers = {
  errors: FormErrors;
  whole(name: string, max: number): number | undefined;
  where(): { route: string; times?: number | "always" };
};

function readKind(fields: Fields, { errors, whole, where }: Readers): FaultCommand | undefined {
  switch (fields.kind) {
    case "fail": {
      const message = readText(fields.message, 200, { errors, path: ["message"] });
      const scope = (["user", "global", "shared"] as const).find((known) => known === fields.scope);
      return {
        kind: "fail",
        ...where(),
        status: whole("status", 599) ?? 500,
        ...present("code", whole("code", 1_000_000)),
        ...present("message", message),
        ...present("retryAfterMs", whole("retryAfterMs", MAX_MS)),
        ...present("scope", scope),
      };
    }
    case "delay":
      return { kind: "delay", ...where(), delayMs: whole("delayMs", MAX_MS) ?? 0 };
    case "loseAnswer":
      return { kind: "loseAnswer", ...where(), how: fields.how === "hang" ? "hang" : "reset" };
    case "dropGateway":
      return {
        kind: "dropGateway",
        ...present("code", whole("code", 4_999)),
        forget: fields.forget === true,
      };
    case "loseEvents": {
      const event = readRequiredText(fields.event, 100, { errors, path: ["event"] });
      return { kind: "loseEvents", event, times: whole("times", 1_000_000) };
    }
    case "invalidateSessions":
      return { kind: "invalidateSessions", resumable: fields.resumable === true };
    case "ignoreHeartbeats":
    case "answerHeartbeats":
    case "liftBan":
    case "askToReconnect":
    case "holdGateway":
    case "releaseGateway":
    case "clear":
      return { kind: fields.kind };
    default:
      return undefined;
  }
}

function present<K extends string, T>(key: K, value: T | undefined): { [P in K]?: T } {
  return value === undefined ? {} : ({ [key]: value } as { [P in K]?: T });
}
