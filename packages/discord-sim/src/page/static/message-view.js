// @ts-check
/** Shows one message: who, when, what, and what one may do with it. */
import { el, safeUrl } from "./dom.js";
import { embedView } from "./embed-view.js";
import { plainText, readMarkdown } from "./markdown.js";
import { showMarkdown } from "./markdown-view.js";
import { forwardView, noticeLine, pollView, stickersView, threadLine } from "./message-parts.js";

/**
 * @typedef {{ id: string, filename: string, url: string, content_type?: string, size: number, width?: number, height?: number, description?: string }} Attachment
 * @typedef {{ id: string, username: string, global_name: string | null, bot?: boolean }} Author
 * @typedef {object} Message
 * @property {string} id
 * @property {string} channel_id
 * @property {Author} author
 * @property {string} content
 * @property {string} timestamp
 * @property {string | null} edited_timestamp
 * @property {import("./embed-view.js").Embed[]} embeds
 * @property {Attachment[]} attachments
 * @property {number} type
 * @property {boolean} pinned
 * @property {import("./message-parts.js").Poll} [poll]
 * @property {{ name: string }[]} [sticker_items]
 * @property {{ message: { content: string, attachments: { filename: string }[] } }[]} [message_snapshots]
 * @property {{ id: string, name: string }} [thread]
 * @property {{ message_id?: string }} [message_reference]
 * @property {Message | null} [referenced_message]
 */

/**
 * @typedef {object} MessageActions
 * @property {(message: Message) => void} reply
 * @property {(message: Message, item: HTMLElement) => void} edit
 * @property {(message: Message) => void} remove
 * @property {(message: Message, answerId: number) => void} vote
 * @property {(message: Message) => void} startThread
 * @property {(threadId: string) => void} openThread
 */

/**
 * @param {Message} message
 * @param {import("./markdown-view.js").Names} names
 * @param {MessageActions} actions
 * @returns {HTMLElement}
 */
export function messageView(message, names, actions) {
  const item = el(
    "li",
    { class: "message", "data-id": message.id },
    message.type === 19 || message.type === 21 ? replyLine(message) : null,
    headline(message),
    noticeLine(message.type),
    el("div", { class: "body" }, ...showMarkdown(readMarkdown(message.content), names)),
    ...message.attachments.map(attachmentView),
    ...message.embeds.map((embed) => embedView(embed, names)),
    forwardView(message.message_snapshots ?? [], names),
    message.poll ? pollView(message.poll, (answerId) => actions.vote(message, answerId)) : null,
    stickersView(message.sticker_items ?? []),
    threadLine(message.thread, actions.openThread),
  );
  item.append(toolbar(message, item, actions));
  return item;
}

/** @param {Author} author */
export function nameOf({ global_name: displayName, username }) {
  return displayName ?? username;
}

/** @param {Message} message */
function headline({ author, timestamp, edited_timestamp: editedAt, pinned }) {
  return el(
    "header",
    { class: "headline" },
    el("span", { class: "author" }, nameOf(author)),
    author.bot ? el("span", { class: "badge" }, "BOT") : null,
    timeView(timestamp),
    pinned ? el("span", { class: "edited" }, "pinned") : null,
    editedAt === null
      ? null
      : el("span", { class: "edited", title: new Date(editedAt).toLocaleString() }, "(edited)"),
  );
}

/** @param {string} timestamp */
function timeView(timestamp) {
  const date = new Date(timestamp);
  const today = date.toDateString() === new Date().toDateString();
  const shown = today ? date.toLocaleTimeString() : date.toLocaleString();
  return el("time", { datetime: timestamp, title: date.toLocaleString() }, shown);
}

/** @param {Message} message */
function replyLine({ referenced_message: target }) {
  if (!target) return el("p", { class: "reply" }, "↱ Original message was deleted");
  const words = plainText(readMarkdown(target.content)).replace(/\s+/g, " ").trim();
  const text = words.slice(0, 100) || "a message without text";
  return el("p", { class: "reply" }, "↱ ", el("b", {}, nameOf(target.author)), ` ${text}`);
}

/** @param {Attachment} attachment */
function attachmentView({
  url,
  filename,
  size,
  content_type: type = "",
  width,
  height,
  description,
}) {
  const href = safeUrl(url);
  const isImage = href !== null && type.startsWith("image/");
  const label = `${filename}, ${sizeText(size)}`;
  const shown = isImage
    ? el("img", {
        src: href,
        alt: description ?? filename,
        loading: "lazy",
        width: width?.toString(),
        height: height?.toString(),
      })
    : label;
  return el(
    "p",
    { class: isImage ? "picture" : "file" },
    el("a", { href, target: "_blank", rel: "noreferrer noopener", title: label }, shown),
  );
}

/** @param {number} bytes */
function sizeText(bytes) {
  if (bytes < 1024) return `${bytes} B`;
  return bytes < 1024 * 1024
    ? `${(bytes / 1024).toFixed(1)} KiB`
    : `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
}

/**
 * @param {Message} message
 * @param {HTMLElement} item
 * @param {MessageActions} actions
 */
function toolbar(message, item, actions) {
  const isNotice = message.type !== 0 && message.type !== 19;
  const about = `message of ${nameOf(message.author)}`;
  /** @type {(text: string, label: string, act: () => void) => HTMLElement} */
  const button = (text, label, click) =>
    el("button", { type: "button", class: "tool", "aria-label": `${label} ${about}`, click }, text);
  return el(
    "div",
    { class: "tools" },
    button("Reply", "Reply to", () => actions.reply(message)),
    message.author.bot || isNotice
      ? null
      : button("Edit", "Edit", () => actions.edit(message, item)),
    message.thread || isNotice
      ? null
      : button("Thread", "Start a thread from", () => actions.startThread(message)),
    button("Delete", "Delete", () => actions.remove(message)),
  );
}
