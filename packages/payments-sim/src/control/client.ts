/** The control calls under /_sim, typed: for tests and tools in other processes. */
import type { Plan, Product, ProductSeed } from "../catalogue/catalogue.ts";
import type { Delivery } from "../deliveries/courier.ts";
import type { FaultSettings } from "../deliveries/faults.ts";
import type { Order, ProviderName, Purchase, PurchaseAction } from "../purchases/purchase.ts";
import type { BulkPurchase, BulkWish } from "./bulk.ts";
import type { DeliveryView, SimState } from "./state.ts";

/** The simulator refused; `code` is stable. */
export class ControlError extends Error {
  override readonly name = "ControlError";
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

export class PaymentsSimControl {
  readonly #url: string;

  /** `url` is the simulator's page, `http://127.0.0.1:4020`. */
  constructor(url: string) {
    this.#url = url;
  }

  state(): Promise<SimState> {
    return this.#ask("GET", "/state");
  }

  /** The truth: who should have what, until when, as far as the clock has come. */
  purchases(): Promise<Purchase[]> {
    return this.#ask("GET", "/purchases");
  }

  buy(order: Order & { provider: ProviderName }): Promise<Purchase> {
    return this.#ask("POST", "/purchases", order);
  }

  act(purchase: Pick<Purchase, "provider" | "id">, action: PurchaseAction): Promise<Purchase> {
    const path = `/purchases/${purchase.provider}/${encodeURIComponent(purchase.id)}/actions`;
    return this.#ask("POST", path, action);
  }

  /** Plans random purchases; they and their later events happen as the clock moves. */
  bulk(wish: BulkWish): Promise<BulkPurchase[]> {
    return this.#ask("POST", "/bulk", wish);
  }

  /** Resolves when everything that fell due has happened, its first deliveries included. */
  advance(ms: number): Promise<{ nowMs: number }> {
    return this.#ask("POST", "/advance", { ms });
  }

  addProduct(
    provider: ProviderName,
    product: ProductSeed,
  ): Promise<{ product: Product; plans: Plan[] }> {
    return this.#ask("POST", "/catalogue", { provider, product });
  }

  faults(change: Partial<FaultSettings>): Promise<FaultSettings> {
    return this.#ask("PUT", "/faults", change);
  }

  /** Makes every planned attempt at once, retries included, and resolves when none is left. */
  settle(): Promise<Record<Delivery["state"], number>> {
    return this.#ask("POST", "/settle", {});
  }

  deliveries(): Promise<DeliveryView[]> {
    return this.#ask("GET", "/deliveries");
  }

  /** With its body. */
  delivery(id: string): Promise<Delivery> {
    return this.#ask("GET", `/deliveries/${id}`);
  }

  sendAgain(deliveryId: string): Promise<DeliveryView> {
    return this.#ask("POST", `/deliveries/${deliveryId}/again`, {});
  }

  async #ask<T>(method: string, path: string, body?: unknown): Promise<T> {
    const answer = await fetch(`${this.#url}/_sim${path}`, {
      method,
      ...(body !== undefined && {
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body),
      }),
    });
    if (answer.ok) return (await answer.json()) as T; // the routes beside this file answer these types
    const { code, message } = (await answer.json()) as { code: string; message: string };
    throw new ControlError(code, message);
  }
}
