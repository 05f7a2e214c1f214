import { expect, test } from "vitest";
import { causeText, reasonText, untilText } from "./access-text.ts";
import { moneyText } from "./money-text.ts";
import { readTime } from "./read-time.ts";

test("amounts stand in the currency's own unit", () => {
  expect(moneyText(1_250, "eur")).toMatch(/EUR\s12\.50/);
  expect(moneyText(1_250, "jpy")).toMatch(/JPY\s1,250/);
  expect(moneyText(5, null)).toBe("5");
});

test("causes and reasons name what stands behind them", () => {
  const event = { kind: "event", subject: "e1", detail: "stripe invoice.paid evt_1" } as const;
  expect(causeText(event)).toBe("Payment event: stripe invoice.paid evt_1");
  expect(causeText({ kind: "expiry", subject: null, detail: null })).toBe("A term began or ended");
  expect(reasonText({ kind: "grant", id: "g", detail: null })).toBe("Grant that is gone");
  expect(untilText(null)).toBe("without a known end");
});

test("a time field is empty, a time, or neither", () => {
  expect(readTime("")).toBeNull();
  expect(readTime("2026-11-27T14:00")).toBe(new Date(2026, 10, 27, 14).getTime());
  expect(readTime("soon")).toBe("bad");
});
