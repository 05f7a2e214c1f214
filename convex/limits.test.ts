import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { api, internal } from "./_generated/api.js";
import {
  type Backend,
  codeOf,
  readMail,
  signUp,
  startBackend,
  useFreshSignInKeys,
} from "./test.setup.ts";

vi.mock("./model/people/passwordCost.ts", () => ({ PASSWORD_COST: { N: 2, r: 1, p: 1 } }));
vi.mock("./model/people/answerTime.ts", () => ({ LEAST_ANSWER_MS: 0 }));

const EMAIL = "jo@example.com";
const PASSWORD = "oak lamp river nine";

let t: Backend;

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ["Date"] }); // no limit comes back while a flood goes on
  t = startBackend();
  await useFreshSignInKeys();
});
afterEach(() => {
  vi.useRealTimers();
});

const ask = async (flow: string, email: string) =>
  await t.action(api.auth.signIn, {
    provider: "password",
    params: { flow, email, password: PASSWORD },
  });

const subjectsTo = async (to: string) =>
  await t.run(async (ctx) => {
    const mails = await ctx.db
      .query("mails")
      .withIndex("by_to", (q) => q.eq("to", to))
      .take(100);
    return [...new Set(mails.map(({ subject }) => subject))];
  });

/** Mails of one kind to an address until no more go out. */
async function flood(to: string, kind: "signUp" | "claim") {
  const mail = { to, subject: "flood", text: "" };
  for (;;) {
    if ((await t.mutation(internal.mail.enqueue, { kind, mail })) === "tooMany") return;
  }
}

test("[LIM5] a flood of sign-up codes holds up neither resets, changes, claims nor invitations", async () => {
  const jo = await signUp(t, "jo@elsewhere.example");
  const owner = await signUp(t, "owner@example.com", "owner");
  await ask("signUp", EMAIL);
  await flood(EMAIL, "signUp");
  await ask("reset", EMAIL);
  await jo.as.action(api.account.requestEmailChange, { email: EMAIL, password: null });
  await jo.as.action(api.identities.requestClaim, { email: EMAIL });
  await owner.as.action(api.staff.invite, { email: EMAIL, role: "support" });
  expect(await subjectsTo(EMAIL)).toEqual([
    "Your code to sign up",
    "flood",
    "Your code to reset the password",
    "Your code for the new e-mail",
    "Your code to claim a purchase",
    "You are invited to the team",
  ]);
});

test("[LIM5] made-up sign-ups and sign-ins by the minute hold up nobody's e-mail change, claim or code", async () => {
  const jo = await signUp(t, EMAIL);
  const flooded = { signUp: 121, signIn: 601 } as const;
  for (const name of ["signUp", "signIn"] as const) {
    await Promise.all(
      Array.from({ length: flooded[name] }, async (_, index) => {
        await t.mutation(internal.signIns.count, { name, who: `p${index}@example.com` });
      }),
    );
  }
  for (const flow of ["signUp", "signIn"]) {
    expect(await codeOf(ask(flow, "new@example.com"))).toBe("too_many_tries");
  }
  await jo.as.action(api.account.requestEmailChange, { email: "n@example.com", password: null });
  await jo.as.action(api.identities.requestClaim, { email: "old@example.com" });
  for (const name of ["code", "password"] as const) {
    expect(await t.mutation(internal.signIns.count, { name, who: EMAIL })).toMatchObject({
      ok: true,
    });
  }
});

test("[LIM1] an address that had too many claim codes is said so, and its last code stays good", async () => {
  const jo = await signUp(t, EMAIL);
  await jo.as.action(api.identities.requestClaim, { email: "old@example.com" });
  const { code } = await readMail(t, "old@example.com");
  await flood("old@example.com", "claim");
  const refused = jo.as.action(api.identities.requestClaim, { email: "old@example.com" });
  expect(await codeOf(refused)).toBe("too_many_tries");
  const proof = { email: "old@example.com", code };
  expect(await jo.as.mutation(api.identities.confirmClaim, proof)).toBe("attached");
});
