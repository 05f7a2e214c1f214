import { expect, test } from "vitest";
import { alertIdentity } from "./alert-identity.ts";
import { readAlert } from "./read-alert.ts";

function identity(body: string | object) {
  const alert = readAlert(typeof body === "string" ? body : JSON.stringify(body));
  if (alert === null) throw new Error("empty");
  return alertIdentity(alert);
}

const alert = {
  alert_name: "Cross",
  ticker: "BTCUSDT",
  interval: "60",
  time: "2026-02-14T10:00:00Z",
  action: "buy",
  close: 61_200,
};

test.each([
  ["its price", { close: 61_250 }],
  ["the time of sending", { timenow: "2026-02-14T10:12:00Z" }],
  ["a plot", { plot_3: 7 }],
])("[TVI1] an alert of the same bar that differs in %s is the same", (_, change) => {
  expect(identity({ ...alert, ...change })).toEqual(identity(alert));
});

test.each([
  ["its name", { alert_name: "Other" }],
  ["its ticker", { ticker: "ETHUSDT" }],
  ["its interval", { interval: "240" }],
  ["its bar", { time: "2026-02-14T11:00:00Z" }],
  ["its action", { action: "sell" }],
  ["its order", { "strategy.order.id": "TP2" }],
  ["its words", { message: "second" }],
])("[TVI1] an alert that differs in %s is another", (_, change) => {
  expect(identity({ ...alert, ...change }).text).not.toBe(identity(alert).text);
});

test("[TVI1] the order of the names does not matter", () => {
  const reversed = Object.fromEntries(Object.entries(alert).reverse());
  expect(identity(reversed)).toEqual(identity(alert));
});

test("[TVI2] without a bar's time every value counts, and text is text", () => {
  expect(identity({ ticker: "BTC", close: 1 })).toMatchObject({ isDated: false });
  expect(identity({ ticker: "BTC", close: 1 }).text).not.toBe(
    identity({ ticker: "BTC", close: 2 }).text,
  );
  expect(identity("BTC long")).toEqual({ text: "BTC long", isDated: false });
});
