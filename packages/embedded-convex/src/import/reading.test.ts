import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { expect, test } from "vitest";
import { parseCsv } from "./csv.ts";
import { csv, jsonArray, jsonLines } from "./document-files.ts";
import { parseJson } from "./lossless-json.ts";
import { TextBudget } from "./text-lines.ts";

const bytes = (text: string | Uint8Array, chunk = 3) => {
  const whole = Buffer.from(text);
  const parts = Array.from({ length: Math.ceil(whole.length / chunk) }, (_, i) =>
    whole.subarray(i * chunk, (i + 1) * chunk),
  );
  return Readable.from(parts);
};
async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}
const lines = async (text: string | Uint8Array, uniform = false) => {
  const settings = { name: "file", uniform, budget: new TextBudget() };
  return await collect(jsonLines(bytes(text), settings));
};
const int = (n: bigint) => {
  const eight = Buffer.alloc(8);
  eight.writeBigInt64LE(n);
  return { $integer: eight.toString("base64") };
};

test("[IMPORT2] in a uniform file whole numbers are int64, all others float64", () => {
  const text = '{"a":1,"b":1.0,"c":[-9223372036854775808,1e2,-0.0],"d":"7","__proto__":2}';
  expect(parseJson(text, true)).toEqual(
    Object.fromEntries([
      ["a", int(1n)],
      ["b", 1],
      ["c", [int(-(2n ** 63n)), 100, -0]],
      ["d", "7"],
      ["__proto__", int(2n)],
    ]),
  );
  expect(() => parseJson("9223372036854775808", true)).toThrow("does not fit into 64 bits");
});

test("[IMPORT2] elsewhere every number is a float64", () => {
  expect(parseJson('{"a":1,"b":{"$integer":"AQAAAAAAAAA="}}', false)).toEqual({ a: 1, b: int(1n) });
});

test("[IMPORT2] lines may end anywhere in a chunk, be blank, and lack the last line break", async () => {
  const found = await lines('{"text":"ü🛰"}\n\n  \r\n{"n":1}', true);
  expect(found).toEqual([
    { where: "file line 1", value: { text: "ü🛰" } },
    { where: "file line 4", value: { n: int(1n) } },
  ]);
});

test("[IMPORT7] mistakes name the place", async () => {
  await expect(lines('{"n":1}\nnull')).rejects.toThrow("file line 2 is not a JSON object");
  await expect(lines(new Uint8Array([123, 255, 125]))).rejects.toThrow("file line 1 is not UTF-8");
  await expect(lines("\ufeff{}")).rejects.toThrow("byte order mark");
  const array = (text: string) => collect(jsonArray(bytes(text), new TextBudget()));
  await expect(array("{}")).rejects.toThrow("not a JSON array");
  await expect(array("[{},2]")).rejects.toThrow("element 2 is not a JSON object");
  const table = (text: string) => collect(csv(bytes(text), new TextBudget()));
  await expect(table("a,b\n1")).rejects.toThrow("line 2 has 1 cells, but the header has 2");
  await expect(table('a\n"x"y')).rejects.toThrow("line 2 has a quote that does not fit");
});

test("[IMPORT7] more text than an import can take is refused while it is read", async () => {
  const budget = new TextBudget();
  budget.take(64 * 1024 * 1024 - 5);
  const settings = { name: "file", uniform: false, budget };
  await expect(collect(jsonLines(bytes('{"n":1}'), settings))).rejects.toThrow("64 MiB");
});

test("[IMPORT3] quoted cells hold commas, quotes and line breaks; numbers are float64", () => {
  const rows = [...parseCsv('a,"b",c\r\n1,"x,""y""\n",-1.5e3\r\n\n,NaN,-inf\n"7",007,0x1\n')];
  expect(rows).toEqual([
    { line: 2, value: { a: 1, b: 'x,"y"\n', c: -1500 } },
    { line: 5, value: { a: "", b: Number.NaN, c: Number.NEGATIVE_INFINITY } },
    { line: 6, value: { a: 7, b: 7, c: "0x1" } },
  ]);
});

test("[IMPORT3] a very long cell is read", async () => {
  const cell = "x".repeat(3_000_000);
  const text = (await buffer(Readable.from([`a\n"${cell}"`], { objectMode: false }))).toString();
  expect([...parseCsv(text)][0]?.value.a).toBe(cell);
});
