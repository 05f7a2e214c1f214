// @ts-check
/** One open channel: its messages, who is typing, and the form to post in it. */
import { act, remove, request } from "./actions.js";
import { Composer } from "./composer.js";
import { byId, el } from "./dom.js";
import { openEditForm } from "./edit-form.js";
import { MessageList } from "./message-list.js";
import { nameOf } from "./message-view.js";

/** @typedef {import("./message-view.js").Message} Message */

const NEAR_END_PX = 80;
const TYPING_MS = 8_000;
const EMPTY = "No messages yet. Post the first one below.";

export class Column {
  /** @type {string} */ channelId;
  /** @type {HTMLElement} */ element = el("section", { class: "column" });
  /** @type {import("./directory.js").Directory} */ #directory;
  /** @type {MessageList} */ #list;
  /** @type {HTMLElement} */ #state = el("p", { class: "empty" }, "Loading…");
  /** @type {HTMLElement} */ #scroller;
  /** @type {HTMLElement} */ #typing = el("p", { class: "typing", "aria-live": "off" });
  /** @type {Composer} */ #composer;
  /** @type {ReturnType<typeof setTimeout> | undefined} */ #typingTimer;

  /**
   * @param {string} channelId
   * @param {import("./directory.js").Directory} directory
   */
  constructor(channelId, directory) {
    this.channelId = channelId;
    this.#directory = directory;
    this.#composer = new Composer(channelId, directory);
    this.#list = new MessageList(directory.names, {
      reply: (message) => this.#composer.replyTo(message),
      edit: openEditForm,
      remove: (message) => void this.#askToRemove(message),
      vote: (message, answerId) => void this.#vote(message, answerId),
      startThread: (message) => void this.#startThread(message),
      openThread: (threadId) => directory.show(threadId),
    });
    this.#scroller = el(
      "div",
      { class: "scroller", role: "log", tabindex: "0" },
      this.#state,
      this.#list.element,
    );
    this.#furnish();
  }

  /** Reads the newest messages; what is shown and no longer there disappears. */
  async load() {
    try {
      /** @type {Message[]} */
      const page = await request(`/sim/channels/${this.channelId}/messages`);
      this.#list.replaceWith(page);
      this.#showState(EMPTY);
      this.#toEnd();
    } catch {
      this.#showState("The messages could not be read. They appear when the connection is back.");
    }
  }

  /** @param {Message} message */
  upsert(message) {
    const wasAtEnd = this.#isAtEnd();
    this.#list.upsert(message);
    this.#showTyping("");
    this.#showState(EMPTY);
    if (wasAtEnd) this.#toEnd();
  }

  /** @param {string[]} messageIds */
  removeAll(messageIds) {
    for (const id of messageIds) {
      this.#list.remove(id);
      this.#composer.forget(id);
    }
    this.#showState(EMPTY);
  }

  /** @param {string} userId */
  typing(userId) {
    this.#showTyping(`${this.#directory.names.user(userId) ?? "Somebody"} is typing…`);
    clearTimeout(this.#typingTimer);
    this.#typingTimer = setTimeout(() => this.#showTyping(""), TYPING_MS);
  }

  #furnish() {
    const place = this.#directory.findChannel(this.channelId);
    const title = `${place?.channel.archived === undefined ? "#" : "↳"} ${place?.channel.name ?? this.channelId}`;
    const titleId = `title-${this.channelId}`;
    this.element.setAttribute("aria-labelledby", titleId);
    this.#scroller.setAttribute("aria-labelledby", titleId);
    const click = () => this.#directory.toggle(this.channelId);
    const close = el("button", { type: "button", "aria-label": `Close ${title}`, click }, "✕");
    const guild = el("span", { class: "guild" }, place?.guild.name ?? "");
    const head = el(
      "header",
      { class: "column-head" },
      el("h2", { id: titleId }, title),
      guild,
      close,
    );
    this.element.append(head, this.#scroller, this.#typing, this.#composer.element);
  }

  /**
   * @param {Message} message
   * @param {number} answerId
   */
  async #vote({ channel_id: channelId, id: messageId }, answerId) {
    const place = { channelId, messageId, userId: this.#directory.actingId };
    await this.#try(act({ kind: "vote", ...place, answerId }));
  }

  /** @param {Message} message */
  async #startThread({ channel_id: channelId, id: messageId, content }) {
    const name = content.replace(/\s+/g, " ").trim().slice(0, 60) || "Thread";
    const wish = { channelId, messageId, name, userId: this.#directory.actingId };
    const { id } = (await this.#try(act({ kind: "openThread", ...wish }))) ?? { id: null };
    if (id === null) return;
    await this.#directory.load();
    this.#directory.show(id);
  }

  /**
   * @template T
   * @param {Promise<T>} work
   * @returns {Promise<T | undefined>} undefined when it was refused, which is then said beside the form
   */
  #try(work) {
    return work.catch((error) => {
      this.#composer.showProblem(error.message);
      return undefined;
    });
  }

  /** @param {Message} message */
  async #askToRemove(message) {
    const dialog = /** @type {HTMLDialogElement} */ (byId("confirm"));
    const words = message.content.slice(0, 200) || "(no text)";
    byId("confirm-text").textContent = `${nameOf(message.author)}: ${words}`;
    dialog.returnValue = "cancel";
    dialog.showModal();
    await new Promise((resolve) => dialog.addEventListener("close", resolve, { once: true }));
    if (dialog.returnValue !== "delete") return;
    await remove(message).catch((error) => this.#composer.showProblem(error.message));
  }

  /** @param {string} textWhenEmpty */
  #showState(textWhenEmpty) {
    this.#state.textContent = textWhenEmpty;
    this.#state.hidden = !this.#list.isEmpty;
  }

  /** @param {string} text */
  #showTyping(text) {
    this.#typing.textContent = text;
  }

  #isAtEnd() {
    const { scrollHeight, scrollTop, clientHeight } = this.#scroller;
    return scrollHeight - scrollTop - clientHeight < NEAR_END_PX;
  }

  #toEnd() {
    this.#scroller.scrollTop = this.#scroller.scrollHeight;
  }
}
