/** People who buy and are refunded in turn, and the page of some of them: the official client, signed in. */
import { createPrivateKey, randomBytes, sign } from "node:crypto";
import { ConvexClient } from "convex/browser";
import { api } from "../../../convex/_generated/api.js";
import { readTable } from "../../deployment/admin.ts";
import { type Customer, importTable } from "../../deployment/customers.ts";
import type { EngineProcess } from "../../deployment/engine-process.ts";
import { monotonicMs } from "../fanout/messages.ts";

const HOUR_MS = 3_600_000;
const AUDIENCE = "convex"; // what Convex Auth writes

/** A buyer whose page is open. */
export interface OpenPage {
  readonly email: string;
  /** Resolves when the page has its keys, or has lost them. */
  waitFor(isUnlocked: boolean): Promise<number>;
  close(): Promise<void>;
}

/** Signs people in as Convex Auth would, and opens their pages. */
export async function openPages(
  engine: EngineProcess,
  dir: string,
  customers: readonly Customer[],
  privateKeyPem: string,
): Promise<OpenPage[]> {
  const sessions = customers.map(({ userId }) => {
    return { userId, expirationTime: Date.now() + HOUR_MS };
  });
  await importTable(engine, dir, "authSessions", sessions);
  const rows = await readTable(engine, "authSessions");
  return await Promise.all(
    customers.map(async ({ userId, email }) => {
      const session = rows.find((row) => row.userId === userId);
      const token = tokenOf(engine, `${userId}|${session?._id}`, privateKeyPem);
      return await openPage(engine, email, token);
    }),
  );
}

async function openPage(engine: EngineProcess, email: string, token: string): Promise<OpenPage> {
  const client = new ConvexClient(engine.url, { unsavedChangesWarning: false });
  client.setAuth(async () => token);
  let waiting: { isUnlocked: boolean; resolve: (atMs: number) => void }[] = [];
  let isUnlocked: boolean | null = null;
  const first = new Promise<void>((resolve, reject) => {
    client.onUpdate(
      api.access.grant,
      {},
      (answer) => {
        if (answer.state !== "current") return; // the token is on its way
        isUnlocked = answer.access !== null;
        const due = waiting.filter((waiter) => waiter.isUnlocked === isUnlocked);
        waiting = waiting.filter((waiter) => !due.includes(waiter));
        for (const waiter of due) waiter.resolve(monotonicMs());
        resolve();
      },
      reject,
    );
  });
  await first;
  return {
    email,
    waitFor(wanted) {
      return new Promise((resolve) => {
        if (isUnlocked === wanted) resolve(monotonicMs());
        else waiting.push({ isUnlocked: wanted, resolve });
      });
    },
    close: () => client.close(),
  };
}

/** The JWT of a session. */
function tokenOf(engine: EngineProcess, subject: string, privateKeyPem: string): string {
  const nowS = Math.floor(Date.now() / 1000);
  const head = { alg: "RS256", typ: "JWT" };
  const claims = { sub: subject, iss: engine.siteUrl, aud: AUDIENCE, iat: nowS, exp: nowS + 3_600 };
  const text = [head, { ...claims, jti: randomBytes(8).toString("hex") }]
    .map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
    .join(".");
  const key = createPrivateKey(
    privateKeyPem.replace(/(-----BEGIN [A-Z ]+-----) /, "$1\n").replace(/ (-----END)/, "\n$1"),
  );
  return `${text}.${sign("sha256", Buffer.from(text), key).toString("base64url")}`;
}
