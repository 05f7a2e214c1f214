// @ts-check
/**
 * The messages of one channel in order of age.
 *
 * Owns what is shown. Each message stands under its id, so hearing of one twice
 * changes nothing, and what was deleted stays deleted even when a page read
 * earlier still has it.
 */
import { el } from "./dom.js";
import { messageView } from "./message-view.js";

/** @typedef {import("./message-view.js").Message} Message */

const KEPT = 300; // older ones leave the page again, so that it can stay open all day

export class MessageList {
  /** @type {HTMLElement} */ element = el("ol", { class: "messages" });
  /** @type {Map<string, Message>} */ #shown = new Map();
  /** @type {Set<string>} */ #deleted = new Set();
  /** @type {import("./markdown-view.js").Names} */ #names;
  /** @type {import("./message-view.js").MessageActions} */ #actions;

  /**
   * @param {import("./markdown-view.js").Names} names
   * @param {import("./message-view.js").MessageActions} actions
   */
  constructor(names, actions) {
    this.#names = names;
    this.#actions = actions;
  }

  get isEmpty() {
    return this.#shown.size === 0;
  }

  /**
   * Shows exactly this page.
   * @param {Message[]} page
   */
  replaceWith(page) {
    const known = new Set(page.map(({ id }) => id));
    for (const id of [...this.#shown.keys()]) if (!known.has(id)) this.#take(id);
    for (const message of page) this.#put(message);
  }

  /**
   * Adds it, or shows it as it is now.
   * @param {Message} message
   */
  upsert(message) {
    this.#put(message);
    this.#showInReplies(message.id, message);
    for (const item of [...this.element.children].slice(0, -KEPT)) this.#take(idOf(item));
  }

  /** @param {string} id */
  remove(id) {
    this.#deleted.add(id);
    this.#take(id);
    this.#showInReplies(id, null);
  }

  /**
   * Replies quote their target, so they follow its edits and its deletion.
   * @param {string} targetId
   * @param {Message | null} target
   */
  #showInReplies(targetId, target) {
    for (const message of this.#shown.values()) {
      if (message.message_reference?.message_id !== targetId) continue;
      this.#put({ ...message, referenced_message: target });
    }
  }

  /** @param {Message} message */
  #put(message) {
    if (this.#deleted.has(message.id)) return;
    this.#shown.set(message.id, message);
    const item = messageView(message, this.#names, this.#actions);
    const old = this.#find(message.id);
    if (old === undefined) this.#insertByAge(item, message.id);
    else old.replaceWith(item);
  }

  /** @param {string} id */
  #take(id) {
    this.#shown.delete(id);
    this.#find(id)?.remove();
  }

  /**
   * @param {HTMLElement} item
   * @param {string} id
   */
  #insertByAge(item, id) {
    const newestFirst = [...this.element.children].reverse();
    const before = newestFirst.find((other) => BigInt(idOf(other)) < BigInt(id));
    if (before === undefined) this.element.prepend(item);
    else before.after(item);
  }

  /** @param {string} id */
  #find(id) {
    return [...this.element.children].find((item) => idOf(item) === id);
  }
}

/** @param {Element} item */
function idOf(item) {
  return item.getAttribute("data-id") ?? "0";
}
