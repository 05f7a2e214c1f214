import fc from "fast-check";
import { expect, test } from "vitest";
import { lineOfMistake } from "./json-mistake.ts";

test.for([
  ['[\n{"a": 1},\n{"b": }\n]', 3],
  ['[{"a": 1}\n{"b": 2}]', 2],
  ['[\n{"a": nope}]', 2],
  ['[{"a": 1,\n}]', 2],
  ["[1,\n\n]", 3],
  ['[{"a": "line\nbreak"}]', 1],
  ["[\n\n1\n", 4],
  ["[1]\n\n]", 3],
  ['{"a": [1, {"b": "\\u00e9"}], "c":\n01}', 2],
  ["", 1],
] as const)("[IMPORT7] %j stops being JSON in line %i", ([text, line]) => {
  expect(() => JSON.parse(text)).toThrow();
  expect(lineOfMistake(text)).toBe(line);
});

test("[IMPORT7] what is JSON up to its end is followed to its end", () => {
  fc.assert(
    fc.property(fc.json(), (json) => {
      const pretty = JSON.stringify(JSON.parse(json), null, 1);
      expect(lineOfMistake(`${pretty}\n?`)).toBe(pretty.split("\n").length + 1);
    }),
  );
});
