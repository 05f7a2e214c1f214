// @ts-check
/** The table of deliveries, and the faults between the providers and the seller. */
import { ask, attempt } from "./ask.js";
import { el, formById } from "./dom.js";
import { time } from "./purchases.js";

/** @typedef {import("../../control/state.ts").DeliveryView} Delivery */

/** @type {readonly (readonly [string, string, string])[]} name, words, step */
const FAULTS = [
  ["minDelayMs", "Delay from (ms)", "1"],
  ["maxDelayMs", "Delay to (ms)", "1"],
  ["lossRate", "Never delivered (0 to 1)", "0.01"],
  ["failureRate", "Attempt fails (0 to 1)", "0.01"],
  ["lostAnswerRate", "Answer is lost (0 to 1)", "0.01"],
  ["duplicateRate", "Sent twice (0 to 1)", "0.01"],
  ["reorderRate", "Held back (0 to 1)", "0.01"],
  ["reorderMs", "Held back up to (ms)", "1"],
  ["maxRetries", "Retries", "1"],
  ["retryBaseMs", "First retry after (ms)", "1"],
  ["wrongSecretNext", "Sign the next ones wrongly", "1"],
];

/** @param {Delivery} delivery */
export function deliveryRow(delivery) {
  const last = delivery.attempts.at(-1);
  const attempts =
    last === undefined ? "none yet" : `${delivery.attempts.length}, last: ${last.status}`;
  const next = delivery.dueMs === null ? "" : `next ${time(delivery.dueMs)}`;
  const again = () =>
    void attempt(
      () => ask("POST", `/deliveries/${delivery.id}/again`, {}),
      `Sent again: ${delivery.eventType}`,
    );
  return el(
    "tr",
    { "data-delivery": delivery.id },
    el("td", {}, time(delivery.createdMs)),
    el("td", {}, delivery.provider),
    el("td", {}, delivery.eventType, el("code", {}, delivery.eventId)),
    el(
      "td",
      { class: delivery.state === "delivered" ? "yes" : "" },
      delivery.state,
      delivery.origin !== "event" && el("code", {}, delivery.origin),
    ),
    el("td", {}, attempts, next !== "" && el("code", {}, next)),
    el(
      "td",
      {},
      el(
        "button",
        { type: "button", click: again, "aria-label": `Send ${delivery.eventType} again` },
        "Send again",
      ),
    ),
  );
}

/** Fields that a person is in are left alone. @param {Record<string, number>} faults */
export function showFaults(faults) {
  const form = formById("faults");
  if (form.childElementCount === 0) form.append(...FAULTS.map(faultField), el("button", {}, "Set"));
  if (form.contains(document.activeElement)) return;
  for (const [name] of FAULTS) {
    const field = form.elements.namedItem(name);
    if (field instanceof HTMLInputElement) field.value = String(faults[name]);
  }
}

/** @param {readonly [string, string, string]} fault */
function faultField([name, words, step]) {
  return el(
    "label",
    {},
    words,
    el("input", { name, type: "number", min: "0", step, required: true }),
  );
}

export function watchFaults() {
  const form = formById("faults");
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const values = Object.fromEntries(
      [...new FormData(form)].map(([name, value]) => [name, Number(value)]),
    );
    void attempt(() => ask("PUT", "/faults", values), "The faults are set.");
  });
}
