/** The address that TradingView sends the alerts of one endpoint to. The token is in it. */
import { SITE_URL } from "../backend.ts";

export function alertAddress(token: string): string {
  return `${SITE_URL.replace(/\/+$/, "")}/ingest/tradingview/${token}`;
}
