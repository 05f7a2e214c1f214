import { expect, test } from "vitest";
import { hashIp, mayClaimTrial, trialKeys } from "./trial-guard.ts";

const SALT = "a salt that is long enough to be one";

test("[TRIAL1] keys name what they are of, and leave out what is not known", () => {
  const ipHash = hashIp("198.51.100.7", SALT);
  const known = { userId: "user_7", email: "A@b.test", customerRef: "77", ipHash };
  expect(trialKeys({ provider: "sellapp", ...known })).toEqual([
    "user:user_7",
    "email:a@b.test",
    "customer:sellapp:77",
    `ip_hash:${ipHash}`,
  ]);
  const unknown = { userId: null, email: "", customerRef: null, ipHash: null };
  expect(trialKeys({ provider: "stripe", ...unknown })).toEqual([]);
});

test("[TRIAL2] a key that another purchase holds refuses the trial", () => {
  expect(mayClaimTrial([], "p1")).toBe(true);
  expect(mayClaimTrial([{ key: "email:a@b.test", purchaseId: "p2" }], "p1")).toBe(false);
});

test("[TRIAL3] a purchase is not refused for its own claims", () => {
  const own = { key: "email:a@b.test", purchaseId: "p1" };
  expect(mayClaimTrial([own, own], "p1")).toBe(true);
  expect(mayClaimTrial([own, { key: "user:u", purchaseId: "p2" }], "p1")).toBe(false);
});

test("[TRIAL4] an address is kept as a hash that its salt decides", () => {
  const hash = hashIp("198.51.100.7", SALT);
  expect(hash).toMatch(/^[0-9a-f]{64}$/);
  expect(hashIp(" 198.51.100.7", SALT)).toBe(hash);
  expect(hashIp("198.51.100.7", `${SALT}!`)).not.toBe(hash);
  expect(hashIp("198.51.100.8", SALT)).not.toBe(hash);
  expect(hashIp("", SALT)).toBeNull();
});
