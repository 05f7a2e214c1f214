import { ConvexError } from "convex/values";
import { beforeEach, expect, test, vi } from "vitest";
import { api, internal } from "./_generated/api.js";
import { attachIdentity } from "./model/identities/attach.ts";
import {
  asPerson,
  type Backend,
  readMail,
  setEnvironment,
  startBackend,
  useFreshSignInKeys,
} from "./test.setup.ts";

vi.mock("./model/people/passwordCost.ts", () => ({ PASSWORD_COST: { N: 2, r: 1, p: 1 } }));

const LEAST_ANSWER_MS = 30;
vi.mock("./model/people/answerTime.ts", () => ({ LEAST_ANSWER_MS: 30 }));

const EMAIL = "jo@example.com";
const PASSWORD = "oak lamp river nine";
const OTHER = "another long phrase 7";

let t: Backend;

beforeEach(async () => {
  t = startBackend();
  await useFreshSignInKeys();
});

const signIn = async (params: Record<string, string>) =>
  await t.action(api.auth.signIn, { provider: "password", params });

async function codeOf(call: Promise<unknown>): Promise<string> {
  const error = await call.then(
    () => new Error("it was allowed"),
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof ConvexError)) throw error;
  return error.data.code;
}

async function register(email = EMAIL, password = PASSWORD) {
  await signIn({ flow: "signUp", email, password });
  const { code } = await readMail(t, email.toLowerCase());
  return await signIn({ flow: "email-verification", email, password, code });
}

const rowsOf = async (table: "users" | "authSessions" | "identities" | "mails" | "authAccounts") =>
  await t.run(async (ctx) => await ctx.db.query(table).take(100));

test("[SIGN1] a person signs up, proves the e-mail with a code, and is signed in", async () => {
  expect(await signIn({ flow: "signUp", email: "Jo@Example.com", password: PASSWORD })).toEqual({
    tokens: null,
  });
  expect(await rowsOf("identities")).toEqual([]);
  expect(await rowsOf("authSessions")).toEqual([]);
  const { code } = await readMail(t, EMAIL);
  const { tokens } = await signIn({
    flow: "email-verification",
    email: EMAIL,
    password: PASSWORD,
    code: code.toLowerCase(),
  });
  expect(tokens?.token).toMatch(/^ey/);
  expect(await rowsOf("identities")).toMatchObject([{ kind: "email", value: EMAIL }]);
  expect(await rowsOf("users")).toMatchObject([{ email: EMAIL }]);
});

test("a verified person signs in with the password, and not with another", async () => {
  await register();
  expect((await signIn({ flow: "signIn", email: EMAIL, password: PASSWORD })).tokens).toBeTruthy();
  const wrong = signIn({ flow: "signIn", email: EMAIL, password: OTHER });
  expect(await codeOf(wrong)).toBe("wrong_credentials");
});

test("[SIGN3] signing up, in and resetting answer the same with and without an account", async () => {
  await register();
  const answers = async (email: string) => [
    await signIn({ flow: "signUp", email, password: OTHER }),
    await codeOf(signIn({ flow: "signIn", email, password: "not the password" })),
    await signIn({ flow: "reset", email }),
  ];
  expect(await answers(EMAIL)).toEqual(await answers("nobody@example.com"));
});

test("[SIGN3] an answer that is found at once takes its time, too", async () => {
  for (const call of [
    () => signIn({ flow: "reset", email: "nobody@example.com" }),
    () => signIn({ flow: "signUp", email: EMAIL, password: PASSWORD }),
  ]) {
    const startedMs = performance.now();
    await call();
    expect(performance.now() - startedMs).toBeGreaterThan(LEAST_ANSWER_MS - 2);
  }
});

test("[SIGN3] whoever owns the address learns by mail that somebody signed up with it again", async () => {
  await register();
  await signIn({ flow: "signUp", email: EMAIL, password: OTHER });
  expect((await readMail(t, EMAIL)).subject).toBe("You already have an account");
  const wrong = signIn({ flow: "signIn", email: EMAIL, password: OTHER });
  expect(await codeOf(wrong)).toBe("wrong_credentials");
});

test("[SIGN4] a code does nothing without the password it was asked for with", async () => {
  await signIn({ flow: "signUp", email: EMAIL, password: PASSWORD }); // a stranger's
  const { code } = await readMail(t, EMAIL);
  const opened = signIn({ flow: "email-verification", email: EMAIL, password: OTHER, code });
  expect(await codeOf(opened)).toBe("wrong_code");
  // The owner signs up as well: the last password counts, and only the newest code.
  await signIn({ flow: "signUp", email: EMAIL, password: OTHER });
  const old = signIn({ flow: "email-verification", email: EMAIL, password: OTHER, code });
  expect(await codeOf(old)).toBe("wrong_code");
  const fresh = (await readMail(t, EMAIL)).code;
  const params = { flow: "email-verification", email: EMAIL, password: OTHER, code: fresh };
  expect((await signIn(params)).tokens).toBeTruthy();
  const stranger = signIn({ flow: "signIn", email: EMAIL, password: PASSWORD });
  expect(await codeOf(stranger)).toBe("wrong_credentials");
  expect(await rowsOf("users")).toHaveLength(1);
});

