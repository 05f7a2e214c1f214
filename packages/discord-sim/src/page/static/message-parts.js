// @ts-check
/** The parts that only some messages have: a poll, a forwarded message, stickers, a thread, a notice. */
import { el } from "./dom.js";
import { readMarkdown } from "./markdown.js";
import { showMarkdown } from "./markdown-view.js";

/**
 * @typedef {object} Poll
 * @property {{ text: string }} question
 * @property {{ answer_id: number, poll_media: { text: string } }[]} answers
 * @property {{ is_finalized: boolean, answer_counts: { id: number, count: number }[] }} results
 */

const NOTICES = /** @type {Record<number, string>} */ ({
  6: "pinned a message to this channel.",
  18: "started a thread:",
  21: "started this thread from a message.",
  46: "'s poll has closed.",
});

/**
 * What the system says in place of words; null for what somebody wrote.
 * @param {number} type
 */
export function noticeLine(type) {
  const text = NOTICES[type];
  return text === undefined ? null : el("p", { class: "notice" }, text);
}

/**
 * @param {Poll} poll
 * @param {(answerId: number) => void} vote
 */
export function pollView({ question, answers, results }, vote) {
  const count = (/** @type {number} */ id) =>
    results.answer_counts.find((entry) => entry.id === id)?.count ?? 0;
  const rows = answers.map(({ answer_id: id, poll_media: { text } }) => {
    const shown = `${text} (${count(id)})`;
    const click = () => vote(id);
    const button = el("button", { type: "button", class: "answer", click }, shown);
    return el("li", {}, results.is_finalized ? shown : button);
  });
  return el(
    "div",
    { class: "embed poll" },
    el("p", { class: "embed-title" }, question.text),
    el("ul", {}, ...rows),
    results.is_finalized && el("p", { class: "embed-footer" }, "Closed"),
  );
}

/**
 * @param {{ message: { content: string, attachments: { filename: string }[] } }[]} snapshots
 * @param {import("./markdown-view.js").Names} names
 */
export function forwardView(snapshots, names) {
  const [first] = snapshots;
  if (first === undefined) return null;
  const { content, attachments } = first.message;
  return el(
    "blockquote",
    { class: "forwarded" },
    el("p", { class: "reply" }, "↪ Forwarded"),
    el("div", { class: "body" }, ...showMarkdown(readMarkdown(content), names)),
    ...attachments.map(({ filename }) => el("p", { class: "file" }, filename)),
  );
}

/** @param {{ name: string }[]} stickers */
export function stickersView(stickers) {
  return stickers.length === 0
    ? null
    : el("p", { class: "file" }, `Sticker: ${stickers.map(({ name }) => name).join(", ")}`);
}

/**
 * @param {{ id: string, name: string, message_count?: number } | undefined} thread
 * @param {(id: string) => void} open
 */
export function threadLine(thread, open) {
  if (thread === undefined) return null;
  const click = () => open(thread.id);
  return el("button", { type: "button", class: "thread-link", click }, `Thread: ${thread.name}`);
}
