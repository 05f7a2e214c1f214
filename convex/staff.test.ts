import { ConvexError } from "convex/values";
import { beforeEach, expect, test, vi } from "vitest";
import { api, internal } from "./_generated/api.js";
import type { Id } from "./_generated/dataModel.js";
import { attachIdentity } from "./model/identities/attach.ts";
import {
  asMachine,
  asPerson,
  type Backend,
  issueMachine,
  readMail,
  signUp,
  startBackend,
} from "./test.setup.ts";

const DAY_MS = 24 * 60 * 60_000;

let t: Backend;
let owner: Awaited<ReturnType<typeof signUpVerified>>;

beforeEach(async () => {
  t = startBackend();
  owner = await signUpVerified("owner@example.com");
  await t.mutation(internal.staff.makeOwner, { email: "OWNER@example.com" });
});

async function signUpVerified(email: string) {
  const person = await signUp(t, email);
  const { userId } = person;
  await t.run(async (ctx) => await attachIdentity(ctx, { kind: "email", value: email, userId }));
  return person;
}

async function signInAgain(userId: Id<"users">) {
  const session = { userId, expirationTime: Date.now() + DAY_MS };
  return asPerson(
    t,
    userId,
    await t.run(async (ctx) => await ctx.db.insert("authSessions", session)),
  );
}

async function codeOf(call: Promise<unknown>): Promise<string> {
  const error = await call.then(
    () => new Error("it was allowed"),
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof ConvexError)) throw error;
  return error.data.code;
}

async function invite(email: string): Promise<string> {
  await owner.as.action(api.staff.invite, { email, role: "operator" });
  return (await readMail(t, email)).token;
}

const deeds = async () => {
  const answer = await owner.as.query(api.audit.list, { subject: null, cursor: null });
  return answer.state === "current" ? answer.deeds.map(({ action }) => action) : [];
};

test("[STAFF1] the first owner comes from the command line, for a proven e-mail only", async () => {
  const unknown = t.mutation(internal.staff.makeOwner, { email: "nobody@example.com" });
  expect(await codeOf(unknown)).toBe("unknown_email");
  expect(await owner.as.query(api.staff.me, {})).toMatchObject({ role: "owner" });
  const customer = await signUpVerified("second@example.com");
  expect(await customer.as.query(api.staff.list, {})).toEqual({ state: "forbidden" });
  expect(await deeds()).toEqual(["staff.makeOwner"]);
});

test("[STAFF1] the last owner is neither removed nor lowered; a second one may be", async () => {
  const { userId } = owner;
  expect(await codeOf(owner.as.mutation(api.staff.remove, { userId }))).toBe("last_owner");
  const lowered = owner.as.mutation(api.staff.setRole, { userId, role: "support" });
  expect(await codeOf(lowered)).toBe("last_owner");
  const second = await signUpVerified("second@example.com");
  await t.mutation(internal.staff.makeOwner, { email: "second@example.com" });
  await second.as.mutation(api.staff.remove, { userId });
  const again = await signInAgain(userId);
  expect(await again.query(api.staff.me, {})).toMatchObject({ role: null });
});

test("[INV1] an invitation makes the person with that e-mail staff, once", async () => {
  const token = await invite("friend@example.com");
  const stranger = await signUpVerified("stranger@example.com");
  expect(await codeOf(stranger.as.mutation(api.staff.accept, { token }))).toBe("not_yours");
  const friend = await signUpVerified("friend@example.com");
  expect(await friend.as.mutation(api.staff.accept, { token })).toEqual({ role: "operator" });
  expect(await friend.as.mutation(api.staff.accept, { token })).toEqual({ role: "operator" });
  expect(await codeOf(stranger.as.mutation(api.staff.accept, { token }))).toBe("invitation_over");
  expect(await deeds()).toEqual(["staff.accept", "staff.invite", "staff.makeOwner"]);
});

test("[INV1] an unproven e-mail accepts nothing", async () => {
  const token = await invite("friend@example.com");
  const friend = await signUp(t, "friend@example.com"); // typed, never proven
  expect(await codeOf(friend.as.mutation(api.staff.accept, { token }))).toBe("not_yours");
});

test("[INV1] a revoked, replaced or week-old invitation is over", async () => {
  vi.useFakeTimers();
  const friend = await signUpVerified("friend@example.com");
  const replaced = await invite("friend@example.com");
  const revoked = await invite("friend@example.com");
  const list = await owner.as.query(api.staff.list, {});
  if (list.state !== "current") throw new Error(list.state);
  const [newest] = list.invitations;
  if (newest === undefined) throw new Error("no invitation");
  await owner.as.mutation(api.staff.revokeInvitation, { invitationId: newest.invitationId });
  const late = await invite("friend@example.com");
  vi.advanceTimersByTime(7 * DAY_MS);
  for (const token of [replaced, revoked, late, "made up"]) {
    expect(await codeOf(friend.as.mutation(api.staff.accept, { token }))).toBe("invitation_over");
  }
  await t.finishAllScheduledFunctions(vi.runAllTimers);
  const after = await owner.as.query(api.staff.list, {});
  if (after.state !== "current") throw new Error(after.state);
  expect(after.invitations.map(({ state }) => state)).toEqual(["expired", "revoked", "revoked"]);
  vi.useRealTimers();
});