test("[SIGN5] what is stored of a password is a slow hash, and of a code a hash", async () => {
  await signIn({ flow: "signUp", email: EMAIL, password: PASSWORD });
  const [account] = await rowsOf("authAccounts");
  expect(account).toMatchObject({ secret: expect.stringMatching(/^scrypt:2:1:1:\w{32}:\w{64}$/) });
  const { code } = await readMail(t, EMAIL);
  const codes = await t.run(async (ctx) => await ctx.db.query("authVerificationCodes").take(9));
  expect(JSON.stringify(codes)).not.toContain(code.replace("-", ""));
});

test("a code works once, and not after its hour", async () => {
  await register();
  await signIn({ flow: "reset", email: EMAIL });
  const { code } = await readMail(t, EMAIL);
  vi.useFakeTimers({ now: Date.now() + 61 * 60_000, toFake: ["Date"] });
  const late = signIn({ flow: "reset-verification", email: EMAIL, newPassword: OTHER, code });
  expect(await codeOf(late)).toBe("wrong_code");
  vi.useRealTimers();
});

test("a reset sets the password and ends every other session", async () => {
  await register();
  const [before] = await rowsOf("authSessions");
  await signIn({ flow: "reset", email: EMAIL });
  const { code } = await readMail(t, EMAIL);
  const params = { flow: "reset-verification", email: EMAIL, newPassword: OTHER, code };
  expect((await signIn(params)).tokens).toBeTruthy();
  const sessions = await rowsOf("authSessions");
  expect(sessions).toHaveLength(1);
  expect(sessions[0]?._id).not.toBe(before?._id);
  expect((await signIn({ flow: "signIn", email: EMAIL, password: OTHER })).tokens).toBeTruthy();
  expect(await codeOf(signIn(params))).toBe("wrong_code");
});

test("weak passwords and what is no e-mail are refused with stable codes", async () => {
  const weak = signIn({ flow: "signUp", email: EMAIL, password: "password12" });
  expect(await codeOf(weak)).toBe("weak_password");
  const noEmail = signIn({ flow: "signUp", email: "jo at home", password: PASSWORD });
  expect(await codeOf(noEmail)).toBe("bad_input");
  expect(await codeOf(signIn({ flow: "steal", email: EMAIL }))).toBe("bad_input");
  expect(await rowsOf("users")).toEqual([]);
});

test("[LIM1] the eleventh wrong password is refused with the time to wait, and the next after it is not", async () => {
  await register();
  const wrong = signIn({ flow: "signIn", email: EMAIL, password: "no" });
  expect(await codeOf(wrong)).toBe("wrong_credentials");
  const count = { name: "signIn" as const, who: EMAIL }; // what every try counts first
  for (let i = 0; i < 9; i += 1) await t.mutation(internal.signIns.count, count);
  const refused = signIn({ flow: "signIn", email: EMAIL, password: PASSWORD });
  const error = await refused.catch((thrown: unknown) => thrown);
  expect(Object(error).data).toMatchObject({ code: "too_many_tries" });
  const { retryAfterMs } = Object(error).data;
  expect(retryAfterMs).toBeGreaterThan(0);
  vi.useFakeTimers({ now: Date.now() + retryAfterMs + 1, toFake: ["Date"] });
  expect((await signIn({ flow: "signIn", email: EMAIL, password: PASSWORD })).tokens).toBeTruthy();
  vi.useRealTimers();
});

test("[LIM2] the limit of one e-mail is nobody else's", async () => {
  for (let i = 0; i < 5; i += 1) await signIn({ flow: "reset", email: EMAIL });
  expect(await codeOf(signIn({ flow: "reset", email: EMAIL }))).toBe("too_many_tries");
  expect(await signIn({ flow: "reset", email: "other@example.com" })).toEqual({ tokens: null });
});

test("signing out ends the session at once, and a session that has ended can do it again", async () => {
  await register();
  const [session] = await rowsOf("authSessions");
  if (session === undefined || !("userId" in session)) throw new Error("nobody is signed in");
  const as = asPerson(t, session.userId as never, session._id as never);
  await as.action(api.auth.signOut, {});
  expect(await rowsOf("authSessions")).toEqual([]);
  await as.action(api.auth.signOut, {});
});

