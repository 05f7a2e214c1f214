import { Webhook } from "standardwebhooks";
import Stripe from "stripe";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { MOST_BODY_BYTES } from "./model/payments/webhook.ts";
import {
  deliver,
  hmacHex,
  makeProPlan,
  paidCheckout,
  rowsOf,
  SECRETS,
  sellappOrder,
  send,
  signed,
  signUpVerified,
  startPayments,
  stripeEvent,
  tierOf,
} from "./payments.setup.ts";
import { type Backend, setEnvironment } from "./test.setup.ts";

const HOUR_MS = 3_600_000;
const WHOP = {
  id: "msg_1",
  api_version: "v1",
  timestamp: "2026-11-27T10:00:00Z",
  type: "payment.created",
  company_id: "biz_1",
  data: { id: "pay_1", user: { id: "user_w1" } },
};

let t: Backend;
beforeEach(() => {
  t = startPayments();
});

async function causes() {
  return (await rowsOf(t, "webhookRefusals")).map(({ provider, cause }) => `${provider} ${cause}`);
}

async function storedBodies() {
  return (await rowsOf(t, "paymentEvents")).map(({ body }) => body);
}

describe("an authentic delivery", () => {
  test.each([
    ["stripe", stripeEvent("checkout.session.completed", paidCheckout())],
    ["whop", WHOP],
    ["sellapp", sellappOrder("order.created", "PENDING")],
  ] as const)("[HOOK3] of %s is stored verbatim and acknowledged", async (provider, event) => {
    expect(await deliver(t, provider, event)).toEqual({ status: 200, word: "received" });
    expect(await storedBodies()).toEqual([JSON.stringify(event)]);
  });

  test("[SIG1] is accepted with every active secret while one is rotated", async () => {
    setEnvironment("HELIOGRAPH_STRIPE_WEBHOOK_SECRETS", ` whsec_new , ${SECRETS.stripe}\n`);
    const event = stripeEvent("customer.updated", { id: "cus_1" });
    expect((await deliver(t, "stripe", event)).status).toBe(200);
    expect((await deliver(t, "stripe", event, { secret: "whsec_new" })).status).toBe(200);
  });

  test("[SIG1] of Whop is accepted with a secret read as the standard says", async () => {
    const secret = `whsec_${btoa("0123456789abcdef01234567")}`;
    setEnvironment("HELIOGRAPH_WHOP_WEBHOOK_SECRETS", secret);
    const body = JSON.stringify(WHOP);
    const at = new Date();
    const headers = {
      "webhook-id": "msg_9",
      "webhook-timestamp": String(Math.floor(at.getTime() / 1000)),
      "webhook-signature": `v1,AAAA ${new Webhook(secret).sign("msg_9", at, body)}`,
    };
    expect((await send(t, "whop", body, headers)).status).toBe(200);
  });

  test("[SIG1] of Whop is accepted with the old header", async () => {
    const body = JSON.stringify({
      api_version: "v5",
      action: "membership.went_valid",
      data: { id: "mem_1", user: "user_w1", product: "prod_1", valid: true },
    });
    const atS = Math.floor(Date.now() / 1000);
    const mac = await hmacHex(SECRETS.whop, `${atS}.${body}`);
    const headers = { "x-whop-signature": `t=${atS},v1=${mac}` };
    expect((await send(t, "whop", body, headers)).status).toBe(200);
  });
});

