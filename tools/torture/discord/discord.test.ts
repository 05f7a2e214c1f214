/** A short torture of what is between the backend and Discord; `npm run test:long` has the long one. */
import { expect, test } from "vitest";
import { tortureDiscord } from "./torture-discord.ts";

test("whatever happens and fails, Discord ends as it is wanted, each post once", async () => {
  const said: string[] = [];
  const report = await tortureDiscord({ runs: 30, seed: 1 }, (line) => said.push(line));
  expect(report, said.join("\n")).toEqual({ runs: 30, diverged: 0, duplicates: 0, orphans: 0 });
}, 120_000);