const CLAIMED = "claimed@example.com";

/** Jo, who has proven another address beside the main one. */
async function registerWithClaim() {
  await register();
  const [jo] = await t.run(async (ctx) => await ctx.db.query("users").take(1));
  if (jo === undefined) throw new Error("nobody signed up");
  const claim = { kind: "email", value: CLAIMED, userId: jo._id } as const;
  await t.run(async (ctx) => await attachIdentity(ctx, claim));
  return jo;
}

test("[SIGN6] whoever proves an address that another account has claimed is not signed in to it", async () => {
  const jo = await registerWithClaim();
  const before = (await rowsOf("authSessions")).length;
  expect(await codeOf(register(CLAIMED, OTHER))).toBe("identity_taken");
  expect(await rowsOf("authSessions")).toHaveLength(before);
  const user = await t.run(async (ctx) => await ctx.db.get("users", jo._id));
  expect(user?.email).toBe(EMAIL);
});

test("[SIGN6] Discord with an address that another account has claimed makes an account of its own", async () => {
  const jo = await registerWithClaim();
  const signature = "s";
  await t.run(async (ctx) => await ctx.db.insert("authVerifiers", { signature }));
  const profile = { discordId: "2", name: "x", email: CLAIMED, emailVerified: true, image: "" };
  const args = { type: "userOAuth" as const, provider: "discord", providerAccountId: "2" };
  await t.mutation(internal.auth.store, { args: { ...args, profile, signature } });
  const accounts = (await rowsOf("authAccounts")).map(Object);
  const discord = accounts.find(({ provider }) => provider === "discord");
  expect(discord?.userId).not.toBe(jo._id);
});

test("[SIGN6] a reset with an address beside the main one leaves the main one", async () => {
  const jo = await registerWithClaim();
  await t.run(async (ctx) => {
    const account = { provider: "password", providerAccountId: CLAIMED, emailVerified: CLAIMED };
    await ctx.db.insert("authAccounts", { userId: jo._id, ...account, secret: "x" });
  });
  await signIn({ flow: "reset", email: CLAIMED });
  const { code } = await readMail(t, CLAIMED);
  await signIn({ flow: "reset-verification", email: CLAIMED, code, newPassword: OTHER });
  const user = await t.run(async (ctx) => await ctx.db.get("users", jo._id));
  expect(user?.email).toBe(EMAIL);
});

test("[SIGN2] an e-mail that Discord has not verified joins nobody; a verified one joins its owner", async () => {
  await register();
  const discord = async (profile: Record<string, unknown>) => {
    const signature = `s${Math.random()}`;
    await t.run(async (ctx) => await ctx.db.insert("authVerifiers", { signature }));
    const args = { type: "userOAuth" as const, provider: "discord", signature };
    const providerAccountId = String(profile.discordId);
    await t.mutation(internal.auth.store, { args: { ...args, providerAccountId, profile } });
  };
  await discord({ discordId: "1", name: "eve", email: null, emailVerified: false, image: "" });
  expect(await rowsOf("users")).toHaveLength(2);
  await discord({
    discordId: "2",
    name: "jo",
    email: "JO@example.com",
    emailVerified: true,
    image: "",
  });
  expect(await rowsOf("users")).toHaveLength(2);
  const identities = await rowsOf("identities");
  const owner = (kind: string, value: string) =>
    identities.map(Object).find((row) => row.kind === kind && row.value === value)?.userId;
  expect(owner("discord", "2")).toBe(owner("email", EMAIL));
  expect(owner("discord", "1")).not.toBe(owner("email", EMAIL));
});

test("[SIGN7] Discord brings one back to the site or the console, and nowhere else", async () => {
  setEnvironment("AUTH_DISCORD_ID", "1");
  setEnvironment("AUTH_DISCORD_SECRET", "secret");
  setEnvironment("HELIOGRAPH_CONSOLE_URL", "https://console.test");
  const begin = async (redirectTo: string) =>
    await t.action(api.auth.signIn, { provider: "discord", params: { redirectTo } });
  for (const page of ["/account", "https://console.test/staff"]) {
    expect(await begin(page)).toMatchObject({
      redirect: expect.stringContaining("/signin/discord"),
    });
  }
  const elsewhere = ["https://console.test.evil.test/", "https://evil.test/?https://console.test"];
  for (const page of [...elsewhere, "javascript:alert(1)", "evil"]) {
    expect(await codeOf(begin(page))).toBe("bad_redirect");
  }
  setEnvironment("HELIOGRAPH_CONSOLE_URL", undefined);
  expect(await codeOf(begin("https://console.test/staff"))).toBe("bad_redirect");
});

