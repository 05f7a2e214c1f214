import { expect, test } from "vitest";
import { readSourceForm } from "./form-values.ts";

function formOf(fields: Record<string, string>): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.set(name, value);
  return form;
}

test("a filled source form gives trimmed values", () => {
  const form = formOf({ name: " Desk ", guildId: " 12345 ", channelId: "67890", minTier: "pro" });
  expect(readSourceForm(form)).toEqual({
    ok: true,
    value: {
      name: "Desk",
      guildId: "12345",
      channelId: "67890",
      minTier: "pro",
      mediaHosts: [],
      allowBots: false,
      allowedAuthors: [],
    },
  });
});

test("each wrong field of a source has its own message", () => {
  const form = formOf({ name: "", guildId: "12a45", channelId: "1".repeat(26) });
  expect(readSourceForm(form)).toEqual({
    ok: false,
    errors: {
      name: "Give it a name.",
      guildId: "A Discord id is 5 to 25 digits.",
      channelId: "A Discord id is 5 to 25 digits.",
    },
  });
});

test("picture hosts are names, apart from each other by commas or space", () => {
  const fields = { name: "Desk", guildId: "12345", channelId: "67890" };
  const read = (mediaHosts: string) => readSourceForm(formOf({ ...fields, mediaHosts }));
  expect(read(" I.example.com, *.charts.test\n")).toMatchObject({
    value: { mediaHosts: ["i.example.com", "*.charts.test"] },
  });
  expect(read("https://i.example.com/")).toMatchObject({
    ok: false,
    errors: { mediaHosts: expect.any(String) },
  });
});
