// @ts-check
/** The form under a channel: text, pictures, and what it replies to. */
import { post } from "./actions.js";
import { el } from "./dom.js";
import { nameOf } from "./message-view.js";

export class Composer {
  /** @type {HTMLElement} */ element;
  /** @type {string} */ #channelId;
  /** @type {import("./directory.js").Directory} */ #directory;
  /** @type {import("./message-view.js").Message | null} */ #target = null;
  /** @type {HTMLTextAreaElement} */ #field;
  /** @type {HTMLInputElement} */ #files;
  /** @type {HTMLElement} */ #reply = el("p", { class: "replying", hidden: true });
  /** @type {HTMLElement} */ #chosen = el("p", { class: "chosen", role: "status" });
  /** @type {HTMLElement} */ #problem = el("p", { class: "problem", role: "alert" });

  /**
   * @param {string} channelId
   * @param {import("./directory.js").Directory} directory
   */
  constructor(channelId, directory) {
    this.#channelId = channelId;
    this.#directory = directory;
    const name = directory.findChannel(channelId)?.channel.name ?? "";
    const label = `Message #${name}`;
    this.#field = /** @type {HTMLTextAreaElement} */ (
      el("textarea", { rows: "2", maxlength: "2000", placeholder: label, "aria-label": label })
    );
    this.#files = /** @type {HTMLInputElement} */ (
      el("input", { type: "file", multiple: true, class: "hidden-input" })
    );
    this.element = this.#form(name);
  }

  /** @param {import("./message-view.js").Message} message */
  replyTo(message) {
    this.#target = message;
    this.#reply.hidden = false;
    const cancel = el(
      "button",
      { type: "button", click: () => this.#clearReply() },
      "Cancel reply",
    );
    this.#reply.replaceChildren(el("span", {}, `Replying to ${nameOf(message.author)}`), cancel);
    this.#field.focus();
  }

  /** A message is gone: no reply to it can be sent. @param {string} messageId */
  forget(messageId) {
    if (this.#target?.id === messageId) this.#clearReply();
  }

  /** @param {string} text */
  showProblem(text) {
    this.#problem.textContent = text;
  }

  /** @param {string} name */
  #form(name) {
    this.#files.addEventListener("change", () => this.#showChosen());
    this.#field.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      void this.#send();
    });
    const attach = el("label", { class: "attach" }, "Add files", this.#files);
    const send = el("button", { class: "main", "aria-label": `Send to #${name}` }, "Send");
    const submit = (/** @type {Event} */ event) => {
      event.preventDefault();
      void this.#send();
    };
    return el(
      "form",
      { class: "composer", submit },
      this.#reply,
      this.#field,
      this.#chosen,
      this.#problem,
      el("div", { class: "choices" }, attach, send),
    );
  }

  async #send() {
    const files = [...(this.#files.files ?? [])];
    const content = this.#field.value;
    if (content.trim() === "" && files.length === 0) return;
    this.showProblem("");
    try {
      const userId = this.#directory.actingId;
      await post(this.#channelId, { userId, content, replyTo: this.#target?.id ?? null, files });
      this.#field.value = "";
      this.#files.value = "";
      this.#showChosen();
      this.#clearReply();
    } catch (error) {
      this.showProblem(error instanceof Error ? error.message : String(error));
    }
  }

  #clearReply() {
    this.#target = null;
    this.#reply.hidden = true;
  }

  #showChosen() {
    this.#chosen.textContent = [...(this.#files.files ?? [])].map(({ name }) => name).join(", ");
  }
}