test("a password joins the Discord user of the same verified e-mail, when a code has proven it", async () => {
  const signature = "s";
  await t.run(async (ctx) => await ctx.db.insert("authVerifiers", { signature }));
  const profile = { discordId: "2", name: "jo", email: EMAIL, emailVerified: true, image: "" };
  const args = { type: "userOAuth" as const, provider: "discord", providerAccountId: "2" };
  await t.mutation(internal.auth.store, { args: { ...args, profile, signature } });
  await register();
  expect(await rowsOf("users")).toHaveLength(1);
  expect(await rowsOf("authAccounts")).toHaveLength(2);
  expect(await rowsOf("identities")).toHaveLength(2);
});

test("[SIGN6] a sign-up under way when the address was proven leaves the account alone", async () => {
  await register();
  const secret = await t.action(internal.passwordHashes.hash, { password: OTHER }); // a stranger's
  await t.mutation(internal.signIns.replaceUnproven, { email: EMAIL, secret });
  const stranger = signIn({ flow: "signIn", email: EMAIL, password: OTHER });
  expect(await codeOf(stranger)).toBe("wrong_credentials");
});

test("[SIGN6] a password that overtakes another one ends the code that was mailed for it", async () => {
  await signIn({ flow: "signUp", email: EMAIL, password: PASSWORD });
  const secret = await t.action(internal.passwordHashes.hash, { password: OTHER }); // a stranger's
  await t.mutation(internal.signIns.replaceUnproven, { email: EMAIL, secret });
  const codes = await t.run(async (ctx) => await ctx.db.query("authVerificationCodes").take(9));
  expect(codes).toEqual([]);
});

test("[SIGN6] a reset proves an address without leaving a stranger's password good for a moment", async () => {
  await signIn({ flow: "signUp", email: EMAIL, password: PASSWORD }); // a stranger's
  await signIn({ flow: "reset", email: EMAIL });
  const wrong = { flow: "reset-verification", email: EMAIL, newPassword: OTHER, code: "AAAA-AAAA" };
  expect(await codeOf(signIn(wrong))).toBe("wrong_code");
  expect((await rowsOf("authAccounts")).map(Object)[0]).not.toHaveProperty("secret");
  const { code } = await readMail(t, EMAIL);
  expect((await signIn({ ...wrong, code })).tokens).toBeTruthy();
});

test("[SIGN4] no other way of the library takes a mailed code", async () => {
  await signIn({ flow: "signUp", email: EMAIL, password: PASSWORD });
  const code = (await readMail(t, EMAIL)).code.replace("-", "");
  const params = { code, email: EMAIL, address: EMAIL };
  for (const provider of [undefined, "discord"] as const) {
    const answer = await t
      .action(api.auth.signIn, { params, ...(provider === undefined ? {} : { provider }) })
      .catch(() => ({ tokens: null }));
    expect(answer.tokens ?? null).toBeNull();
  }
  expect(await rowsOf("authSessions")).toEqual([]);
});

test("[LIM3] a stranger's made-up codes neither hold up the owner nor leave the address behind", async () => {
  await register();
  await signIn({ flow: "reset", email: EMAIL });
  const { code } = await readMail(t, EMAIL);
  const made = { code: "AAAAAAAA", email: EMAIL };
  for (let i = 0; i < 12; i += 1) await t.action(api.auth.signIn, { params: made });
  const nobody = "nobody@example.com";
  const guess = { flow: "reset-verification", email: nobody, newPassword: OTHER, code: "AAAA" };
  expect(await codeOf(signIn(guess))).toBe("wrong_code");
  const limits = await t.run(async (ctx) => await ctx.db.query("authRateLimits").take(9));
  expect(limits).toEqual([]);
  const params = { flow: "reset-verification", email: EMAIL, newPassword: OTHER, code };
  expect((await signIn(params)).tokens).toBeTruthy();
});

test("[LIM4] a stranger who uses up every try does not lock the owner out", async () => {
  await register();
  await signIn({ flow: "reset", email: EMAIL }); // whoever asked for it
  const use = async (name: "signIn" | "code" | "reset" | "resetCode", times: number) => {
    for (let i = 0; i < times; i += 1)
      await t.mutation(internal.signIns.count, { name, who: EMAIL });
  };
  await use("signIn", 10);
  await use("code", 10);
  await use("reset", 5);
  await use("resetCode", 60);
  const refused = signIn({ flow: "signIn", email: EMAIL, password: PASSWORD });
  expect(await codeOf(refused)).toBe("too_many_tries");
  const { code } = await readMail(t, EMAIL);
  const params = { flow: "reset-verification", email: EMAIL, newPassword: OTHER, code };
  expect((await signIn(params)).tokens).toBeTruthy();
  expect((await signIn({ flow: "signIn", email: EMAIL, password: OTHER })).tokens).toBeTruthy();
});
