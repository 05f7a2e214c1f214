/**
 * Stand-ins for Stripe, Whop and Sell.app on loopback: APIs, checkout pages,
 * signed webhooks, faults, and a page to watch them.
 *
 *   const sim = await startPaymentsSim({ config });
 *   new Stripe("sk_test_sim", { host: "127.0.0.1", port: sim.port, protocol: "http" });
 */
import { PaymentsSimControl } from "./control/client.ts";
import { type PaymentsSimOptions, startServer } from "./server.ts";

export type { Plan, PlanSeed, Product, ProductSeed } from "./catalogue/catalogue.ts";
export type { SellappConfig, SimConfig, StripeConfig, WebhookSeed, WhopConfig } from "./config.ts";
export type { BulkPurchase, BulkWish, Buyer, LaterEvent } from "./control/bulk.ts";
export { ControlError, PaymentsSimControl } from "./control/client.ts";
export type { DeliveryView, SimState } from "./control/state.ts";
export type { Delivery } from "./deliveries/courier.ts";
export type { FaultSettings } from "./deliveries/faults.ts";
export type {
  Access,
  Order,
  ProviderName,
  Purchase,
  PurchaseAction,
} from "./purchases/purchase.ts";
export type { PaymentsSimOptions } from "./server.ts";

export type PaymentsSim = {
  /** Where the page is: `http://127.0.0.1:4020`. */
  readonly url: string;
  readonly port: number;
  readonly control: PaymentsSimControl;
  close(): Promise<void>;
};

/** Resolves once the port answers; rejects when it is taken. */
export async function startPaymentsSim(options: PaymentsSimOptions = {}): Promise<PaymentsSim> {
  const { url, port, close } = await startServer(options);
  return { url, port, control: new PaymentsSimControl(url), close };
}
