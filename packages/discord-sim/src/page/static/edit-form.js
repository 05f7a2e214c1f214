// @ts-check
/** The form that takes a message's place while its text is changed. */
import { save } from "./actions.js";
import { el } from "./dom.js";

/**
 * Opens it, or leaves the one that is open. Enter makes a new line, Escape closes.
 * @param {import("./message-view.js").Message} message
 * @param {HTMLElement} item where the message stands
 */
export function openEditForm(message, item) {
  if (item.querySelector("form") !== null) return;
  const field = /** @type {HTMLTextAreaElement} */ (
    el("textarea", { "aria-label": "New text", rows: "3", maxlength: "2000" })
  );
  field.value = message.content;
  const problem = el("p", { class: "problem", role: "alert" });
  const close = () => {
    form.remove();
    item.classList.remove("editing");
  };
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    save(message, field.value).then(close, (error) => {
      problem.textContent = error.message;
    });
  };
  const keydown = (/** @type {Event} */ event) => {
    if (/** @type {KeyboardEvent} */ (event).key === "Escape") close();
  };
  const cancel = el("button", { type: "button", click: close }, "Cancel");
  const done = el("button", { type: "submit", class: "main" }, "Save");
  const form = el(
    "form",
    { class: "edit", submit, keydown },
    field,
    problem,
    el("div", { class: "choices" }, cancel, done),
  );
  item.classList.add("editing");
  item.append(form);
  field.focus();
}
