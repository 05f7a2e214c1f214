import { expect, test } from "vitest";
import { pathOf, type View, viewAt } from "./router.ts";

test("each view has an address that leads back to it", () => {
  const views: View[] = ["live", "latency", "sources", "machines"];
  expect(views.map((view) => viewAt(pathOf(view)))).toEqual(views);
});

test("a slash at the end does not matter, an unknown path is no view", () => {
  expect(viewAt("/latency/")).toBe("latency");
  expect(["/nope", "/live", "/latency/x", "//", ""].map(viewAt)).toEqual([
    null,
    null,
    null,
    null,
    null,
  ]);
});