test("[INV2] the token of an invitation is in the mail and in no other row", async () => {
  const token = await invite("friend@example.com");
  expect(token).toMatch(/^\w{64}$/);
  const rows = await t.run(async (ctx) => await ctx.db.query("invitations").take(9));
  expect(JSON.stringify(rows)).not.toContain(token);
});

test("[STAFF2] a role that is taken away shuts an operator's queries at once", async () => {
  const helper = await signUp(t, "helper@example.com", "operator");
  expect(await helper.as.query(api.staff.list, {})).toMatchObject({ state: "current" });
  await owner.as.mutation(api.staff.setRole, { userId: helper.userId, role: "support" });
  const again = await signInAgain(helper.userId);
  expect(await again.query(api.staff.list, {})).toEqual({ state: "forbidden" });
  expect(await again.query(api.staff.me, {})).toMatchObject({ role: "support" });
  await owner.as.mutation(api.staff.remove, { userId: helper.userId });
  const gone = owner.as.mutation(api.staff.setRole, { userId: helper.userId, role: "owner" });
  expect(await codeOf(gone)).toBe("not_staff");
});

/** An owner who has issued a console, and rotated another's; invited somebody, and was invited. */
async function busyOwner() {
  const second = await signUpVerified("second@example.com");
  await t.mutation(internal.staff.makeOwner, { email: "second@example.com" });
  const made = { kind: "console", name: "Desk", ttlMs: null, sourceName: null } as const;
  const own = await second.as.action(api.machines.issueAsStaff, made);
  const rotated = await owner.as.action(api.machines.issueAsStaff, { ...made, name: "Hall" });
  await second.as.action(api.machines.rotateAsStaff, { machineId: rotated.machineId });
  const others = await owner.as.action(api.machines.issueAsStaff, { ...made, name: "Other" });
  const bot = await second.as.action(api.machines.issueAsStaff, { ...made, kind: "bot" });
  await second.as.action(api.staff.invite, { email: "friend@example.com", role: "owner" });
  await owner.as.action(api.staff.invite, { email: "second@example.com", role: "owner" });
  await owner.as.action(api.staff.invite, { email: "other@example.com", role: "support" });
  return { second, own, rotated, others, bot };
}

const statesOf = async (table: "machineTokens" | "invitations") =>
  await t.run(async (ctx) => {
    const rows = await ctx.db.query(table).take(20);
    return rows.map((row) => `${"email" in row ? row.email : row.name} ${row.state}`);
  });

test.each([
  ["removed", undefined],
  ["made an operator", "operator"],
  ["deleted", "deleted"],
] as const)(
  "[STAFF3] an owner who is %s leaves no console, invitation or session behind",
  async (_how, to) => {
    const { second, own } = await busyOwner();
    const { userId } = second;
    const console = asMachine(t, own.machineId, "console");
    expect(await console.query(api.mail.outbox, {})).toMatchObject({ state: "current" });
    if (to === "operator") await owner.as.mutation(api.staff.setRole, { userId, role: to });
    else if (to === undefined) await owner.as.mutation(api.staff.remove, { userId });
    else await t.mutation(internal.account.removeNow, { userId, despiteRenewals: false });
    expect(await console.query(api.mail.outbox, {})).toEqual({ state: "revoked" });
    expect(await second.as.query(api.staff.me, {})).toEqual({ state: "signedOut" });
    expect(await statesOf("machineTokens")).toEqual([
      "Desk revoked",
      "Hall revoked",
      "Other active",
      "Desk active", // the bot goes on: whoever runs it decides when it gets a new token
    ]);
    expect((await statesOf("invitations")).map((row) => row.split(" ")[1])).toEqual([
      "revoked",
      "revoked",
      "open",
    ]);
    const log = await deeds();
    expect(log.filter((action) => action === "machines.revoke")).toHaveLength(2);
    expect(log.filter((action) => action === "staff.revokeInvitation")).toHaveLength(2);
    expect(log).toContain("staff.endSessions");
  },
);

test("[STAFF3] a higher role, or the same again, ends nothing", async () => {
  const { second } = await busyOwner();
  await owner.as.mutation(api.staff.setRole, { userId: second.userId, role: "owner" });
  expect(await second.as.query(api.staff.me, {})).toMatchObject({ role: "owner" });
  expect(await statesOf("machineTokens")).not.toContain("Desk revoked");
});

test("[STAFF3] a console that somebody else gave a new token is not theirs any more", async () => {
  const { second, own } = await busyOwner();
  await owner.as.action(api.machines.rotateAsStaff, { machineId: own.machineId });
  await owner.as.mutation(api.staff.remove, { userId: second.userId });
  const console = asMachine(t, own.machineId, "console");
  expect(await console.query(api.mail.outbox, {})).toMatchObject({ state: "current" });
});

