// @ts-check
/** Shows one embed. */
import { el, safeUrl } from "./dom.js";
import { readMarkdown } from "./markdown.js";
import { showMarkdown } from "./markdown-view.js";

/**
 * @typedef {{ url: string, width?: number, height?: number }} Media
 * @typedef {object} Embed
 * @property {string} [title]
 * @property {string} [description]
 * @property {string} [url]
 * @property {number} [color]
 * @property {string} [timestamp]
 * @property {{ name: string, url?: string }} [author]
 * @property {{ text: string }} [footer]
 * @property {Media} [image]
 * @property {Media} [thumbnail]
 * @property {{ name: string, value: string, inline?: boolean }[]} [fields]
 */

/**
 * @param {Embed} embed
 * @param {import("./markdown-view.js").Names} names
 * @returns {HTMLElement}
 */
export function embedView(embed, names) {
  /** @type {(text: string) => (Node | string)[]} */
  const rich = (text) => showMarkdown(readMarkdown(text), names);
  const box = el(
    "div",
    { class: "embed" },
    picture(embed.thumbnail, "thumbnail"),
    embed.author && el("p", { class: "embed-author" }, linked(embed.author.url, embed.author.name)),
    embed.title && el("p", { class: "embed-title" }, linked(embed.url, embed.title)),
    embed.description && el("div", { class: "body" }, ...rich(embed.description)),
    fieldsView(embed.fields ?? [], rich),
    picture(embed.image, "image"),
    footer(embed),
  );
  if (embed.color !== undefined)
    box.style.borderInlineStartColor = `#${embed.color.toString(16).padStart(6, "0")}`;
  return box;
}

/**
 * @param {NonNullable<Embed["fields"]>} fields
 * @param {(text: string) => (Node | string)[]} rich
 */
function fieldsView(fields, rich) {
  if (fields.length === 0) return null;
  const rows = fields.map(({ name, value, inline }) =>
    el(
      "div",
      { class: inline ? "inline" : "wide" },
      el("dt", {}, ...rich(name)),
      el("dd", {}, ...rich(value)),
    ),
  );
  return el("dl", { class: "fields" }, ...rows);
}

/** @param {Embed} embed */
function footer({ footer: foot, timestamp }) {
  const parts = [foot?.text, timestamp && new Date(timestamp).toLocaleString()].filter(Boolean);
  return parts.length > 0 && el("p", { class: "embed-footer" }, parts.join(" • "));
}

/**
 * @param {string | undefined} url
 * @param {string} text
 */
function linked(url, text) {
  const href = safeUrl(url);
  return href === null
    ? text
    : el("a", { href, target: "_blank", rel: "noreferrer noopener" }, text);
}

/**
 * @param {Media | undefined} media
 * @param {string} kind
 */
function picture(media, kind) {
  const src = safeUrl(media?.url);
  if (src === null) return null;
  const size = { width: media?.width?.toString(), height: media?.height?.toString() };
  return el("img", { class: kind, src, alt: "", loading: "lazy", ...size });
}
