/**
 * Takes secrets out of what is logged. Rooms log names, codes and counts, never
 * arguments, results, variables or headers; but the text of an error may quote what it
 * met, so texts are cleaned of everything that has the form of a credential.
 *
 * Values that JSON cannot hold become texts: a log line never throws.
 */
const MASK = "[redacted]";

/** Field names that say what they hold. */
const SECRET_NAME = /(secret|token|password|authorization|cookie|admin_?key|api_?key|jwt)/i;

const FORMS: readonly (readonly [RegExp, string])[] = [
  // An admin key: the instance's name, then 64 hex digits, then perhaps whom to act as.
  [/[\w.:-]*\|[0-9a-f]{16,}(:[\w+/=-]+)?/gi, MASK],
  [/\beyJ[\w-]{4,}\.[\w-]+\.[\w-]*/g, MASK],
  // With a digit or padding in it: "basic authentication" is no credential.
  [/\b(Bearer|Convex|Basic)\s+(?=\S*[\d=])[\w+/=.|:~-]{8,}/gi, `$1 ${MASK}`],
  // Queries of addresses carry upload tokens and whatever users put there.
  [/(\bhttps?:\/\/[^\s"'?#]*|(?<![\w/])\/[\w./-]*)\?[^\s"']+/gi, `$1?${MASK}`],
  [/\b(https?:\/\/)[^\s/@"']+@/gi, `$1${MASK}@`],
  [/\b(token|secret|password|api_?key)=[^\s&"']+/gi, `$1=${MASK}`],
  [/-----BEGIN [^-]+-----[\s\S]*?(-----END [^-]+-----|$)/g, MASK],
];

export function redacted(
  fields: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      name,
      SECRET_NAME.test(name) ? MASK : cleaned(value),
    ]),
  );
}

function cleaned(value: unknown): unknown {
  switch (typeof value) {
    case "number":
    case "boolean":
    case "undefined":
      return value;
    case "string":
      return withoutSecrets(value);
    default:
      return value === null ? null : withoutSecrets(textOf(value));
  }
}

function textOf(value: unknown): string {
  if (value instanceof Error) return value.stack ?? String(value);
  if (typeof value !== "object") return String(value);
  try {
    return JSON.stringify(value);
  } catch {
    return String(value);
  }
}

function withoutSecrets(text: string): string {
  return FORMS.reduce((clean, [form, mask]) => clean.replace(form, mask), text);
}
