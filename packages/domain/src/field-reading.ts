/**
 * Reading fields of untrusted JSON, one refusal at a time: every refusal names
 * the field, what was found and what to send instead.
 *
 * Owns no rule about events. A refusal is thrown inside the parser only, and
 * caught by its one entry (`parseSourceEvent`), so callers get a value.
 */

/** Why an event was refused. Stable: sources branch on these, docs/ingest.md lists them. */
export type RefusalCode =
  | "not_an_object"
  | "unknown_field"
  | "missing_field"
  | "wrong_type"
  | "bad_id"
  | "bad_type"
  | "bad_kind"
  | "bad_url"
  | "time_too_old"
  | "time_in_future"
  | "text_too_long"
  | "too_many_embeds"
  | "embeds_too_long"
  | "too_many_attachments"
  | "empty_message";

/** A refusal on its way out of the parser. Never leaves this package. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly code: RefusalCode;

  constructor(code: RefusalCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** An object of unknown fields. */
export type Fields = Readonly<Record<string, unknown>>;

/** The value as an object. `path` says where it stands, in refusals. */
export function readObject(value: unknown, path: string): Fields {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new Refusal("not_an_object", `${path} is ${nameOfType(value)}; send a JSON object`);
  }
  return { ...value };
}

/** The value as an array of at most `most` items. */
export function readArray(
  value: unknown,
  path: string,
  limit: { most: number; code: RefusalCode },
): readonly unknown[] {
  if (!Array.isArray(value)) throw wrongType(path, value, "an array");
  if (value.length > limit.most) {
    throw new Refusal(limit.code, `${path} has ${value.length} items; send at most ${limit.most}`);
  }
  return value;
}

/** The value as text of at most `most` UTF-16 units, half characters replaced. */
export function readText(value: unknown, path: string, most: number): string {
  if (typeof value !== "string") throw wrongType(path, value, "a string");
  if (value.length > most) {
    throw new Refusal(
      "text_too_long",
      `${path} has ${value.length} characters; send at most ${most}`,
    );
  }
  return value.toWellFormed(); // half a surrogate pair cannot be stored as UTF-8
}

/** The value as text that must not be empty or blank. */
export function readName(value: unknown, path: string, most: number): string {
  const text = readText(value, path, most);
  if (text.trim() === "") throw new Refusal("missing_field", `${path} is empty; send a name`);
  return text;
}

/** The value as an id: printable ASCII without spaces. Numbers are refused: large ids lose digits as numbers. */
export function readId(value: unknown, path: string, most: number): string {
  if (typeof value !== "string") throw wrongType(path, value, "a string");
  if (value.length > most || !/^[\x21-\x7e]+$/.test(value)) {
    throw new Refusal(
      "bad_id",
      `${path} is not an id; send 1 to ${most} printable ASCII characters without spaces`,
    );
  }
  return value;
}

/** The value as a whole number within the bounds. */
export function readWhole(
  value: unknown,
  path: string,
  bounds: { least: number; most: number },
): number {
  if (typeof value !== "number" || !Number.isSafeInteger(value)) {
    throw wrongType(path, value, "a whole number");
  }
  if (value < bounds.least || value > bounds.most) {
    throw new Refusal(
      "wrong_type",
      `${path} is ${value}; send a whole number from ${bounds.least} to ${bounds.most}`,
    );
  }
  return value + 0; // turns -0 into 0
}

/** The value as an absolute http or https address. */
export function readUrl(value: unknown, path: string, most: number): string {
  const text = readText(value, path, most);
  if (!/^https?:\/\/[^\s/?#]\S*$/i.test(text)) {
    throw new Refusal(
      "bad_url",
      `${path} is not an address; send one that begins with https:// or http://`,
    );
  }
  return text;
}

/** The value as one of the words given. */
export function readWord<Word extends string>(
  value: unknown,
  path: string,
  choice: { words: readonly Word[]; code: RefusalCode },
): Word {
  const word = choice.words.find((known) => known === value);
  if (word !== undefined) return word;
  if (typeof value !== "string") throw wrongType(path, value, "a string");
  throw new Refusal(
    choice.code,
    `${path} is ${JSON.stringify(value.slice(0, 40))}; send one of ${choice.words.join(", ")}`,
  );
}

/** `read` applied to a field, or undefined if the field is absent or null. */
export function readOptional<T>(
  fields: Fields,
  name: string,
  read: (value: unknown) => T,
): T | undefined {
  const value = fields[name];
  return value === undefined || value === null ? undefined : read(value);
}

/** `read` applied to a field that must be there. */
export function readRequired<T>(
  fields: Fields,
  name: string,
  path: string,
  read: (value: unknown) => T,
): T {
  const value = fields[name];
  if (value === undefined || value === null) {
    throw new Refusal("missing_field", `${path} is missing; every event needs it`);
  }
  return read(value);
}

/** Refuses fields outside `known`: a misspelt name would otherwise be lost without a word. */
export function refuseUnknown(fields: Fields, known: readonly string[], path: string): void {
  const unknown = Object.keys(fields).find((name) => !known.includes(name));
  if (unknown === undefined) return;
  throw new Refusal(
    "unknown_field",
    `${path} has the unknown field ${JSON.stringify(unknown.slice(0, 40))}; known are ${known.join(", ")}`,
  );
}

/** T with each field that may be undefined turned into one that may be absent. */
export type Present<T> = {
  [K in keyof T as undefined extends T[K] ? never : K]: T[K];
} & { [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined> };

/** The object without the fields that are undefined. */
export function withoutAbsent<T extends object>(fields: T): Present<T> {
  const present = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(present) as Present<T>;
}

function wrongType(path: string, value: unknown, wanted: string): Refusal {
  return new Refusal("wrong_type", `${path} is ${nameOfType(value)}; send ${wanted}`);
}

function nameOfType(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "an array";
  if (typeof value === "object") return "an object";
  if (typeof value === "number" && !Number.isSafeInteger(value)) return "not a whole number";
  return value === undefined ? "missing" : `a ${typeof value}`;
}
