import { expect, test } from "vitest";
import { isAllowedAddress, readAddresses, TRADINGVIEW_ADDRESSES } from "./allowed-address.ts";

const OURS = "52.89.214.238";

test.each([
  ["TradingView's own", OURS, 1, true],
  ["as IPv6, with a port", "::ffff:52.89.214.238:443", 1, true],
  ["a stranger's", "203.0.113.9", 1, false],
  ["a stranger's who claims another", `${OURS}, 203.0.113.9`, 1, false],
  ["behind two proxies of ours", `${OURS}, 10.0.0.7`, 2, true],
  ["a stranger's behind two", `${OURS}, 203.0.113.9, 10.0.0.7`, 2, false],
])("[TVP1] an address that is %s", (_, forwardedFor, proxies, allowed) => {
  expect(isAllowedAddress(forwardedFor, TRADINGVIEW_ADDRESSES, proxies)).toBe(allowed);
});

test("[TVP1] without a proxy nobody knows the address, and the token decides", () => {
  expect(isAllowedAddress(null, TRADINGVIEW_ADDRESSES)).toBe(true);
});

test("[TVP1] the list is a setting", () => {
  expect(readAddresses(undefined)).toEqual(TRADINGVIEW_ADDRESSES);
  expect(readAddresses("any")).toBeNull();
  expect(isAllowedAddress("203.0.113.9", readAddresses("203.0.113.8, 203.0.113.9"))).toBe(true);
});
