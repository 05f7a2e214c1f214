/** The page's own files, read once at the start and served under strict headers. */
import { readFileSync } from "node:fs";
import { Hono } from "hono";

const SCRIPTS = [
  "actions.js",
  "app.js",
  "column.js",
  "composer.js",
  "directory.js",
  "dom.js",
  "edit-form.js",
  "embed-view.js",
  "live.js",
  "markdown-view.js",
  "markdown.js",
  "members-view.js",
  "message-list.js",
  "message-parts.js",
  "message-view.js",
];

const TYPES = {
  html: "text/html; charset=utf-8",
  css: "text/css; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  svg: "image/svg+xml",
};

/** Only own scripts run, so that even a mistake in the page cannot run what somebody posted. */
const HEADERS = {
  "Content-Security-Policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; " +
    "img-src 'self' http: https:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "no-referrer",
  "Cache-Control": "no-cache",
};

export function pageRoutes(): Hono {
  const page = new Hono();
  const serve = (path: string, file: string, type: keyof typeof TYPES) => {
    const body = readFileSync(new URL(`./static/${file}`, import.meta.url));
    page.get(path, (c) => c.body(body, 200, { ...HEADERS, "Content-Type": TYPES[type] }));
  };
  serve("/", "index.html", "html");
  serve("/page/page.css", "page.css", "css");
  serve("/page/icon.svg", "icon.svg", "svg");
  for (const script of SCRIPTS) serve(`/page/${script}`, script, "js");
  return page;
}
