import { PLAIN_RULES } from "@heliograph/domain";
import { expect, test } from "vitest";
import { readRouteForm, readRouteRules } from "./route-form-values.ts";

const FILLED = { sourceId: "s1", name: "VIP", guildId: "12345", channelId: "67890" };

function formOf(fields: Record<string, string>): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.set(name, value);
  return form;
}

test("a form with nothing but the target is a plain route", () => {
  expect(readRouteForm(formOf(FILLED))).toMatchObject({
    ok: true,
    value: { pingRoleId: null, rules: PLAIN_RULES },
  });
});

test("a route's role to ping is optional, but not nonsense, and a source has to be chosen", () => {
  expect(readRouteForm(formOf({ ...FILLED, pingRoleId: "@here" }))).toMatchObject({
    ok: false,
    errors: { pingRoleId: expect.any(String) },
  });
  expect(readRouteForm(formOf({ ...FILLED, sourceId: "" }))).toMatchObject({
    ok: false,
    errors: { sourceId: "Choose a source." },
  });
});

test("lists are read a line an entry, and a wrong entry is told at its field", () => {
  const lists = { keywordsNever: "rekt\n\n scam ", domainsBlock: "https://Evil.com/x" };
  expect(readRouteRules(formOf(lists))).toMatchObject({
    ok: true,
    value: {
      keywords: { never: ["rekt", "scam"] },
      domains: { block: ["evil.com"] },
    },
  });
  expect(readRouteForm(formOf({ ...FILLED, domainsBlock: "not a domain" }))).toMatchObject({
    ok: false,
    errors: { domainsBlock: expect.stringContaining("not a domain") },
  });
});

test("a thread needs the channel it is in", () => {
  const thread = { ...FILLED, place: "thread" };
  expect(readRouteForm(formOf(thread))).toMatchObject({
    ok: false,
    errors: { parentChannelId: expect.any(String) },
  });
  expect(readRouteForm(formOf({ ...thread, parentChannelId: "777777" }))).toMatchObject({
    value: { rules: { place: { kind: "thread", parentChannelId: "777777" } } },
  });
});
