/** Signing up, in and out on the real deployment, as a page does it. */
import { randomBytes } from "node:crypto";
import { ConvexClient, ConvexHttpClient } from "convex/browser";
import { ConvexError } from "convex/values";
import { afterEach, beforeAll, expect, inject, test, vi } from "vitest";
import { api } from "../convex/_generated/api.js";
import { runAsAdmin } from "../tools/deployment/admin.ts";
import { connectMachine } from "./machines.ts";

const deployment = inject("deployment");
const PASSWORD = "oak lamp river nine";
const closers: (() => unknown)[] = [];
let visitor: ConvexHttpClient;

beforeAll(() => {
  visitor = new ConvexHttpClient(deployment.url, { logger: false });
});
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

const newAddress = () => `p-${randomBytes(5).toString("hex")}@example.com`;
const holds = (fact: () => unknown) => vi.waitFor(fact, { timeout: 10_000, interval: 20 });

async function signIn(params: Record<string, string>) {
  return await visitor.action(api.auth.signIn, { provider: "password", params });
}

/** The newest mail to an address, as the console of a demo shows it. */
async function readMail(to: string): Promise<string> {
  const { client } = await connectMachine(deployment, "console", "mail reader");
  closers.push(() => client.close());
  const outbox = await client.query(api.mail.outbox, {});
  if (outbox.state !== "current") throw new Error(outbox.state);
  const mail = outbox.mails.find((one) => one.to === to);
  if (mail?.text == null) throw new Error(`no mail to ${to}`);
  return mail.text;
}

async function codeFor(email: string): Promise<string> {
  return /Your code is (\S+)/.exec(await readMail(email))?.[1] ?? "";
}

/** A person who has proven their e-mail. */
async function register(email = newAddress()) {
  await signIn({ flow: "signUp", email, password: PASSWORD });
  const code = await codeFor(email);
  const params = { flow: "email-verification", email, password: PASSWORD, code };
  const { tokens } = await signIn(params);
  if (tokens == null) throw new Error("not signed in");
  return { email, tokens };
}

/** A page that is signed in with a token, and every answer it is given about its person. */
function openPage(token: string) {
  const client = new ConvexClient(deployment.url, { unsavedChangesWarning: false });
  closers.push(() => client.close());
  client.setAuth(async () => token);
  const answers: string[] = [];
  client.onUpdate(api.account.me, {}, (me) => {
    answers.push(me.state === "current" ? (me.email ?? "") : me.state);
  });
  return { client, answers };
}

test("a person signs up, proves the e-mail, signs in, and a session that ends is nobody at once", async () => {
  const { email } = await register();
  const first = (await signIn({ flow: "signIn", email, password: PASSWORD })).tokens;
  const second = (await signIn({ flow: "signIn", email, password: PASSWORD })).tokens;
  if (first == null || second == null) throw new Error("not signed in");
  const [ended, kept] = [openPage(first.token), openPage(second.token)];
  await holds(() => expect([ended.answers.at(-1), kept.answers.at(-1)]).toEqual([email, email]));
  await kept.client.mutation(api.account.endOtherSessions, {});
  await holds(() => expect(ended.answers.at(-1)).toBe("signedOut"));
  expect(kept.answers).not.toContain("signedOut");
  await expect(ended.client.mutation(api.account.rename, { name: "x" })).rejects.toMatchObject({
    data: { code: "unauthenticated" },
  });
  const refreshed = await visitor.action(api.auth.signIn, { refreshToken: first.refreshToken });
  expect(refreshed.tokens).toBeNull();
});

test("a wrong password and a machine are refused with stable codes over the wire", async () => {
  const { email } = await register();
  const wrong = signIn({ flow: "signIn", email, password: "not the password" });
  await expect(wrong).rejects.toBeInstanceOf(ConvexError);
  await expect(wrong).rejects.toMatchObject({ data: { code: "wrong_credentials" } });
  const { client } = await connectMachine(deployment, "bot", "signs in");
  closers.push(() => client.close());
  const machine = client.action(api.auth.signIn, { provider: "password", params: {} });
  await expect(machine).rejects.toMatchObject({ data: { code: "wrong_kind" } });
});

test("tries are counted by the component on the engine", async () => {
  const email = newAddress();
  for (let i = 0; i < 5; i += 1) await signIn({ flow: "reset", email });
  await expect(signIn({ flow: "reset", email })).rejects.toMatchObject({
    data: { code: "too_many_tries", retryAfterMs: expect.any(Number) },
  });
});

test("the command line makes the first owner, who invites; a deleted account is gone", async () => {
  const { email, tokens } = await register();
  await runAsAdmin(deployment, "staff:makeOwner", { email });
  const owner = openPage(tokens.token);
  const guest = newAddress();
  await owner.client.action(api.staff.invite, { email: guest, role: "support" });
  const token = /token=(\w+)/.exec(await readMail(guest))?.[1] ?? "";
  const other = openPage((await register(guest)).tokens.token);
  expect(await other.client.mutation(api.staff.accept, { token })).toEqual({ role: "support" });
  await other.client.action(api.account.remove, { password: PASSWORD, despiteRenewals: false });
  await holds(() => expect(other.answers.at(-1)).toBe("signedOut"));
  const gone = signIn({ flow: "signIn", email: guest, password: PASSWORD });
  await expect(gone).rejects.toMatchObject({ data: { code: "wrong_credentials" } });
});