test("[STAFF4] an action that was let in before the role was taken away writes nothing after it", async () => {
  const { second, others } = await busyOwner();
  const staff = {
    actor: { kind: "person" as const, userId: second.userId },
    role: "owner" as const,
  };
  await owner.as.mutation(api.staff.setRole, { userId: second.userId, role: "operator" });
  const machine = {
    kind: "console",
    name: "Late",
    tokenHash: "h",
    ttlMs: null,
    sourceName: null,
  } as const;
  const invitation = { email: "late@example.com", role: "owner" as const, token: "late" };
  const { machineId } = others;
  for (const late of [
    t.mutation(internal.machines.register, { staff, machine }),
    t.mutation(internal.machines.replaceToken, { staff, machineId, tokenHash: "h" }),
    t.mutation(internal.staff.storeInvitation, { staff, ...invitation }),
  ]) {
    expect(await codeOf(late)).toBe("forbidden");
  }
});

test("[MAC4] operators issue and rotate tokens, shown once; a console's needs an owner", async () => {
  const operator = await signUp(t, "operator@example.com", "operator");
  const machine = { kind: "bot", name: " Bot 7 ", ttlMs: null, sourceName: null } as const;
  const { token, machineId } = await operator.as.action(api.machines.issueAsStaff, machine);
  expect(token).toMatch(/^hg_bot_\w{64}$/);
  const shown = { machines: [{ name: "Bot 7", shownTo: "operator@example.com" }] };
  expect(await owner.as.query(api.machines.list, {})).toMatchObject(shown);
  const rotated = await operator.as.action(api.machines.rotateAsStaff, { machineId });
  expect(rotated.token).not.toBe(token);
  const console = { ...machine, kind: "console" } as const;
  expect(await codeOf(operator.as.action(api.machines.issueAsStaff, console))).toBe("forbidden");
  const made = await owner.as.action(api.machines.issueAsStaff, console);
  const rotating = operator.as.action(api.machines.rotateAsStaff, { machineId: made.machineId });
  expect(await codeOf(rotating)).toBe("forbidden");
  const nameless = operator.as.action(api.machines.issueAsStaff, { ...machine, name: " " });
  expect(await codeOf(nameless)).toBe("bad_input");
  const nowhere = operator.as.action(api.machines.issueAsStaff, { ...machine, sourceName: "x" });
  expect(await codeOf(nowhere)).toBe("bad_input");
});

test("[AUD1] the audit log names who did what to whom, in pages and by subject", async () => {
  const { machineId } = await issueMachine(t, "bot", "Bot 1");
  for (let i = 0; i < 55; i += 1) await owner.as.mutation(api.machines.revoke, { machineId });
  const first = await owner.as.query(api.audit.list, { subject: null, cursor: null });
  if (first.state !== "current") throw new Error(first.state);
  expect(first.deeds).toHaveLength(50);
  expect(first.deeds[0]).toMatchObject({
    action: "machines.revoke",
    actorName: "owner@example.com",
    subjectName: "Bot 1",
  });
  const last = await owner.as.query(api.audit.list, { subject: null, cursor: first.cursor });
  if (last.state !== "current") throw new Error(last.state);
  expect([last.deeds.length, last.cursor]).toEqual([7, null]);
  expect(last.deeds.at(-1)).toMatchObject({ actorName: "the command line" });
  const about = await owner.as.query(api.audit.list, { subject: owner.userId, cursor: null });
  expect(about).toMatchObject({ deeds: [{ action: "staff.makeOwner" }] });
});

test("[AUD2] what is done to machines from the command line is in the log, and that staff left", async () => {
  const { machineId } = await issueMachine(t, "bot", "Bot 1");
  await t.action(internal.machines.rotate, { machineId });
  await t.mutation(internal.machines.revokeNow, { machineId });
  const support = await signUp(t, "support@example.com", "support");
  const leave = { userId: support.userId, despiteRenewals: false };
  await t.mutation(internal.account.removeNow, leave);
  const answer = await owner.as.query(api.audit.list, { subject: null, cursor: null });
  if (answer.state !== "current") throw new Error(answer.state);
  const log = answer.deeds.map(({ action, actorName }) => `${action} by ${actorName}`);
  expect(log.toReversed().slice(1)).toEqual([
    "machines.issue by the command line",
    "machines.rotate by the command line",
    "machines.revoke by the command line",
    "staff.leave by somebody who left",
    "staff.endSessions by somebody who left",
  ]);
});

test("[LIM1] an owner who invites too often is refused with the time to wait", async () => {
  for (let i = 0; i < 30; i += 1) {
    const count = { name: "invitation" as const, who: owner.userId };
    await t.mutation(internal.signIns.count, count);
  }
  const refused = owner.as.action(api.staff.invite, { email: "x@example.com", role: "support" });
  expect(await codeOf(refused)).toBe("too_many_tries");
});
