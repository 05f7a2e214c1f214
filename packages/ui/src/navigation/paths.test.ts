import { expect, test } from "vitest";
import { makePaths } from "./paths.ts";

const { viewAt, pathOf } = makePaths({ live: "/", latency: "/latency", done: "/checkout/return" });

test("each view has an address that leads back to it", () => {
  const views = ["live", "latency", "done"] as const;
  expect(views.map((view) => viewAt(pathOf(view)))).toEqual(views);
});

test("a slash at the end does not matter, an unknown path is no view", () => {
  expect(viewAt("/latency/")).toBe("latency");
  const unknown = ["/nope", "/live", "/latency/x", "//", "", "/toString"];
  expect(unknown.map(viewAt)).toEqual(unknown.map(() => null));
});
