/**
 * Reads JSON as alerts are written by hand: placeholders stand in it unquoted, and
 * what they become need not be JSON. Only what is outside of strings is repaired:
 *
 *   {"close": NaN}         ->  {"close": null}
 *   {"close": {{close}}}   ->  {"close": "{{close}}"}
 *   a line break in a string  ->  \n
 */
const PIECE = /"(?:[^"\\]|\\[\s\S])*"|\{\{[^{}"\n]*\}\}|-?\b(?:NaN|Infinity)\b/g;

/** The value, or undefined when the text is no JSON even then. */
export function parseLenientJson(text: string): unknown {
  return parse(text) ?? parse(repaired(text));
}

function repaired(text: string): string {
  return text.replace(PIECE, (piece) => {
    if (piece.startsWith('"')) return piece.replace(/[\n\r\t]/g, escaped);
    return piece.startsWith("{") ? JSON.stringify(piece) : "null";
  });
}

function escaped(control: string): string {
  return JSON.stringify(control).slice(1, -1);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
