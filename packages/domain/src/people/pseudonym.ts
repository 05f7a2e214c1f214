/**
 * Takes a person out of the JSON that a payment provider sent, and leaves everything that a fold reads:
 * ids, amounts, times, states. Knows fields by their names, in the spellings of the providers.
 *
 * [PSE1] Names, e-mails, phones, addresses and IPs become the pseudonym, wherever they stand.
 * [PSE2] Nothing else changes, and a second time changes nothing.
 * [PSE3] What speaks of somebody else stays as it is.
 */

/** What one person is known by in provider's events. */
export interface PersonMarks {
  readonly emails: readonly string[]; // normalised
  readonly ids: readonly string[]; // our user id, the provider's customers and objects
}

const NAMES = /^(name|full_?name|first_?name|last_?name|user_?name|username|nickname)$/i;
const HOLDERS_OF_NAMES =
  /(customer|billing|shipping|buyer|user|member|owner|person|contact|evidence|profile|recipient|card|discord|social|previous_attributes)/i;
const EMAILS = /e?mail(_address)?$/i;
const PHONES = /phone(_number)?$/i;
const IPS = /(^|_)ip(_?address)?$|purchase_ip$/i;
const ADDRESSES = /(^|_)address(es)?$/i;
const PERSONAL_TEXTS = /^(customer_name|customer_signature|cardholder_name|account_holder_name)$/i;

const MAILBOX = "@deleted.invalid";

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** Whether an event's text speaks of the person. Compares whole values, in any letter case for e-mails. */
export function speaksOf(text: string, marks: PersonMarks): boolean {
  const lower = text.toLowerCase();
  const escaped = (mark: string) => JSON.stringify(mark).slice(1, -1);
  const isWhole = (body: string, mark: string) =>
    mark !== "" && body.includes(`"${escaped(mark)}"`);
  const numbers = marks.ids.filter((id) => /^\d{4,}$/.test(id));
  return (
    marks.emails.some((email) => isWhole(lower, email.toLowerCase())) ||
    marks.ids.some((id) => isWhole(text, id)) ||
    numbers.some((id) => new RegExp(`[:\\[,]\\s*${id}\\s*[,}\\]]`).test(text))
  );
}

/** The event's text with the person replaced. A text that is no JSON is replaced as a whole. */
export function pseudonymise(text: string, marks: PersonMarks, pseudonym: string): string {
  let parsed: Json;
  try {
    parsed = JSON.parse(text);
  } catch {
    return JSON.stringify({ replaced: pseudonym });
  }
  const mentions = marks.emails.filter((email) => email !== "").map(patternOf);
  return JSON.stringify(replaceIn(parsed, "", { pseudonym, mentions }));
}

/** The pseudonym in an e-mail that was replaced; null for every other. */
export function pseudonymIn(email: string | null): string | null {
  return email?.endsWith(MAILBOX) === true ? email.slice(0, -MAILBOX.length) : null;
}

interface Replacement {
  readonly pseudonym: string;
  readonly mentions: readonly RegExp[]; // the person's e-mails inside other texts
}

function replaceIn(value: Json, holder: string, by: Replacement): Json {
  if (typeof value === "string") return withoutMentions(value, by);
  if (Array.isArray(value)) return value.map((item) => replaceIn(item, holder, by));
  if (value === null || typeof value !== "object") return value;
  const inner = value.object === "customer" ? "customer" : holder;
  return Object.fromEntries(
    Object.entries(value).map(([key, field]) => [key, replaceField(key, field, inner, by)]),
  );
}

function replaceField(key: string, value: Json, holder: string, by: Replacement): Json {
  if (ADDRESSES.test(key) && !EMAILS.test(key) && !IPS.test(key)) {
    return replaceLeaves(value, by.pseudonym);
  }
  if (typeof value !== "string" || value === "") return replaceIn(value, key, by);
  if (EMAILS.test(key)) return mailboxOf(by.pseudonym);
  if (IPS.test(key)) return "0.0.0.0";
  if (PHONES.test(key) || PERSONAL_TEXTS.test(key)) return by.pseudonym;
  if (NAMES.test(key) && HOLDERS_OF_NAMES.test(holder)) return by.pseudonym;
  return withoutMentions(value, by);
}

function withoutMentions(text: string, { pseudonym, mentions }: Replacement): string {
  return mentions.reduce((left, mention) => left.replace(mention, mailboxOf(pseudonym)), text);
}

function mailboxOf(pseudonym: string): string {
  return `${pseudonym}${MAILBOX}`;
}

function patternOf(email: string): RegExp {
  return new RegExp(email.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"), "gi");
}

/** Every text under it becomes the pseudonym, every number nought: the shape stays. */
function replaceLeaves(value: Json, pseudonym: string): Json {
  if (typeof value === "string") return value === "" ? value : pseudonym;
  if (typeof value === "number") return 0;
  if (Array.isArray(value)) return value.map((item) => replaceLeaves(item, pseudonym));
  if (value === null || typeof value === "boolean") return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, replaceLeaves(inner, pseudonym)]),
  );
}
