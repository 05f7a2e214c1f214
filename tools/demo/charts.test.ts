import { crc32, inflateSync } from "node:zlib";
import { expect, test } from "vitest";
import { CHART_IDS, chartPng, isChartId } from "./charts.ts";

/** The chunks of a PNG file, each with its checksum verified. */
function chunksOf(png: Buffer): { type: string; data: Buffer }[] {
  const chunks: { type: string; data: Buffer }[] = [];
  for (let at = 8; at < png.length; ) {
    const length = png.readUInt32BE(at);
    const body = png.subarray(at + 4, at + 8 + length);
    expect(png.readUInt32BE(at + 8 + length)).toBe(crc32(body));
    chunks.push({ type: body.toString("latin1", 0, 4), data: body.subarray(4) });
    at += 12 + length;
  }
  return chunks;
}

test.each(CHART_IDS)("the chart %s is a valid PNG of 640 by 360", (id) => {
  const png = chartPng(id);
  expect(png.subarray(0, 8).toString("latin1")).toBe("\x89PNG\r\n\x1a\n");
  const chunks = chunksOf(png);
  expect(chunks.map(({ type }) => type)).toEqual(["IHDR", "IDAT", "IEND"]);
  const [header, image] = chunks;
  expect([header?.data.readUInt32BE(0), header?.data.readUInt32BE(4)]).toEqual([640, 360]);
  expect(inflateSync(image?.data ?? "")).toHaveLength((640 * 3 + 1) * 360);
  expect(png.length).toBeLessThan(32 * 1024);
});

test("charts differ from each other and the same one is always the same", () => {
  const drawn = CHART_IDS.map((id) => chartPng(id).toString("base64"));
  expect(new Set(drawn).size).toBe(CHART_IDS.length);
  expect(CHART_IDS.map((id) => chartPng(id).toString("base64"))).toEqual(drawn);
});

test("only known ids are charts", () => {
  expect(isChartId("btcLong")).toBe(true);
  expect(isChartId("toString")).toBe(false);
});
