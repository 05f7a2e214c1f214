/** What the simulator is started with, and its reading from JSON. Unknown words are refused by name. */
import { type ProductSeed, readProduct } from "./catalogue/catalogue.ts";
import type { WhopKey } from "./deliveries/endpoint.ts";
import { type FaultSettings, readFaults } from "./deliveries/faults.ts";
import {
  type Fields,
  isFields,
  needText,
  present,
  readChoice,
  readFlag,
  readGroup,
  readList,
  readText,
  readWhole,
} from "./fields.ts";
import { refuse } from "./refusal.ts";

export type WebhookSeed = { url: string; secret: string };

export type StripeConfig = {
  /** What the seller's server sends as Bearer; sk_test_sim unless given. */
  secretKey?: string;
  /** Pinned in every event; the official library's version unless given. */
  apiVersion?: string;
  webhooks?: readonly WebhookSeed[];
  products?: readonly ProductSeed[];
};

export type WhopConfig = {
  apiKey?: string;
  companyId?: string;
  /** v1, signed with the raw secret, unless given. */
  webhooks?: readonly (WebhookSeed & { version?: "v1" | "v5"; key?: WhopKey })[];
  products?: readonly ProductSeed[];
  /** Where a buyer goes after paying a plain plan link. */
  redirectUrl?: string;
};

export type SellappConfig = {
  apiKey?: string;
  storeId?: number;
  storeName?: string;
  webhooks?: readonly WebhookSeed[];
  products?: readonly ProductSeed[];
  redirectUrl?: string;
};

export type SimConfig = {
  /** The same seed gives the same ids and faults. */
  seed?: string;
  stripe?: StripeConfig;
  whop?: WhopConfig;
  sellapp?: SellappConfig;
  faults?: Partial<FaultSettings>;
  /** The clock stands still until advanced. */
  frozen?: boolean;
  startMs?: number;
};

export function readConfig(value: unknown): SimConfig {
  const fields = group(value, "config");
  known(fields, "config", ["seed", "stripe", "whop", "sellapp", "faults", "frozen", "startMs"]);
  return {
    ...present("seed", readText(fields, "seed")),
    stripe: readStripe(readGroup(fields, "stripe")),
    whop: readWhop(readGroup(fields, "whop")),
    sellapp: readSellapp(readGroup(fields, "sellapp")),
    faults: readFaults(readGroup(fields, "faults")),
    ...present("frozen", readFlag(fields, "frozen")),
    ...present("startMs", readWhole(fields, "startMs")),
  };
}

function readStripe(fields: Fields): StripeConfig {
  known(fields, "stripe", ["secretKey", "apiVersion", "webhooks", "products"]);
  return {
    ...present("secretKey", readText(fields, "secretKey")),
    ...present("apiVersion", readText(fields, "apiVersion")),
    webhooks: readList(fields, "webhooks").map(readWebhook),
    products: readList(fields, "products").map(readProduct),
  };
}

function readWhop(fields: Fields): WhopConfig {
  known(fields, "whop", ["apiKey", "companyId", "webhooks", "products", "redirectUrl"]);
  return {
    ...present("apiKey", readText(fields, "apiKey")),
    ...present("companyId", readText(fields, "companyId")),
    ...present("redirectUrl", readText(fields, "redirectUrl")),
    webhooks: readList(fields, "webhooks").map((value) => {
      const webhook = group(value, "webhooks");
      return {
        ...readWebhook(webhook),
        ...present("version", readChoice(webhook, "version", ["v1", "v5"] as const)),
        ...present("key", readChoice(webhook, "key", ["raw", "standard"] as const)),
      };
    }),
    products: readList(fields, "products").map(readProduct),
  };
}

function readSellapp(fields: Fields): SellappConfig {
  const names = ["apiKey", "storeId", "storeName", "webhooks", "products", "redirectUrl"];
  known(fields, "sellapp", names);
  return {
    ...present("apiKey", readText(fields, "apiKey")),
    ...present("storeId", readWhole(fields, "storeId")),
    ...present("storeName", readText(fields, "storeName")),
    ...present("redirectUrl", readText(fields, "redirectUrl")),
    webhooks: readList(fields, "webhooks").map(readWebhook),
    products: readList(fields, "products").map(readProduct),
  };
}

function readWebhook(value: unknown): WebhookSeed {
  const fields = group(value, "webhooks");
  const url = needText(fields, "url");
  if (!URL.canParse(url) || !/^https?:/.test(url))
    throw refuse.invalid("url", `A webhook's url must be http or https, not "${url}".`);
  return { url, secret: needText(fields, "secret") };
}

function group(value: unknown, name: string): Fields {
  if (!isFields(value)) throw refuse.invalid(name, `${name} must be an object.`);
  return value;
}

function known(fields: Fields, where: string, names: readonly string[]): void {
  const stranger = Object.keys(fields).find((name) => !names.includes(name));
  if (stranger !== undefined)
    throw refuse.invalid(
      stranger,
      `${where} has no setting "${stranger}"; it knows ${names.join(", ")}.`,
    );
}
