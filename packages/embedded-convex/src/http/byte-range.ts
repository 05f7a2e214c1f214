/**
 * The `Range` header of a download.
 *
 * [HTTP25] One satisfiable range is honoured; several, an unreadable or an unsatisfiable one are
 *          refused with 416; an empty file is always sent whole.
 */

export type ByteRange =
  | { readonly kind: "whole" }
  /** Both included. */
  | { readonly kind: "part"; readonly start: number; readonly end: number }
  | { readonly kind: "unsatisfiable" };

export function readRange(header: string | undefined, size: number): ByteRange {
  if (header === undefined || size === 0) return { kind: "whole" };
  const [, first, last] = /^\s*bytes=\s*(\d*)-(\d*)\s*$/.exec(header) ?? [];
  if (first === undefined || last === undefined || (first === "" && last === "")) {
    return { kind: "unsatisfiable" };
  }
  if (first === "") {
    const length = Math.min(Number(last), size);
    return length === 0
      ? { kind: "unsatisfiable" }
      : { kind: "part", start: size - length, end: size - 1 };
  }
  const start = Number(first);
  const end = last === "" ? size - 1 : Math.min(Number(last), size - 1);
  return start >= size || end < start ? { kind: "unsatisfiable" } : { kind: "part", start, end };
}
