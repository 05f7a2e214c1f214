import fc from "fast-check";
import { expect, test } from "vitest";
import { readTemplate } from "./alert-template.ts";
import { readAlert } from "./read-alert.ts";
import { renderAlert } from "./render-alert.ts";

function render(body: string | object, source?: string) {
  const alert = readAlert(typeof body === "string" ? body : JSON.stringify(body));
  const read = source === undefined ? null : readTemplate(source);
  if (alert === null || read?.ok === false) throw new Error("not as the test means it");
  return renderAlert(alert, read?.template ?? null);
}

const alert = { ticker: "BTCUSDT", close: 61_200.5, strategy: { order: { action: "buy" } } };

test.each([
  ["a value", "{{ticker}} now", "BTCUSDT now"],
  ["a dotted name", "{{strategy.order.action:upper}}", "BUY"],
  ["the first that is there", "{{price|close:number}}", "61,200.5"],
  ["words for what is absent", '{{ticker}} {{stop|"no stop"}}', "BTCUSDT no stop"],
  ["a dash for what is absent", "{{ticker}} stop {{stop}}", "BTCUSDT stop —"],
  ["a section", "{{ticker}}[[ at {{close}}]]", "BTCUSDT at 61200.5"],
  ["a section left out", "{{ticker}}[[ stop {{stop}}]]!", "BTCUSDT!"],
  ["lines without holes", "{{ticker}}\n\n[[{{stop}}]]\n\nend", "BTCUSDT\n\nend"],
  ["the markdown of the template", "**{{ticker}}** @everyone", "**BTCUSDT** @everyone"],
])("[TVR2] %s", (_, source, content) => {
  expect(render(alert, source)).toMatchObject({ content, usedTemplate: true });
});

test("[TVR2] what is missing is named", () => {
  expect(render(alert, "{{ticker}} {{stop|sl}} {{tp}}").missing).toEqual(["stop|sl", "tp"]);
});

test.each([
  ["markdown", "**bold** _x_ `code`", "\\*\\*bold\\*\\* \\_x\\_ \\`code\\`"],
  ["a link", "[here](https://evil.example)", "\\[here\\]\\(https://evil.example\\)"],
  ["a mention", "<@&123> <@456> @everyone", "@member @\u200beveryone"],
  ["a line break", "one\ntwo", "one two"],
  ["a text that turns around", "a\u202eb", "ab"],
])("[TVR1] %s in a value is harmless", (_, value, content) => {
  expect(render({ value }, "{{value}}").content).toBe(content);
});

test("[TVR1] the template may let markdown and lines through, mentions never", () => {
  const value = "**TP1**\n<@&1> ```x";
  expect(render({ value }, "{{value:raw:lines}}").content).toBe("**TP1**\nx");
});

test("[TVR1] no value pings, whatever is nested in it", () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom("<@&1>", "<@1>", "@everyone", "@here", "<", "@", "&", "2>", "x")),
      fc.constantFrom("{{v}}", "{{v:raw}}", "{{v:raw:lines}}", "{{alert}}"),
      (parts, source) => {
        const { content } = render({ v: parts.join(""), other: "1" }, source);
        expect(content).not.toMatch(/<@&?\d|@(?=everyone|here)/);
      },
    ),
  );
});

test.each([
  ["a message in JSON", { message: "BTC long\nstop **60k**", x: 1 }, "BTC long\nstop **60k**"],
  ["text", "BTC long\nstop 60k", "BTC long\nstop 60k"],
  ["other JSON", { ticker: "BTC", plot_0: 7 }, "ticker: BTC\nplot\\_0: 7"],
])("[TVR3] without a template %s is shown", (_, body, content) => {
  expect(render(body)).toMatchObject({ content, usedTemplate: false });
});

test.each(["Hold {{tp}} – {{sl}}", "New:[[ stop {{sl}}]]"])(
  "[TVR3] the template %s that gets no value gives way to the whole alert",
  (source) => {
    expect(render({ ticker: "BTC" }, source)).toMatchObject({
      content: "ticker: BTC",
      usedTemplate: false,
    });
  },
);

test("[TVR3] a post is never empty and never too long", () => {
  expect(render("{}").content).toBe("Alert without values");
  expect(render("x".repeat(9_000)).content).toHaveLength(4_000);
});
