import { expect, test } from "vitest";
import { dropFragmentSecret, type FragmentPage, takeFragmentSecret } from "./fragment-secret.ts";

function pageAt(hash: string, stored: Record<string, string> = {}) {
  const kept = new Map(Object.entries(stored));
  const replaced: string[] = [];
  const page: FragmentPage = {
    location: { hash, pathname: "/feed", search: "?a=1" },
    history: { state: null, replaceState: (_data, _unused, url) => void replaced.push(url) },
    storage: {
      getItem: (key) => kept.get(key) ?? null,
      setItem: (key, value) => void kept.set(key, value),
      removeItem: (key) => void kept.delete(key),
    },
  };
  return { page, kept, replaced };
}

test("a secret in the fragment is stored for the tab and removed from the address", () => {
  const { page, kept, replaced } = pageAt("#keys=v1.basic.0.1.abc_-,v1.pro.0.1.def");
  expect(takeFragmentSecret("keys", page)).toBe("v1.basic.0.1.abc_-,v1.pro.0.1.def");
  expect(kept.get("heliograph.keys")).toBe("v1.basic.0.1.abc_-,v1.pro.0.1.def");
  expect(replaced).toEqual(["/feed?a=1"]);
});

test("without a fragment the tab's own secret holds, and other fragments are left alone", () => {
  const { page, replaced } = pageAt("#main", { "heliograph.token": "t1" });
  expect(takeFragmentSecret("token", page)).toBe("t1");
  expect(takeFragmentSecret("keys", page)).toBeNull();
  expect(replaced).toEqual([]);
});

test("a new fragment replaces the old secret; a dropped one is gone", () => {
  const { page, kept } = pageAt("#token=t2", { "heliograph.token": "t1" });
  expect(takeFragmentSecret("token", page)).toBe("t2");
  dropFragmentSecret("token", page);
  expect(kept.size).toBe(0);
});
