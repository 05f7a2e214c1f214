/** The page's own files, read once at the start. */
import { readFileSync } from "node:fs";
import { Hono } from "hono";

const FILES = {
  "/": { file: "index.html", type: "text/html; charset=utf-8" },
} as const;

export function pageRoutes(): Hono {
  const page = new Hono();
  for (const [path, { file, type }] of Object.entries(FILES)) {
    const body = readFileSync(new URL(`./static/${file}`, import.meta.url));
    page.get(path, (c) => c.body(body, 200, { "Content-Type": type }));
  }
  return page;
}
