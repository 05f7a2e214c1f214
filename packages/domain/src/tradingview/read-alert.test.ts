import fc from "fast-check";
import { expect, test } from "vitest";
import { bodyOf, readAlert } from "./read-alert.ts";

const fieldsOf = (body: string) => Object.fromEntries(readAlert(body)?.fields ?? []);

test.each([
  ["JSON", '{"ticker":"BTCUSDT","close":61200.5}', { ticker: "BTCUSDT", close: "61200.5" }],
  ["numbers in quotes", '{"close":"61200.50"}', { close: "61200.50" }],
  [
    "small and large numbers",
    '{"a":1e-7,"b":1e21}',
    { a: "0.0000001", b: "1000000000000000000000" },
  ],
  ["a byte order mark", '\uFEFF{"a":"x"}', { a: "x" }],
  ["names in capitals", '{" Ticker ":"BTC"}', { ticker: "BTC" }],
  ["booleans", '{"long":true}', { long: "true" }],
])("[TVA1] %s is read", (_, body, fields) => {
  expect(fieldsOf(body)).toEqual(fields);
});

test.each([
  ["NaN", '{"a":"x","close":NaN}'],
  ["infinity", '{"a":"x","close":-Infinity}'],
  ["null", '{"a":"x","close":null}'],
  ["a quoted NaN", '{"a":"x","close":"NaN"}'],
  ["an unquoted placeholder", '{"a":"x","close":{{close}}}'],
  ["a quoted placeholder", '{"a":"x","close":"{{plot_0}}"}'],
  ["an empty text", '{"a":"x","close":""}'],
])("[TVA2] %s is an absent value", (_, body) => {
  expect(fieldsOf(body)).toEqual({ a: "x" });
});

test("[TVA2] a placeholder within words is a dash", () => {
  expect(fieldsOf('{"message":"long at {{close}} now"}')).toEqual({ message: "long at — now" });
  expect(readAlert("BTC long at {{ close }}")?.text).toBe("BTC long at —");
});

test("[TVA1] a line break typed into a value does not spoil the rest", () => {
  expect(fieldsOf('{"message":"BTC long\nstop 60k","ticker":"BTC"}')).toEqual({
    message: "BTC long\nstop 60k",
    ticker: "BTC",
  });
});

test("[TVA3] nested and dotted names are the same", () => {
  const nested = fieldsOf('{"strategy":{"order":{"action":"buy","id":1}},"targets":[1,2]}');
  expect(nested).toEqual({
    "strategy.order.action": "buy",
    "strategy.order.id": "1",
    "targets.0": "1",
    "targets.1": "2",
  });
  expect(fieldsOf('{"strategy.order.action":"buy"}')).toEqual({ "strategy.order.action": "buy" });
});

test("[TVA4] credentials are dropped, wherever they stand", () => {
  const body = '{"secret":"s","passphrase":"p","auth":{"token":"t"},"API_KEY":"k","ticker":"BTC"}';
  expect(fieldsOf(body)).toEqual({ ticker: "BTC" });
});

test("[TVA4] credentials are dropped also where names are read no more", () => {
  const body = '{"a":{"b":{"c":{"d":{"e":{"f":{"Secret":"s","g":{"token":"t","price":1}}}}}}}}';
  expect(fieldsOf(body)).toEqual({ "a.b.c.d.e.f": '{"g":{"price":1}}' });
});

test.each(["BTC long, stop 60k", '{"broken":', "[1,2]", "42", '"BTC long"'])(
  "[TVA1] %s is text",
  (body) => {
    expect(readAlert(body)).toMatchObject({ text: body.replaceAll('"BTC long"', "BTC long") });
  },
);

test("[TVA1] an empty body is none", () => {
  expect(readAlert(" \n ")).toBeNull();
});

test.each(['"{}"', '"\\"long\\""'])(
  "[TVA1] quoted text that looks like JSON stays text: %s",
  (body) => {
    const alert = readAlert(body);
    expect(alert?.text).toBe(JSON.parse(body));
    expect(alert && readAlert(bodyOf(alert))).toEqual(alert);
  },
);

test("[TVA1] whatever is sent is read the same again from what is kept of it", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (body) => {
      const alert = readAlert(body);
      if (alert === null) return;
      expect(readAlert(bodyOf(alert))).toEqual(alert);
    }),
  );
});
