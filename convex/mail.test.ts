// @vitest-environment node
/** Mails over real loopback servers: an HTTP provider, and as much of an SMTP server as nodemailer needs. */
import { createServer } from "node:http";
import { type AddressInfo, createServer as createSocketServer, type Server } from "node:net";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { api, internal } from "./_generated/api.js";
import { attachIdentity } from "./model/identities/attach.ts";
import { queueMail } from "./model/mail/store.ts";
import {
  claimMail,
  emailChangeMail,
  resetMail,
  verificationMail,
} from "./model/people/accountMails.ts";
import {
  type Backend,
  codeOf,
  issueMachine,
  setEnvironment,
  signUp,
  startBackend,
} from "./test.setup.ts";

const MAIL = { to: "jo@example.com", subject: "Your code", text: "Your code is ABCD-EFGH" };
const MINUTE_MS = 60_000;

let t: Backend;
const servers: { close(): unknown }[] = [];

beforeEach(() => {
  t = startBackend();
  vi.useFakeTimers({ toFake: ["Date", "setTimeout", "clearTimeout"] });
});
afterEach(() => {
  vi.useRealTimers();
  for (const server of servers.splice(0)) server.close();
  setEnvironment("HELIOGRAPH_MAIL_MODE", "outbox");
});

async function portOf(server: Server): Promise<number> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}

/** An HTTP provider that answers these statuses in turn, then the last for ever. */
async function serveHttp(...statuses: number[]) {
  const requests: { headers: Record<string, unknown>; body: unknown }[] = [];
  const server = createServer((request, response) => {
    let text = "";
    request.on("data", (chunk: Buffer) => {
      text += chunk.toString();
    });
    request.on("end", () => {
      requests.push({ headers: request.headers, body: JSON.parse(text) });
      const status = statuses.length > 1 ? statuses.shift() : statuses[0];
      response.writeHead(status ?? 500, { connection: "close" }).end("{}");
    });
  });
  const url = `http://127.0.0.1:${await portOf(server)}/emails`;
  setEnvironment("HELIOGRAPH_MAIL_MODE", "http");
  setEnvironment("HELIOGRAPH_MAIL_HTTP_URL", url);
  setEnvironment("HELIOGRAPH_MAIL_HTTP_KEY", "re_key");
  return requests;
}

/** An SMTP server that answers RCPT with these lines in turn. */
async function serveSmtp(...answers: string[]) {
  const received: string[] = [];
  const server = createSocketServer((socket) => {
    let isData = false;
    let data = "";
    socket.write("220 loopback ESMTP\r\n");
    socket.on("data", (chunk) => {
      for (const line of chunk.toString().split("\r\n").slice(0, -1)) {
        if (isData && line !== ".") data += `${line}\n`;
        else if (isData) {
          isData = false;
          received.push(data);
          socket.write("250 queued\r\n");
        } else if (line.startsWith("EHLO")) socket.write("250 loopback\r\n");
        else if (line.startsWith("RCPT")) socket.write(`${answers.shift() ?? "250 ok"}\r\n`);
        else if (line === "DATA") {
          isData = true;
          socket.write("354 go on\r\n");
        } else if (line === "QUIT") socket.end("221 bye\r\n");
        else socket.write("250 ok\r\n");
      }
    });
    socket.on("error", () => socket.destroy());
  });
  setEnvironment("HELIOGRAPH_MAIL_MODE", "smtp");
  setEnvironment("HELIOGRAPH_MAIL_SMTP_URL", `smtp://127.0.0.1:${await portOf(server)}`);
  return received;
}

const queue = async () => await t.run(async (ctx) => await queueMail(ctx, MAIL));
const row = async () => await t.run(async (ctx) => await ctx.db.query("mails").first());

/** Lets what is scheduled until then run, and the loopback answer. */
async function pass(ms: number) {
  vi.advanceTimersByTime(ms);
  await t.finishInProgressScheduledFunctions();
}

test("[MAIL1] a mail goes over HTTP, with the same key on every attempt, until it is taken", async () => {
  const requests = await serveHttp(503, 429, 200);
  const mailId = await queue();
  await pass(0);
  expect(await row()).toMatchObject({ state: "queued", attempts: 1, code: "http_503" });
  await pass(30_000);
  expect(await row()).toMatchObject({ state: "queued", attempts: 2, code: "http_429" });
  await pass(2 * MINUTE_MS);
  expect(await row()).toMatchObject({ state: "sent", attempts: 3 });
  expect(requests.map(({ headers }) => headers["idempotency-key"])).toEqual(
    Array.from({ length: 3 }, () => mailId),
  );
  expect(requests[0]).toMatchObject({
    headers: { authorization: "Bearer re_key" },
    body: {
      from: "Signals <signals@customers.test>",
      to: [MAIL.to],
      subject: MAIL.subject,
      text: MAIL.text,
    },
  });
});

test("[MAIL1] a mail that is refused for good fails with its reason, without another attempt", async () => {
  const requests = await serveHttp(422);
  await queue();
  await pass(0);
  expect(await row()).toMatchObject({ state: "failed", code: "http_422", text: null });
  await pass(60 * MINUTE_MS);
  expect(requests).toHaveLength(1);
});

