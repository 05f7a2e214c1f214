import { expect, test, vi } from "vitest";
import { MediaCache } from "./media-cache.ts";
import type { LoadMedia } from "./mirror-files.ts";

test("a medium is fetched once, however many targets ask for it together", async () => {
  const fetch = vi.fn<LoadMedia>(async (id) => Buffer.from(id));
  const cache = new MediaCache(fetch);
  const answers = await Promise.all(["a", "a", "a", "b"].map(cache.load));
  expect(answers.map(String)).toEqual(["a", "a", "a", "b"]);
  expect(fetch).toHaveBeenCalledTimes(2);
});

test("the oldest leave when the bound is reached; what failed or is gone is asked again", async () => {
  const fetch = vi.fn<LoadMedia>(async (id) => (id === "gone" ? null : Buffer.alloc(40)));
  const cache = new MediaCache(fetch, 100);
  for (const id of ["a", "b", "c", "b", "a", "gone", "gone"]) await cache.load(id);
  expect(fetch.mock.calls.map(([id]) => id)).toEqual(["a", "b", "c", "a", "gone", "gone"]);
  fetch.mockRejectedValueOnce(new Error("away"));
  await expect(cache.load("d")).rejects.toThrow("away");
  expect(await cache.load("d")).toHaveLength(40);
});
