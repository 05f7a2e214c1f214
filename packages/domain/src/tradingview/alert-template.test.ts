import fc from "fast-check";
import { expect, test } from "vitest";
import { readTemplate } from "./alert-template.ts";

test.each([
  ["", "empty_template", 1, 1],
  ["x".repeat(4_001), "template_too_long", 1, 4_001],
  ["Buy {{ticker", "unclosed_placeholder", 1, 5],
  ["Buy {{ticker\n}}", "unclosed_placeholder", 1, 5],
  ["Buy {{a {{b}}", "unclosed_placeholder", 1, 5],
  ["one\ntwo [[ {{a}}", "unclosed_section", 2, 5],
  ["one }} two", "stray_close", 1, 5],
  ["one ]] two", "stray_close", 1, 5],
  ["[[ {{a}} [[ {{b}} ]] ]]", "nested_section", 1, 10],
  ["one\n[[words]]", "empty_section", 2, 1],
  ["{{}}", "bad_placeholder", 1, 1],
  ["{{a|}}", "bad_placeholder", 1, 1],
  ["{{a{b}}", "bad_placeholder", 1, 1],
  ['{{"one"|a}}', "bad_placeholder", 1, 1],
  ["{{a:shout}}", "unknown_filter", 1, 1],
])("[TVT1] %j is refused as %s", (source, code, line, column) => {
  const read = readTemplate(source);
  expect(read).toMatchObject({ ok: false, fault: { code, line, column } });
  expect(read.ok ? "" : read.fault.message).toMatch(/\.$/);
});

test("[TVT1] words may hold what otherwise separates", () => {
  expect(readTemplate('{{Price|"a|b:c":upper}}')).toEqual({
    ok: true,
    template: [{ kind: "value", names: ["price"], otherwise: "a|b:c", filters: ["upper"] }],
  });
});

test("[TVT1] no text makes the reader throw", () => {
  const parts = fc.constantFrom("{{", "}}", "[[", "]]", "a", "|", ":", '"', "\n", " ");
  fc.assert(fc.property(fc.array(parts), (pieces) => void readTemplate(pieces.join(""))));
});
