// @ts-check
/**
 * One open channel: its messages in order of age, and the form to post in it.
 *
 * Owns the messages shown. Events may arrive while the first page is loading;
 * both lead to the same list, because each message stands under its id and what
 * was deleted meanwhile stays deleted.
 */
import { remove, request, save } from "./actions.js";
import { Composer } from "./composer.js";
import { byId, el } from "./dom.js";
import { messageView, nameOf } from "./message-view.js";

const KEPT = 300; // older ones leave the page again, so that it can stay open all day
const NEAR_END_PX = 80;
const TYPING_MS = 8_000;

export class Column {
  /** @type {string} */ channelId;
  /** @type {HTMLElement} */ element;
  /** @type {import("./directory.js").Directory} */ #directory;
  /** @type {HTMLElement} */ #list = el("ol", { class: "messages" });
  /** @type {HTMLElement} */ #scroller;
  /** @type {HTMLElement} */ #state = el("p", { class: "empty" }, "Loading…");
  /** @type {HTMLElement} */ #typing = el("p", { class: "typing", "aria-live": "off" });
  /** @type {Composer} */ #composer;
  /** @type {Set<string>} */ #deleted = new Set();
  /** @type {ReturnType<typeof setTimeout> | undefined} */ #typingTimer;

  /**
   * @param {string} channelId
   * @param {import("./directory.js").Directory} directory
   */
  constructor(channelId, directory) {
    this.channelId = channelId;
    this.#directory = directory;
    this.#composer = new Composer(channelId, directory);
    this.#scroller = el(
      "div",
      { class: "scroller", role: "log", tabindex: "0" },
      this.#state,
      this.#list,
    );
    this.element = el("section", { class: "column" });
    this.#furnish();
  }

  /** Reads the newest messages; what is shown and no longer there disappears. */
  async load() {
    try {
      /** @type {import("./message-view.js").Message[]} */
      const page = await request(`/sim/channels/${this.channelId}/messages`);
      const known = new Set(page.map(({ id }) => id));
      for (const item of [...this.#list.children]) if (!known.has(idOf(item))) item.remove();
      for (const message of page.reverse()) if (!this.#deleted.has(message.id)) this.#put(message);
      this.#showState("No messages yet. Post the first one below.");
      this.#toEnd();
    } catch {
      this.#showState("The messages could not be read. They appear when the connection is back.");
    }
  }

  /** @param {import("./message-view.js").Message} message */
  upsert(message) {
    const wasAtEnd = this.#isAtEnd();
    this.#put(message);
    this.#showTyping("");
    this.#showState("");
    while (this.#list.children.length > KEPT) this.#list.firstElementChild?.remove();
    if (wasAtEnd) this.#toEnd();
  }

  /** @param {string[]} messageIds */
  removeAll(messageIds) {
    for (const id of messageIds) {
      this.#deleted.add(id);
      this.#find(id)?.remove();
      this.#composer.forget(id);
    }
    this.#showState("No messages yet. Post the first one below.");
  }

  /** @param {string} userId */
  typing(userId) {
    this.#showTyping(`${this.#directory.names.user(userId) ?? "Somebody"} is typing…`);
    clearTimeout(this.#typingTimer);
    this.#typingTimer = setTimeout(() => this.#showTyping(""), TYPING_MS);
  }

  #furnish() {
    const place = this.#directory.findChannel(this.channelId);
    const title = `# ${place?.channel.name ?? this.channelId}`;
    const titleId = `title-${this.channelId}`;
    this.element.setAttribute("aria-labelledby", titleId);
    this.#scroller.setAttribute("aria-labelledby", titleId);
    const close = el(
      "button",
      {
        type: "button",
        "aria-label": `Close ${title}`,
        click: () => this.#directory.toggle(this.channelId),
      },
      "✕",
    );
    const head = el(
      "header",
      { class: "column-head" },
      el("h2", { id: titleId }, title),
      el("span", { class: "guild" }, place?.guild.name ?? ""),
      close,
    );
    this.element.append(head, this.#scroller, this.#typing, this.#composer.element);
  }

  /** @param {import("./message-view.js").Message} message */
  #put(message) {
    const item = messageView(message, this.#directory.names, {
      reply: (target) => this.#composer.replyTo(target),
      edit: (target, place) => this.#edit(target, place),
      remove: (target) => void this.#askToRemove(target),
    });
    const old = this.#find(message.id);
    if (old !== undefined) old.replaceWith(item);
    else this.#insertByAge(item, message.id);
  }

  /**
   * @param {HTMLElement} item
   * @param {string} id
   */
  #insertByAge(item, id) {
    const later = [...this.#list.children].reverse();
    const before = later.find((other) => BigInt(idOf(other)) < BigInt(id));
    if (before === undefined) this.#list.prepend(item);
    else before.after(item);
  }

  /**
   * @param {import("./message-view.js").Message} message
   * @param {HTMLElement} item
   */
  #edit(message, item) {
    if (item.querySelector("form") !== null) return;
    const field = /** @type {HTMLTextAreaElement} */ (
      el("textarea", { "aria-label": "New text", rows: "3", maxlength: "2000" })
    );
    field.value = message.content;
    const problem = el("p", { class: "problem", role: "alert" });
    const done = () => {
      form.remove();
      item.classList.remove("editing");
    };
    const form = el(
      "form",
      {
        class: "edit",
        submit: (event) => {
          event.preventDefault();
          save(message, field.value).then(done, (error) => (problem.textContent = error.message));
        },
      },
      field,
      problem,
      el(
        "div",
        { class: "choices" },
        el("button", { type: "button", click: done }, "Cancel"),
        el("button", { class: "main" }, "Save"),
      ),
    );
    form.addEventListener("keydown", (event) => {
      if (event.key === "Escape") done();
    });
    item.classList.add("editing");
    item.append(form);
    field.focus();
  }

  /** @param {import("./message-view.js").Message} message */
  async #askToRemove(message) {
    const dialog = /** @type {HTMLDialogElement} */ (byId("confirm"));
    byId("confirm-text").textContent =
      `${nameOf(message.author)}: ${message.content.slice(0, 200) || "(no text)"}`;
    dialog.returnValue = "cancel";
    dialog.showModal();
    await new Promise((resolve) => dialog.addEventListener("close", resolve, { once: true }));
    if (dialog.returnValue === "delete")
      await remove(message).catch((error) => this.#composer.showProblem(error.message));
  }

  /** @param {string} id */
  #find(id) {
    return [...this.#list.children].find((item) => idOf(item) === id);
  }

  /** @param {string} textWhenEmpty */
  #showState(textWhenEmpty) {
    this.#state.textContent = textWhenEmpty;
    this.#state.hidden = this.#list.children.length > 0;
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

/** @param {Element} item */
function idOf(item) {
  return item.getAttribute("data-id") ?? "0";
}
