/** Where each view of the console is. */
import { makePaths } from "@heliograph/ui";

export type View =
  | "live"
  | "latency"
  | "sources"
  | "machines"
  | "customers"
  | "payments"
  | "desk"
  | "catalogue"
  | "staff"
  | "audit"
  | "mail";

export const { viewAt, pathOf } = makePaths<View>({
  live: "/",
  latency: "/latency",
  sources: "/sources",
  machines: "/machines",
  customers: "/customers",
  payments: "/payments",
  desk: "/desk",
  catalogue: "/catalogue",
  staff: "/staff",
  audit: "/audit",
  mail: "/mail",
});
