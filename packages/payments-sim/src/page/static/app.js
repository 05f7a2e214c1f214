// @ts-check
/** The page: reads the whole state again whenever something changed. */
import { ask, attempt } from "./ask.js";
import { deliveryRow, showFaults, watchFaults } from "./deliveries.js";
import { byId, el, formById } from "./dom.js";
import { money, purchaseRow, time } from "./purchases.js";
import { showRows } from "./rows.js";

/** @typedef {import("../../control/state.ts").SimState} SimState */

const TEXTS = { connecting: "Connecting…", live: "Live", lost: "Connection lost, trying again…" };

async function refresh() {
  /** @type {SimState} */
  const state = await ask("GET", "/state");
  byId("now").textContent = time(state.nowMs);
  byId("counts").textContent = Object.entries(state.counts)
    .map(([name, count]) => `${count} ${name}`)
    .join(", ");
  showRows(
    byId("purchases"),
    state.purchases.map((p) => [`${p.provider} ${p.id}`, p, () => purchaseRow(p, state.offers)]),
  );
  showRows(
    byId("deliveries"),
    state.deliveries.map((d) => [d.id, d, () => deliveryRow(d)]),
  );
  byId("customers").replaceChildren(
    ...state.customers.map(({ provider, email, purchases }) =>
      el("li", {}, `${email} (${provider}, purchases: ${purchases})`),
    ),
  );
  showOffers(state.offers);
  showFaults({ ...state.faults });
}

/** @param {SimState["offers"]} offers */
function showOffers(offers) {
  const select = formById("buy").elements.namedItem("plan");
  if (!(select instanceof HTMLSelectElement) || select.childElementCount === offers.length) return;
  select.replaceChildren(
    ...offers.map(({ provider, planId, name, amount, currency }) =>
      el(
        "option",
        { value: JSON.stringify({ provider, planId }) },
        `${provider}: ${name}, ${money(amount, currency)}`,
      ),
    ),
  );
}

/** @param {keyof typeof TEXTS} state */
function showConnection(state) {
  const place = byId("connection");
  if (place.dataset.state === state) return; // said once, not again at every attempt
  place.dataset.state = state;
  place.textContent = TEXTS[state];
}

/**
 * @param {string} id
 * @param {(values: Record<string, string>) => void} send
 */
function onSubmit(id, send) {
  const form = formById(id);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send(Object.fromEntries([...new FormData(form)].map(([name, value]) => [name, String(value)])));
  });
}

onSubmit("advance", ({ amount = "0", unit = "0" }) => {
  const ms = Number(amount) * Number(unit);
  void attempt(() => ask("POST", "/advance", { ms }), "The clock has moved.");
});
onSubmit("buy", ({ plan = "{}", email = "", userRef = "" }) => {
  const order = { ...JSON.parse(plan), email, ...(userRef !== "" && { userRef }) };
  void attempt(() => ask("POST", "/purchases", order), `${email} has bought it.`);
});
byId("settle").addEventListener("click", () => {
  void attempt(() => ask("POST", "/settle", {}), "Everything is delivered, or given up.");
});
watchFaults();

const source = new EventSource("/_sim/events");
const read = () => void refresh().catch(() => showConnection("lost"));
source.addEventListener("hello", () => {
  showConnection("live");
  read();
});
source.addEventListener("changed", read);
source.addEventListener("error", () => showConnection("lost"));
