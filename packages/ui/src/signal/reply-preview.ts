/** The beginning of a signal, for where it is mentioned rather than shown. */
import { plainText } from "../text/markdown.ts";
import { jumpToSignal } from "./jump.ts";
import { type SignalView, signalName } from "./signal-view.ts";

const EXCERPT_LENGTH = 120; // a sentence or two: the rest is in the list

/** What a reply answers: a signal that can be jumped to, or one that is not loaded. */
export type ReplyView =
  | { state: "loaded"; name: string; excerpt: string; onJump: () => void }
  | { state: "elsewhere"; name: string };

/** The reply line for the signal at `place`; null says that it is not loaded here. */
export function replyPreview(
  place: { feed: string; seq: number },
  original: SignalView | null,
): ReplyView {
  const name = signalName(place);
  if (original === null) return { state: "elsewhere", name };
  const text = original.state === "deleted" ? "Deleted" : signalExcerpt(original);
  return { state: "loaded", name, excerpt: text, onJump: () => jumpToSignal(place) };
}

/** The first words of a signal on one line, without markup; of its embed if it has no text. */
export function signalExcerpt(
  signal: Pick<SignalView, "content" | "embeds" | "attachments">,
): string {
  const [embed] = signal.embeds;
  const text = plainText(signal.content || (embed?.title ?? embed?.description ?? ""));
  if (text === "") return signal.attachments.length > 0 ? "A picture or file." : "";
  return text.length <= EXCERPT_LENGTH ? text : `${text.slice(0, EXCERPT_LENGTH - 1).trimEnd()}…`;
}
