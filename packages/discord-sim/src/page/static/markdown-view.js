// @ts-check
/** Shows a markdown tree as elements. */
import { el, safeUrl } from "./dom.js";

/**
 * @typedef {object} Names
 * @property {(id: string) => string | undefined} user
 * @property {(id: string) => string | undefined} role
 * @property {(id: string) => string | undefined} channel
 */

const TAGS = {
  bold: "strong",
  italic: "em",
  underline: "u",
  strike: "s",
  quote: "blockquote",
  small: "small",
};

/**
 * @param {import("./markdown.js").Markdown[]} nodes
 * @param {Names} names
 * @returns {(Node | string)[]}
 */
export function showMarkdown(nodes, names) {
  return nodes.map((node) => showNode(node, names));
}

/**
 * @param {import("./markdown.js").Markdown} node
 * @param {Names} names
 * @returns {Node | string}
 */
function showNode(node, names) {
  switch (node.kind) {
    case "text":
      return node.text;
    case "code":
      return el("code", {}, node.text);
    case "codeBlock":
      return el("pre", { tabindex: "0" }, el("code", {}, node.text));
    case "heading":
      return el(
        "p",
        { class: `heading heading-${node.level}` },
        ...showMarkdown(node.children, names),
      );
    case "item":
      return el("div", { class: "item" }, ...showMarkdown(node.children, names));
    case "spoiler":
      return spoiler(showMarkdown(node.children, names));
    case "link":
      return link(node, names);
    case "user":
      return mention(`@${names.user(node.id) ?? "unknown-user"}`);
    case "role":
      return mention(`@${names.role(node.id) ?? "unknown-role"}`);
    case "channel":
      return mention(`#${names.channel(node.id) ?? "unknown-channel"}`);
    case "everyone":
      return mention(node.text);
    case "time":
      return time(node.atMs);
    case "emoji":
      return `:${node.name}:`;
    default:
      return el(TAGS[node.kind], {}, ...showMarkdown(node.children, names));
  }
}

/** @param {string} text */
function mention(text) {
  return el("span", { class: "mention" }, text);
}

/** @param {(Node | string)[]} children */
function spoiler(children) {
  const box = el(
    "button",
    { type: "button", class: "spoiler", "aria-label": "Show spoiler" },
    ...children,
  );
  box.addEventListener("click", () => {
    box.classList.add("shown");
    box.removeAttribute("aria-label");
  });
  return box;
}

/**
 * @param {{ url: string, children: import("./markdown.js").Markdown[] }} node
 * @param {Names} names
 */
function link(node, names) {
  const href = safeUrl(node.url);
  const children = showMarkdown(node.children, names);
  return el(
    href === null ? "span" : "a",
    { href, rel: "noreferrer noopener", target: "_blank" },
    ...children,
  );
}

/** @param {number} atMs */
function time(atMs) {
  const date = new Date(atMs);
  if (Number.isNaN(date.getTime())) return "(no such time)";
  return el("time", { datetime: date.toISOString() }, date.toLocaleString());
}
