import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import type { LogLevel } from "../rooms.ts";
import { createLogger, type LogFormat } from "./log-lines.ts";

const AT_MS = Date.UTC(2026, 0, 2, 3, 4, 5, 678);

function logged(format: LogFormat, fields: Record<string, unknown>, level: LogLevel = "info") {
  const lines: string[] = [];
  const write = (line: string) => lines.push(line);
  createLogger({ format, level, nowMs: () => AT_MS, write })("warn", "room.event", fields);
  return lines.join("");
}

test("[OPLOG1] a json line is one object: time, level, event and the fields", () => {
  const line = logged("json", { n: 1, text: "a\nb\u2028", big: 5n, none: null, error: "x" });
  expect(line.endsWith("\n") && line.indexOf("\n") === line.length - 1).toBe(true);
  expect(JSON.parse(line)).toEqual({
    time: "2026-01-02T03:04:05.678Z",
    level: "warn",
    event: "room.event",
    n: 1,
    text: "a\nb\u2028",
    big: "5",
    none: null,
    error: "x",
  });
});

test("[OPLOG1] no field passes for the time, the level or the event", () => {
  const line = logged("json", { event: "other", level: "debug", time: "never" });
  expect(JSON.parse(line)).toMatchObject({ event: "room.event", level: "warn" });
});

test("[OPLOG1] a text line keeps to its line and quotes what is more than a word", () => {
  expect(logged("text", { a: "one", b: "two words", c: "x\ny", n: 2 })).toBe(
    '2026-01-02T03:04:05.678Z WARN room.event a=one b="two words" c="x\\ny" n=2\n',
  );
});

test("[OPLOG1] what JSON cannot hold is a text, never an exception", () => {
  const circle: Record<string, unknown> = {};
  circle.self = circle;
  expect(JSON.parse(logged("json", { circle, error: new Error("boom") }))).toMatchObject({
    circle: "[object Object]",
    error: expect.stringContaining("Error: boom\n    at "),
  });
});

test("[OPLOG2] events below the level are not written", () => {
  expect(logged("json", {}, "error")).toBe("");
  expect(logged("json", {}, "warn")).not.toBe("");
});

const KEY = `my-house|${"0123456789abcdef".repeat(4)}`;
const JWT = `eyJhbGciOiJSUzI1NiJ9.${Buffer.from("{}").toString("base64url")}abc.c2lnbmF0dXJl`;

test.each([
  ["an admin key", `refused ${KEY} today`, "0123456789abcdef"],
  ["an admin key with a user to act as", `${KEY}:eyJzdWIiOiJ4In0=`, "eyJzdWIi"],
  ["a JWT", `bad token ${JWT}`, "c2lnbmF0dXJl"],
  ["a bearer", "Authorization: Bearer abcdef0123456789", "abcdef0123456789"],
  ["an admin header", `authorization: Convex ${KEY}`, "0123456789abcdef"],
  ["a query of an address", "GET http://a.example/x?q=hush&r=2 failed", "hush"],
  ["a query of a path", "POST /api/storage/upload?token=hush failed", "hush"],
  ["a user of an address", "http://me:hush@a.example/ failed", "hush"],
  ["a private key", "-----BEGIN PRIVATE KEY-----\nhush\n-----END PRIVATE KEY-----", "hush"],
])("[OPLOG3] %s is taken out of texts", (_what, text, secret) => {
  for (const format of ["json", "text"] as const) {
    const line = logged(format, { error: text, nested: { deep: [text] } });
    expect(line).toContain("[redacted]");
    expect(line).not.toContain(secret);
  }
});

test("[OPLOG3] a field that is named like a secret shows nothing", () => {
  expect(logged("json", { adminKey: "hush", userToken: "hush" })).not.toContain("hush");
});

test("[OPLOG3] ordinary texts stay readable", () => {
  const text =
    "Convex functions: basic authentication, bearer missing; disk I/O error (10) after 3.5 s at a/store.ts:12:3?";
  expect(JSON.parse(logged("json", { error: text })).error).toBe(text);
});

const SOURCES = fileURLToPath(new URL("..", import.meta.url));

function sources(): { readonly name: string; readonly text: string }[] {
  return readdirSync(SOURCES, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"))
    .map((name) => ({ name, text: readFileSync(join(SOURCES, name), "utf8") }));
}

test("[OPLOG1] every event of the engine is named room.what_happened", () => {
  const calls = sources().flatMap(({ name, text }) =>
    [...text.matchAll(/\blogger\(\s*"(?:debug|info|warn|error)",\s*"([^"]*)"/g)].map(
      ([, event = ""]) => `${name}: ${event}`,
    ),
  );
  expect(calls.length).toBeGreaterThan(15);
  expect(calls.filter((call) => !/: [a-z]+\.[a-z]+(_[a-z]+)*$/.test(call))).toEqual([]);
});

test("[OPLOG1] nothing but the command writes to the process's output", () => {
  const writers = sources().filter(
    ({ name, text }) =>
      !name.startsWith("functions/") && /\bconsole\.|process\.std(out|err)\.write/.test(text),
  );
  // The check program is a process of its own: its output is its answer.
  expect(writers.map(({ name }) => name).toSorted()).toEqual([
    "command/output.ts",
    "store/check-program.ts",
  ]);
});
