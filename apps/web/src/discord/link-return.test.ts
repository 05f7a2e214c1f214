import { expect, test } from "vitest";
import { takeLinkReturn } from "./link-return.ts";

function pageAt(pathname: string, search: string) {
  const replaced: string[] = [];
  const history = {
    replaceState: (_data: unknown, _unused: string, url: string) => void replaced.push(url),
  };
  return { page: { location: { pathname, search }, history }, replaced };
}

test("code and state leave the address at once, and reach the backend once", async () => {
  const { page, replaced } = pageAt("/link/discord/", "?code=c1&state=s1");
  const came = takeLinkReturn(page);
  expect(replaced).toEqual(["/link/discord"]);
  if (came?.state !== "answered") throw new Error("nothing came along");
  const brought: unknown[] = [];
  const complete = async (answer: object) => {
    brought.push(answer);
    return { returnTo: "/account" };
  };
  await came.answer.finish(complete);
  expect(await came.answer.finish(complete)).toEqual({ returnTo: "/account" });
  expect(brought).toEqual([{ code: "c1", state: "s1" }]);
  expect(JSON.stringify(came)).not.toMatch(/c1|s1/);
});

test("who did not agree is told so; other pages and their addresses are left alone", () => {
  const denied = pageAt("/link/discord", "?error=access_denied&state=s1");
  expect(takeLinkReturn(denied.page)).toEqual({ state: "denied" });
  expect(denied.replaced).toEqual(["/link/discord"]);
  for (const page of [pageAt("/account", "?code=c1"), pageAt("/link/discord", "")]) {
    expect(takeLinkReturn(page.page)).toBeNull();
    expect(page.replaced).toEqual([]);
  }
});