test("[MAIL1] six attempts, the last after hours, then it has failed", async () => {
  const requests = await serveHttp(500);
  await queue();
  await pass(0);
  for (const wait of [30_000, 2 * MINUTE_MS, 10 * MINUTE_MS, 60 * MINUTE_MS, 240 * MINUTE_MS]) {
    expect(await row()).toMatchObject({ state: "queued" });
    await pass(wait);
  }
  expect(await row()).toMatchObject({ state: "failed", code: "http_500", attempts: 6 });
  expect(requests).toHaveLength(6);
});

test("[MAIL1] a mail whose attempt died with its process is sent by the sweep", async () => {
  const requests = await serveHttp(200);
  const mailId = await queue();
  await t.mutation(internal.mail.begin, { mailId }); // and nothing more is heard of it
  await t.mutation(internal.mail.sweep, {});
  expect(requests).toHaveLength(0);
  vi.setSystemTime(Date.now() + 12 * MINUTE_MS);
  await t.mutation(internal.mail.sweep, {});
  await pass(0);
  expect(await row()).toMatchObject({ state: "sent" });
});

test("[MAIL1] a mail goes over SMTP; a full mailbox is tried again, an unknown one is not", async () => {
  const received = await serveSmtp("452 full", "250 ok", "550 unknown");
  await queue();
  await pass(0);
  expect(await row()).toMatchObject({ state: "queued", code: "smtp_452" });
  await pass(30_000);
  expect(await row()).toMatchObject({ state: "sent" });
  expect(received[0]).toContain("To: jo@example.com");
  expect(received[0]).toContain(MAIL.text);
  await t.run(async (ctx) => await queueMail(ctx, { ...MAIL, to: "nobody@example.com" }));
  await pass(0);
  const rows = await t.run(async (ctx) => await ctx.db.query("mails").take(9));
  expect(rows[1]).toMatchObject({ state: "failed", code: "smtp_550" });
}, 15_000);

test("[MAIL2] the text is gone once the mail is sent", async () => {
  await serveHttp(200);
  await queue();
  expect((await row())?.text).toBe(MAIL.text);
  await pass(0);
  expect((await row())?.text).toBeNull();
});

test("[MAIL3] mode outbox keeps the mail for the console; other modes show no texts", async () => {
  const operator = await signUp(t, "operator@example.com", "operator");
  await queue();
  const kept = { state: "kept", text: MAIL.text, to: MAIL.to };
  expect(await operator.as.query(api.mail.outbox, {})).toMatchObject({ mails: [kept] });
  setEnvironment("HELIOGRAPH_MAIL_MODE", "http");
  expect(await operator.as.query(api.mail.outbox, {})).toMatchObject({ mails: [{ text: null }] });
});

test("[MAIL5] nobody reads the mails of staff of their own rank or above, except their own", async () => {
  const people = new Map<string, Awaited<ReturnType<typeof signUp>>>();
  for (const role of ["support", "operator", "owner"] as const) {
    for (const name of [role, `other-${role}`]) {
      const email = `${name}@example.com`;
      const person = await signUp(t, email, role);
      const identity = { kind: "email", value: email, userId: person.userId } as const;
      await t.run(async (ctx) => await attachIdentity(ctx, identity));
      people.set(name, person);
    }
  }
  const owner = people.get("owner");
  for (const role of ["support", "operator", "owner"] as const) {
    await owner?.as.action(api.staff.invite, { email: `future-${role}@example.com`, role });
  }
  for (const name of [...people.keys(), "customer"]) {
    await t.run(async (ctx) => await queueMail(ctx, resetMail(`${name}@example.com`, "ABCDEFGH")));
  }
  const readBy = async (as: Pick<Backend, "query"> | undefined) => {
    const answer = await as?.query(api.mail.outbox, {});
    if (answer?.state !== "current") throw new Error("not let in");
    for (const mail of answer.mails) expect(mail.isWithheld).toBe(mail.text === null);
    const read = answer.mails.filter(({ text }) => text !== null);
    return read.map(({ to }) => to.replace("@example.com", "")).sort();
  };
  const console = await issueMachine(t, "console");
  const belowOperators = ["customer", "future-support", "other-support", "support"];
  expect(await readBy(console.as)).toEqual(belowOperators);
  expect(await readBy(people.get("operator")?.as)).toEqual([...belowOperators, "operator"].sort());
  const belowOwners = [...belowOperators, "future-operator", "operator", "other-operator"];
  expect(await readBy(owner?.as)).toEqual([...belowOwners, "owner"].sort());
});

test("[MAIL6] the outbox is refused, and shows no text, where customers are elsewhere", async () => {
  const operator = await signUp(t, "operator@example.com", "operator");
  await queue();
  setEnvironment("SITE_URL", "https://customers.test");
  expect(await codeOf(queue())).toBe("outbox_not_local");
  const problem = expect.stringContaining("SITE_URL");
  const shut = { mode: null, problem, mails: [{ text: null, isWithheld: false }] };
  expect(await operator.as.query(api.mail.outbox, {})).toMatchObject(shut);
});

test("[MAIL4] staff never see a code in the list of mails, and no row keeps one that was sent", async () => {
  await serveHttp(200);
  const operator = await signUp(t, "operator@example.com", "operator");
  const code = "ABCDEFGH";
  const to = "owner@example.com";
  for (const mail of [verificationMail, resetMail, emailChangeMail, claimMail]) {
    await t.run(async (ctx) => await queueMail(ctx, mail(to, code)));
  }
  const seen = JSON.stringify(await operator.as.query(api.mail.outbox, {}));
  expect(seen).toContain(to);
  expect(seen).not.toMatch(/ABCD-?EFGH/);
});
