/**
 * A provider's body for an operator's eyes: what tells how an event is to be read stays, what tells who
 * somebody is or how they pay does not. What is not known to be harmless is masked.
 *
 * [MASK1] E-mails, names, addresses, phones, IPs and card data are never shown.
 */

/** Values under these names are masked whatever they look like. */
const PERSONAL =
  /name|mail|phone|address|(^|_)ip$|^value$|^answer$|^line\d$|city|postal|zip|^state$|card|last4|iban|fingerprint|title|note|description|comment|text|url|social|secret/i;

/** Ids, words of a list, times, versions, numbers. */
const HARMLESS =
  /^([a-z]{2,8}_[A-Za-z0-9_]+|[a-z][a-z_.0-9]{0,40}|[A-Z_]{2,20}|\d{4}-\d{2}-\d{2}[T ]?[\d:.]*(Z|[+-]\d{2}:\d{2})?|\d{4}-\d{2}-\d{2}\.[a-z]+|v?-?\d+(\.\d+)*)$/;

/** Looks like a version, and says where somebody was. */
const IPV4 = /^\d{1,3}(\.\d{1,3}){3}$/;

/** The body as indented JSON without personal data; a body that is no JSON is not shown at all. */
export function maskBody(body: string): string {
  try {
    return JSON.stringify(JSON.parse(body), maskField, 2);
  } catch {
    return "";
  }
}

function maskField(name: string, value: unknown): unknown {
  if (typeof value === "number" && /last4|^exp_|phone|ip$/i.test(name)) return "***";
  if (typeof value !== "string" || value === "") return value;
  // `state` of an address is personal, `state` of an object is a word of a list; both look alike.
  const isHarmless = HARMLESS.test(value) && !IPV4.test(value);
  return PERSONAL.test(name) || !isHarmless ? "***" : value;
}
