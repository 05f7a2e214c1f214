import { expect, test } from "vitest";
import { isLoopback, sellappCheckoutUrl, whopCheckoutUrl } from "./checkout-links.ts";

const BUYER = {
  userId: "user&1",
  email: "ann+a@example.com",
  returnUrl: "https://signals.example/checkout/c1",
};

test("[LINK2] a Whop link carries the user id as metadata and keeps what it said", () => {
  const url = new URL(whopCheckoutUrl("https://whop.com/checkout/plan_1?a=affiliate#top", BUYER));
  expect(url.origin + url.pathname + url.hash).toBe("https://whop.com/checkout/plan_1#top");
  expect(Object.fromEntries(url.searchParams)).toEqual({
    a: "affiliate",
    "metadata[heliograph_user_id]": "user&1",
    email: "ann+a@example.com",
    redirect_url: "https://signals.example/checkout/c1",
  });
});

test("[LINK2] a user id in the seller's link is replaced", () => {
  const url = new URL(
    sellappCheckoutUrl(
      "https://shop.sell.app/p?additional_information[heliograph_user_id]=mallory&email=m@x",
      {
        ...BUYER,
        email: null,
      },
    ),
  );
  expect(url.searchParams.getAll("additional_information[heliograph_user_id]")).toEqual(["user&1"]);
  expect(url.searchParams.get("email")).toBeNull();
});

test.each([
  ["http://localhost:5173", true],
  ["http://127.0.0.1:5173", true],
  ["http://[::1]:5173", true],
  ["https://signals.example", false],
  ["http://127.0.0.1.example", false],
  ["", false],
])("[LINK1] %j is on this machine: %s", (site, expected) => {
  expect(isLoopback(site)).toBe(expected);
});
