/** Contrast of the tokens, in both themes, computed from tokens.css itself. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";

const css = readFileSync(new URL("./tokens.css", import.meta.url), "utf8");
const colours = new Map(
  [...css.matchAll(/--([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)/g)].map(
    ([, name, light, dark]) => [name, { light: light ?? "", dark: dark ?? "" }],
  ),
);

function luminance(hex: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5]
    .map((at) => Number.parseInt(hex.slice(at, at + 2), 16) / 255)
    .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a: string, b: string): number {
  const [high = 0, low = 0] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (high + 0.05) / (low + 0.05);
}

const TEXT_PAIRS = [
  ...["canvas", "panel", "raised", "sunken", "hover"].flatMap((surface) =>
    ["ink", "ink-soft", "ink-muted", "link", "good", "warn", "bad", "info"].map(
      (text) => [text, surface] as const,
    ),
  ),
  ...["good", "warn", "bad", "info"].map((tone) => [tone, `${tone}-tint`] as const),
  ["ink-inverse", "solid"] as const,
  ["ink-inverse", "solid-hover"] as const,
];

/** Lines that carry meaning need 3:1 (WCAG 1.4.11). */
const GRAPHIC_PAIRS = [
  ["focus", "canvas"],
  ["focus", "panel"],
  ["control-line", "panel"],
  ["series-1", "panel"],
  ["series-2", "panel"],
  ["series-3", "panel"],
  ["series-4", "panel"],
] as const;

describe.each(["light", "dark"] as const)("%s theme", (theme) => {
  const value = (name: string) => colours.get(name)?.[theme] ?? expect.fail(`no token --${name}`);

  test.each(TEXT_PAIRS)("text %s on %s keeps 4.5:1", (text, surface) => {
    expect(contrast(value(text), value(surface))).toBeGreaterThanOrEqual(4.5);
  });

  test.each(GRAPHIC_PAIRS)("graphic %s on %s keeps 3:1", (mark, surface) => {
    expect(contrast(value(mark), value(surface))).toBeGreaterThanOrEqual(3);
  });
});
