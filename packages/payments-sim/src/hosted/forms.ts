/** Reads what a person sent with a form of a hosted page. */
import type { Context } from "hono";
import { type Fields, readText } from "../fields.ts";
import { refuse } from "../refusal.ts";

export async function readForm(c: Context): Promise<Fields> {
  return Object.fromEntries(new URLSearchParams(await c.req.text()));
}

export function readEmail(form: Fields): string {
  const email = readText(form, "email")?.trim().toLowerCase() ?? "";
  if (!/^[^@\s]+@[^@\s]+$/.test(email))
    throw refuse.invalid("email", "Please give an e-mail address.");
  return email;
}

/** Texts given in the address as `name[key]=value`. */
export function bracketed(query: URLSearchParams, name: string): Record<string, string> {
  return Object.fromEntries(
    [...query].flatMap(([key, value]) => {
      const inner = key.startsWith(`${name}[`) && key.endsWith("]");
      return inner ? [[key.slice(name.length + 1, -1), value] as const] : [];
    }),
  );
}