describe("published vectors", () => {
  test("[SIG1] the signature of Standard Webhooks' example fits its secret", async () => {
    const { isSignedWith } = await import("./model/payments/signatures.ts");
    const claim = {
      scheme: "standard",
      id: "msg_p5jXN8AQM9LWM0D4loKWxJek",
      atS: 1_614_265_330,
      signature: "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    } as const;
    const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    expect(await isSignedWith(claim, '{"test": 2432232314}', [secret])).toBe(true);
    expect(await isSignedWith(claim, '{"test": 2432232315}', [secret])).toBe(false);
  });

  test("[SIG1] a header of Stripe's own test helper fits, and only with its secret", async () => {
    const { isSignedWith, readClaim } = await import("./model/payments/signatures.ts");
    const payload = '{"id":"evt_test_webhook","object":"event"}';
    const header = await Stripe.webhooks.generateTestHeaderStringAsync({
      payload,
      secret: "whsec_test_secret",
      cryptoProvider: Stripe.createSubtleCryptoProvider(),
    });
    const claim = readClaim("stripe", new Headers({ "stripe-signature": header }));
    if (typeof claim === "string") throw new Error(claim);
    expect(await isSignedWith(claim, payload, ["whsec_other", "whsec_test_secret"])).toBe(true);
    expect(await isSignedWith(claim, payload, ["whsec_other"])).toBe(false);
    expect(await isSignedWith(claim, `${payload} `, ["whsec_test_secret"])).toBe(false);
  });
});

describe("a delivery that is refused", () => {
  const paid = () =>
    JSON.stringify(stripeEvent("checkout.session.completed", paidCheckout({ customer: "cus_9" })));
  const order = () => JSON.stringify(sellappOrder("order.completed", "COMPLETED"));

  const refusals: [
    string,
    () => Promise<{ status: number; word: string }>,
    number,
    string,
    string,
  ][] = [
    ["unsigned", () => send(t, "stripe", paid(), {}), 401, "refused", "stripe unsigned"],
    ["unsigned order", () => send(t, "sellapp", order(), {}), 401, "refused", "sellapp unsigned"],
    [
      "wrongly signed",
      async () => send(t, "stripe", paid(), await signed("stripe", paid(), { secret: "whsec_x" })),
      401,
      "refused",
      "stripe wrong_secret",
    ],
    [
      "stale",
      async () => {
        const body = paid();
        const headers = await signed("stripe", body, { atMs: Date.now() - 301_000 });
        return await send(t, "stripe", body, headers);
      },
      401,
      "refused",
      "stripe clock_past",
    ],
    [
      "of the future",
      async () => {
        const body = paid();
        const headers = await signed("stripe", body, { atMs: Date.now() + HOUR_MS });
        return await send(t, "stripe", body, headers);
      },
      401,
      "refused",
      "stripe clock_future",
    ],
    [
      "of the future, Whop's",
      async () => {
        const body = JSON.stringify(WHOP);
        const headers = await signed("whop", body, { atMs: Date.now() + HOUR_MS });
        return await send(t, "whop", body, headers);
      },
      401,
      "refused",
      "whop clock_future",
    ],
    [
      "stale, with a second time in the header",
      async () => {
        const body = paid();
        const old = (await signed("stripe", body, { atMs: Date.now() - HOUR_MS }))[
          "stripe-signature"
        ];
        const header = `t=${Math.floor(Date.now() / 1000)},${old}`;
        return await send(t, "stripe", body, { "stripe-signature": header });
      },
      401,
      "refused",
      "stripe malformed_signature",
    ],
    [
      "truncated",
      async () => send(t, "stripe", paid().slice(0, -9), await signed("stripe", paid())),
      401,
      "refused",
      "stripe wrong_secret",
    ],
    [
      "oversized by what it declares",
      async () => {
        const headers = { "content-length": String(MOST_BODY_BYTES + 1) };
        return await send(t, "stripe", "{}", headers);
      },
      413,
      "too_large",
      "stripe too_large",
    ],
    [
      "oversized in truth",
      async () => {
        const body = "x".repeat(MOST_BODY_BYTES + 1);
        return await send(t, "sellapp", body, await signed("sellapp", body));
      },
      413,
      "too_large",
      "sellapp too_large",
    ],
    [
      "not JSON",
      async () => send(t, "sellapp", "order=1", await signed("sellapp", "order=1")),
      400,
      "unreadable",
      "sellapp not_json",
    ],
    [
      "thin",
      async () => deliver(t, "stripe", { id: "evt_1", object: "v2.core.event", type: "v1.x" }),
      400,
      "unreadable",
      "stripe thin_event",
    ],
    [
      "without a secret being set",
      async () => {
        setEnvironment("HELIOGRAPH_STRIPE_WEBHOOK_SECRETS", " , ");
        return await send(t, "stripe", paid(), await signed("stripe", paid()));
      },
      503,
      "not_configured",
      "stripe no_secret",
    ],
  ];

  test.each(refusals)(
    "[HOOK1] %s stores nothing, grants nothing, and is counted with its cause",
    async (_name, attempt, status, word, cause) => {
      await makeProPlan(t);
      const buyer = await signUpVerified(t, "buyer@example.com");
      expect(await attempt()).toEqual({ status, word });
      expect(await causes()).toEqual([cause]);
      expect(await rowsOf(t, "paymentEvents")).toEqual([]);
      expect(await rowsOf(t, "purchases")).toEqual([]);
      expect(await tierOf(t, buyer.userId)).toBeNull();
    },
  );
});

test("[SIG2] five minutes off is the limit, both ways", async () => {
  vi.useFakeTimers({ now: Date.parse("2026-11-27T12:00:00Z") });
  const event = stripeEvent("customer.updated", { id: "cus_1" });
  const statuses: number[] = [];
  for (const seconds of [-301, -300, 300, 301]) {
    const answer = await deliver(t, "stripe", event, { atMs: Date.now() + seconds * 1_000 });
    statuses.push(answer.status);
  }
  vi.useRealTimers();
  expect(statuses).toEqual([401, 200, 200, 401]);
});

describe("an authentic event that is not ours", () => {
  async function expectIgnored(cause: string) {
    const buyer = await signUpVerified(t, "buyer@example.com");
    expect(await rowsOf(t, "paymentEvents")).toMatchObject([{ state: "ignored", cause }]);
    expect(await rowsOf(t, "purchases")).toEqual([]);
    expect(await tierOf(t, buyer.userId)).toBeNull();
  }

  test("[HOOK4] is kept and ignored in test mode when only real money counts", async () => {
    await makeProPlan(t);
    setEnvironment("HELIOGRAPH_STRIPE_SECRET_KEY", "sk_live_1");
    const event = stripeEvent("checkout.session.completed", paidCheckout(), { livemode: false });
    expect((await deliver(t, "stripe", event)).status).toBe(200);
    await expectIgnored("test_mode");
  });

  test.each([
    [
      "stripe",
      "HELIOGRAPH_STRIPE_ACCOUNT",
      "acct_ours",
      stripeEvent("checkout.session.completed", paidCheckout(), { account: "acct_theirs" }),
    ],
    ["whop", "HELIOGRAPH_WHOP_COMPANY", "biz_ours", WHOP],
    ["sellapp", "HELIOGRAPH_SELLAPP_STORE", "8", sellappOrder("order.completed", "COMPLETED")],
  ] as const)("[HOOK4] is kept and ignored from another account of %s", async (...row) => {
    const [provider, name, own, event] = row;
    await makeProPlan(t);
    setEnvironment(name, own);
    expect((await deliver(t, provider, event)).status).toBe(200);
    await expectIgnored("wrong_account");
  });
});

describe("the operator learns why a signature does not fit", () => {
  const event = stripeEvent("customer.updated", { id: "cus_1" });

  test.each([
    ["white space in the secret", "whsec_stripe-secret of-the-tests", "secret_has_spaces"],
    ["quotes around the secret", `"${SECRETS.stripe}"`, "secret_has_spaces"],
    ["the secret without its prefix", SECRETS.stripe.slice(6), "secret_encoding"],
    ["the secret encoded once more", btoa(SECRETS.stripe), "secret_encoding"],
    ["the secret of another endpoint", "whsec_of-another-endpoint", "wrong_secret"],
  ])("[DIAG1] %s", async (name, configured, cause) => {
    setEnvironment("HELIOGRAPH_STRIPE_WEBHOOK_SECRETS", configured);
    const secret = name.startsWith("white") ? configured.replace(" ", "") : SECRETS.stripe;
    expect(await deliver(t, "stripe", event, { secret })).toEqual({ status: 401, word: "refused" });
    expect(await causes()).toEqual([`stripe ${cause}`]);
  });

  test("[DIAG1] the secret of another provider", async () => {
    setEnvironment("HELIOGRAPH_STRIPE_WEBHOOK_SECRETS", SECRETS.whop);
    setEnvironment("HELIOGRAPH_WHOP_WEBHOOK_SECRETS", SECRETS.stripe);
    expect((await deliver(t, "stripe", event)).status).toBe(401);
    expect(await causes()).toEqual(["stripe secret_of_other_provider"]);
  });

  test("[DIAG2] a large body is not tried with everything: strangers may send as many as they like", async () => {
    setEnvironment("HELIOGRAPH_WHOP_WEBHOOK_SECRETS", SECRETS.stripe);
    const large = stripeEvent("invoice.paid", { id: "in_1", filler: "x".repeat(70_000) });
    expect((await deliver(t, "stripe", large, { secret: SECRETS.sellapp })).status).toBe(401);
    expect(await causes()).toEqual(["stripe wrong_secret"]);
  });

  test("[DIAG1] Sell.app's signature in base64 or capitals", async () => {
    const body = JSON.stringify(sellappOrder("order.created", "PENDING"));
    const hex = await hmacHex(SECRETS.sellapp, body);
    const base64 = btoa(
      String.fromCharCode(...(hex.match(/../g) ?? []).map((b) => Number(`0x${b}`))),
    );
    for (const signature of [hex.toUpperCase(), base64]) {
      expect((await send(t, "sellapp", body, { signature })).status).toBe(401);
    }
    expect(await causes()).toEqual(["sellapp secret_encoding"]);
  });

  test("[HOOK2] neither secrets nor what was sent are kept of a refusal", async () => {
    await deliver(t, "stripe", event, { secret: "whsec_x" });
    const [row] = await rowsOf(t, "webhookRefusals");
    expect(Object.keys(row ?? {}).sort()).toEqual(
      ["_creationTime", "_id", "cause", "count", "firstAtMs", "lastAtMs", "provider"].sort(),
    );
  });
});
