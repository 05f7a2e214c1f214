import { expect, test } from "vitest";
import type { FeedSignal } from "../backend.ts";
import { announcement } from "./announcement.ts";

const signal = (name: string, content: string) =>
  ({
    kind: "entry",
    source: { name },
    content,
    embeds: [],
    attachments: [],
  }) as unknown as FeedSignal;

test("one signal is read with its source and first words, several are counted", () => {
  expect(announcement([])).toBe("");
  expect(announcement([signal("Desk", "**LONG** #ETH")])).toBe("New entry from Desk. LONG #ETH");
  expect(announcement([signal("A", "x"), signal("B", "y"), signal("A", "z")])).toBe(
    "3 new signals, from A, B.",
  );
});
