/** The words of a post, wherever they stand, and what they mean. */
import { classifyKind } from "./kind-classifier.ts";
import type { PostEvent, SignalKind, SourceEvent } from "./source-event.ts";

/** All that a post says: its content, then the cards under it. */
export function postText({
  content = "",
  embeds = [],
}: Pick<PostEvent, "content" | "embeds">): string {
  const cards = embeds.flatMap((embed) => [
    embed.title ?? "",
    embed.description ?? "",
    ...(embed.fields ?? []).flatMap((field) => [field.name, field.value]),
  ]);
  return [content, ...cards].filter((text) => text !== "").join("\n");
}

/**
 * What an event's own text means; null when its source has said so, or it has no text.
 * Classifying takes milliseconds, so whoever reads an event does it, outside the transaction
 * that stores it.
 */
export function textKindOf(event: SourceEvent): SignalKind | null {
  if (event.type === "delete" || event.kind !== undefined) return null;
  const text = postText(event);
  return text === "" ? null : classifyKind(text);
}
