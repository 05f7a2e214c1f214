/** Where each view of the console is. */
import { makePaths } from "@heliograph/ui";

export type View =
  | "live"
  | "latency"
  | "sources"
  | "discord"
  | "roles"
  | "capture"
  | "queues"
  | "machines"
  | "customers"
  | "payments"
  | "desk"
  | "reconcile"
  | "catalogue"
  | "staff"
  | "audit"
  | "mail";

export const { viewAt, pathOf } = makePaths<View>({
  live: "/",
  latency: "/latency",
  sources: "/sources",
  discord: "/discord",
  roles: "/roles",
  capture: "/capture",
  queues: "/queues",
  machines: "/machines",
  customers: "/customers",
  payments: "/payments",
  desk: "/desk",
  reconcile: "/reconcile",
  catalogue: "/catalogue",
  staff: "/staff",
  audit: "/audit",
  mail: "/mail",
});
