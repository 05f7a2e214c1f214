import { expect, test } from "vitest";
import { alertKind, alertName, alertSentAtMs } from "./alert-facts.ts";
import { readAlert } from "./read-alert.ts";

function alert(fields: object) {
  const read = readAlert(JSON.stringify(fields));
  if (read === null) throw new Error("empty");
  return read;
}

test("a strategy that is flat afterwards has closed", () => {
  expect(alertKind(alert({ strategy: { market_position: "flat" } }))).toBe("close");
  expect(alertKind(alert({ market_position: "long" }))).toBeUndefined();
  expect(alertKind(alert({ ticker: "BTC" }))).toBeUndefined();
});

test("an alert has its name under the usual names", () => {
  expect(alertName(alert({ alert_name: "Cross" }))).toBe("Cross");
  expect(alertName(alert({ alert: { name: "Cross" } }))).toBe("Cross");
  expect(alertName(alert({ ticker: "BTC" }))).toBeNull();
});

test("the time of sending is TradingView's, if it can be", () => {
  const receivedAtMs = Date.parse("2026-02-14T10:00:05.500Z");
  const sentAt = (timenow: string) => alertSentAtMs(alert({ timenow }), receivedAtMs);
  expect(sentAt("2026-02-14T10:00:05Z")).toBe(receivedAtMs - 500);
  for (const wrong of ["2026-02-14T10:00:06Z", "2026-02-14T09:00:00Z", "soon"]) {
    expect(sentAt(wrong)).toBe(receivedAtMs);
  }
});
