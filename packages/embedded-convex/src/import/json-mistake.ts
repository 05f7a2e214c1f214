/** Where a text stops being JSON: `JSON.parse` says so only for some mistakes. */

const SPACE = /[ \t\r\n]*/y;
const SCALAR =
  /"(?:[^"\\\p{Cc}]+|\\(?:["\\/bfnrt]|u[\da-f]{4}))*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:e[+-]?\d+)?|true|false|null/iuy;
const KEY = /"(?:[^"\\\p{Cc}]+|\\(?:["\\/bfnrt]|u[\da-f]{4}))*"[ \t\r\n]*:/iuy;

type Expected = "value" | "value or ]" | "key" | "key or }" | "end";

/** The line, counted from 1, of the first token that does not fit; the last line for a text that ends too early. */
export function lineOfMistake(text: string): number {
  const open: ("[" | "{")[] = [];
  let expected: Expected = "value";
  let at = 0;
  const take = (pattern: RegExp): boolean => {
    pattern.lastIndex = at;
    const fits = pattern.test(text);
    if (fits) at = pattern.lastIndex;
    return fits;
  };
  const begin = (bracket: "[" | "{") => {
    open.push(bracket);
    at++;
    expected = bracket === "[" ? "value or ]" : "key or }";
  };
  const close = (bracket: "[" | "{"): boolean => {
    if (open.at(-1) !== bracket) return false;
    open.pop();
    at++;
    expected = "end";
    return true;
  };
  /** Takes one token; false where none fits. */
  const step = (): boolean => {
    const next = text[at];
    if (next === "]" && (expected === "end" || expected === "value or ]")) return close("[");
    if (next === "}" && (expected === "end" || expected === "key or }")) return close("{");
    if (expected === "end") {
      if (next !== "," || open.length === 0) return false;
      at++;
      expected = open.at(-1) === "[" ? "value" : "key";
      return true;
    }
    if (expected === "key" || expected === "key or }") {
      if (!take(KEY)) return false;
      expected = "value";
      return true;
    }
    if (next === "[" || next === "{") begin(next);
    else if (take(SCALAR)) expected = "end";
    else return false;
    return true;
  };
  do take(SPACE);
  while (step());
  return text.slice(0, at).split("\n").length;
}
