/** A page of any provider's truth. */
import type { Provider } from "@heliograph/domain";
import type { TruthPage } from "./page.ts";
import { readSellappPage } from "./sellapp.ts";
import { readStripePage } from "./stripe.ts";
import { readWhopPage } from "./whop.ts";

/** Reads the page at a cursor; null is the first one. */
export async function readTruth(provider: Provider, cursor: string | null): Promise<TruthPage> {
  switch (provider) {
    case "stripe":
      return await readStripePage(cursor, Date.now());
    case "whop":
      return await readWhopPage(cursor);
    case "sellapp":
      return await readSellappPage(cursor);
    default:
      return provider satisfies never;
  }
}
