/**
 * The text of a message. What Discord shows beside it and others cannot (a forward, a
 * poll, the title of a forum post) becomes text:
 *
 *   **Title of the forum post**
 *   what was written
 *   ↪ Forwarded
 *   what the forwarded message said
 *   📊 **Question**
 *   • answer
 */
import { INGEST_LIMITS, shortenText } from "@heliograph/domain";
import type { APIMessage, APIPoll } from "discord.js";
import { drawnStickers } from "./message-files.ts";

/** `title`: of the forum post that the message begins, or null. */
export function textOf(message: APIMessage, title: string | null): string {
  const parts = [
    title === null ? "" : `**${title}**`,
    message.content,
    ...drawnStickers(message).map(stickerText),
    ...(message.message_snapshots ?? []).map(({ message: inner }) => forwardText(inner)),
    message.poll === undefined ? "" : pollText(message.poll),
  ];
  const text = parts.filter((part) => part.trim() !== "").join("\n");
  // What Discord took, ingest takes: only what was put beside it can be too much.
  return text === message.content ? text : shortenText(text, INGEST_LIMITS.contentLength);
}

type Snapshot = NonNullable<APIMessage["message_snapshots"]>[number]["message"];

function forwardText(inner: Snapshot): string {
  const stickers = drawnStickers(inner).map(stickerText);
  return ["↪ Forwarded", inner.content, ...stickers].filter((line) => line !== "").join("\n");
}

function stickerText(name: string): string {
  return `[Sticker: ${name}]`;
}

function pollText({ question, answers }: APIPoll): string {
  const lines = answers.map(({ poll_media: { emoji, text } }) => {
    const sign = emoji?.id === null ? `${emoji.name} ` : ""; // an own emoji of a server has no sign
    return `• ${sign}${text ?? ""}`.trimEnd();
  });
  return [`📊 **${question.text ?? ""}**`, ...lines].join("\n");
}
