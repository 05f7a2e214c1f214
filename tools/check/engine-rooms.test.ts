/** The picture of the engine's rooms, the layer rules and the folders say the same. */
import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import rows from "./engine-rooms.json" with { type: "json" };

const ENGINE = new URL("../../packages/embedded-convex/", import.meta.url);

test("the picture in ARCHITECTURE.md has the rows of the layer rules", () => {
  const [, picture = ""] = readFileSync(new URL("ARCHITECTURE.md", ENGINE), "utf8").split("```");
  const drawn = picture
    .split("\n")
    .map((line) => [...line.matchAll(/([a-z]+)\//g)].map(([, room]) => room))
    .filter((row) => row.length > 0);
  expect(drawn).toEqual(rows);
});

test("each folder of the engine is a room of the picture", () => {
  const folders = readdirSync(new URL("src", ENGINE), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);
  expect(rows.flat().sort()).toEqual(folders.sort());
});
