/** What a page asks of the password provider: read once, here, from what the client sent. */
import { findPasswordFault, normalizeEmail, type PasswordFault } from "@heliograph/domain";
import { ConvexError, type Value } from "convex/values";
import { readCode } from "./codes.ts";

/** The names of the flows are Convex Auth's. */
export type PasswordFlow =
  | {
      readonly flow: "signUp";
      readonly email: string;
      readonly password: string;
      readonly name: string;
    }
  | { readonly flow: "signIn"; readonly email: string; readonly password: string }
  | {
      readonly flow: "email-verification";
      readonly email: string;
      readonly password: string;
      readonly code: string;
    }
  | { readonly flow: "reset"; readonly email: string }
  | {
      readonly flow: "reset-verification";
      readonly email: string;
      readonly code: string;
      readonly newPassword: string;
    };

type Params = Partial<Record<string, Value | undefined>>;

const MOST_NAME_LENGTH = 80;

const FAULTS: Record<PasswordFault, string> = {
  short: "Use at least 10 characters.",
  long: "Use at most 200 characters.",
  common: "This password is tried first by everybody who guesses. Use several words.",
  likeEmail: "This password can be guessed from the e-mail. Use several words.",
};

/** The flow, with a normalised e-mail. Throws `bad_input` or `weak_password`. */
export function readPasswordFlow(params: Params): PasswordFlow {
  const { flow } = params;
  const email = readEmail(params.email);
  switch (flow) {
    case "signUp": {
      const password = getText(params, "password");
      checkPassword(password, email);
      return { flow, email, password, name: readName(params.name) };
    }
    case "signIn":
      return { flow, email, password: getText(params, "password") };
    case "email-verification": {
      const code = readCode(getText(params, "code"));
      return { flow, email, password: getText(params, "password"), code };
    }
    case "reset":
      return { flow, email };
    case "reset-verification": {
      const newPassword = getText(params, "newPassword");
      checkPassword(newPassword, email);
      return { flow, email, newPassword, code: readCode(getText(params, "code")) };
    }
    default:
      throw badInput("There is no such way to sign in.");
  }
}

/** The normalised e-mail. Throws `bad_input`. */
export function readEmail(value: unknown): string {
  const email = typeof value === "string" ? normalizeEmail(value) : null;
  if (email === null) throw badInput("Give an e-mail address.");
  return email;
}

/** Throws `weak_password`, with why. */
export function checkPassword(password: string, email: string): void {
  const fault = findPasswordFault(password, email);
  if (fault === null) return;
  throw new ConvexError({ code: "weak_password", fault, message: FAULTS[fault] });
}

/** The name without ends. Throws `bad_input` when it is too long. */
export function readName(value: unknown): string {
  const name = typeof value === "string" ? value.trim() : "";
  if (name.length > MOST_NAME_LENGTH) {
    throw badInput(`Use a name of at most ${MOST_NAME_LENGTH} characters.`);
  }
  return name;
}

/** What is thrown at input that cannot be used. */
export function badInput(message: string): ConvexError<{ code: string; message: string }> {
  return new ConvexError({ code: "bad_input", message });
}

function getText(params: Params, name: string): string {
  const value = params[name];
  if (typeof value !== "string" || value === "") throw badInput(`Give ${name}.`);
  return value;
}
