/**
 * Whether a request may come from where it came from. TradingView signs nothing; it says from which
 * addresses it sends.
 *
 * Only a proxy in front of the deployment knows the caller's address, and adds it at the end of
 * X-Forwarded-For: what stands before it, anybody can have written. Without a proxy nobody knows, and
 * the token alone decides; a caller who could reach the deployment directly could forge the header, too.
 *
 * [TVP1] With a proxy in front, only listed addresses are let in, whatever the caller adds to the header.
 */

/** TradingView's published addresses. */
export const TRADINGVIEW_ADDRESSES: readonly string[] = [
  "52.89.214.238",
  "34.212.75.30",
  "54.218.53.128",
  "52.32.178.7",
];

/** The list of a setting: "any" is null, nothing is TradingView's own. */
export function readAddresses(setting: string | undefined): readonly string[] | null {
  const text = setting?.trim() ?? "";
  if (text === "") return TRADINGVIEW_ADDRESSES;
  return text.toLowerCase() === "any" ? null : text.split(",").map((address) => address.trim());
}

/** Whether the caller is on the list. `proxies`: how many of ours stand in front, each adding one address. */
export function isAllowedAddress(
  forwardedFor: string | null,
  addresses: readonly string[] | null,
  proxies = 1,
): boolean {
  if (addresses === null || forwardedFor === null) return true;
  const hops = forwardedFor.split(",").map((hop) => plainAddress(hop.trim()));
  const caller = hops.at(-proxies) ?? hops[0] ?? "";
  return addresses.some((address) => plainAddress(address) === caller);
}

/** Without the port and the IPv6 form of an IPv4 address. */
function plainAddress(address: string): string {
  return address
    .replace(/^\[?::ffff:/i, "")
    .replace(/^(\d+\.\d+\.\d+\.\d+)(?:\])?(?::\d+)?$/, "$1");
}
