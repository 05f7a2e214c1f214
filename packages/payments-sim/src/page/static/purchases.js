// @ts-check
/** The table of purchases and what can be done to each. */
import { ask, attempt } from "./ask.js";
import { el } from "./dom.js";

/** @typedef {import("../../purchases/purchase.ts").Purchase} Purchase */
/** @typedef {import("../../control/state.ts").Offer} Offer */

const DAY_TEXT = 16; // 2026-11-27T13:30

/** @param {number | null} ms */
export function time(ms) {
  return ms === null
    ? "without end"
    : new Date(ms).toISOString().slice(0, DAY_TEXT).replace("T", " ");
}

/**
 * @param {number} amount
 * @param {string} currency
 */
export function money(amount, currency) {
  return `${(amount / 100).toFixed(2)} ${currency.toUpperCase()}`;
}

/**
 * @param {Purchase} purchase
 * @param {readonly Offer[]} offers
 */
export function purchaseRow(purchase, offers) {
  const { access } = purchase;
  const notes = [
    purchase.cancelAtPeriodEnd && "ends with the period",
    purchase.refunded !== "none" && `refunded: ${purchase.refunded}`,
    purchase.dispute !== "none" && `dispute: ${purchase.dispute}`,
    purchase.renewalFails && "card is declined",
  ].filter((note) => note !== false);
  return el(
    "tr",
    { "data-purchase": purchase.id },
    el("td", {}, purchase.provider, el("code", {}, purchase.id)),
    el("td", {}, purchase.email, el("code", {}, purchase.userRef ?? "no user id")),
    el("td", {}, `${purchase.productName}, ${money(purchase.amount, purchase.currency)}`),
    el("td", {}, purchase.status, ...notes.map((note) => el("code", {}, note))),
    access === null
      ? el("td", { class: "no" }, "no")
      : el("td", { class: "yes" }, `until ${time(access.untilMs)}`),
    el("td", {}, actionForm(purchase, offers)),
  );
}

/**
 * @param {Purchase} purchase
 * @param {readonly Offer[]} offers
 */
function actionForm(purchase, offers) {
  const plans = offers.filter(
    ({ provider, every, planId }) =>
      provider === purchase.provider && every !== null && planId !== purchase.planId,
  );
  const choices = [
    option({ do: "refund" }, "Refund in full"),
    option({ do: "refund", amount: Math.max(1, Math.floor(purchase.amount / 2)) }, "Refund half"),
    option({ do: "dispute" }, "Dispute"),
    option({ do: "winDispute" }, "Dispute is won"),
    option({ do: "loseDispute" }, "Dispute is lost"),
  ];
  if (purchase.kind === "subscription")
    choices.push(
      option({ do: "cancel" }, "Cancel at the period's end"),
      option({ do: "cancel", now: true }, "Cancel now"),
      option({ do: "resume" }, "Resume"),
      option({ do: "failRenewals", fails: true }, "Let renewals fail"),
      option({ do: "failRenewals", fails: false }, "Let renewals succeed"),
      option({ do: "payOpenInvoice" }, "Pay what is owed"),
      ...plans.map(({ planId, name }) => option({ do: "changePlan", planId }, `Change to ${name}`)),
    );
  if (purchase.provider === "stripe") choices.push(option({ do: "warnOfFraud" }, "Warn of fraud"));
  const select = el("select", { "aria-label": `What to do with ${purchase.id}` }, ...choices);
  return el(
    "form",
    {
      class: "row",
      submit: (event) => {
        event.preventDefault();
        const action = JSON.parse(/** @type {HTMLSelectElement} */ (select).value);
        const path = `/purchases/${purchase.provider}/${encodeURIComponent(purchase.id)}/actions`;
        void attempt(() => ask("POST", path, action), `Done: ${action.do} of ${purchase.id}`);
      },
    },
    select,
    el("button", {}, "Do it"),
  );
}

/**
 * @param {object} action
 * @param {string} text
 */
function option(action, text) {
  return el("option", { value: JSON.stringify(action) }, text);
}
