/** People of the deployment under test, signed up as the site does it. */
import { ConvexClient, ConvexHttpClient } from "convex/browser";
import { api } from "../convex/_generated/api.js";
import type { Id } from "../convex/_generated/dataModel.js";
import { issueMachine } from "../tools/deployment/admin.ts";
import type { TestDeployment } from "../tools/deployment/given-deployment.ts";
import { exchange } from "./machines.ts";

export interface SignedUp {
  readonly email: string;
  readonly userId: Id<"users">;
  readonly token: string;
  readonly refreshToken: string;
}

const PASSWORD = "oak lamp river nine";

/** A new account with a password, whose e-mail is proved with the code from its mail. */
export async function signUpPerson(deployment: TestDeployment, email: string): Promise<SignedUp> {
  const client = new ConvexHttpClient(deployment.url, { logger: false });
  const call = async (params: Record<string, string>) => {
    const { tokens } = await client.action(api.auth.signIn, { provider: "password", params });
    return tokens;
  };
  const account = { email, password: PASSWORD };
  await call({ flow: "signUp", ...account });
  const code = await readMailedCode(deployment, email);
  const tokens = await call({ flow: "email-verification", ...account, code });
  if (tokens === undefined || tokens === null) throw new Error(`${email} was not signed up`);
  const { token, refreshToken } = tokens;
  return { email, userId: userIdOf(token), token, refreshToken };
}

/** From the outbox, as the console shows it to a deployment that sends no mail. */
async function readMailedCode(deployment: TestDeployment, email: string): Promise<string> {
  const machine = await issueMachine(deployment, { kind: "console", name: "outbox" });
  const client = new ConvexHttpClient(deployment.url, { logger: false });
  client.setAuth((await exchange(deployment, machine.token)) ?? "");
  const answer = await client.query(api.mail.outbox, {});
  const mail = answer.state === "current" && answer.mails.find(({ to }) => to === email);
  const code = mail && /Your code is (\S+)/.exec(mail.text ?? "")?.[1];
  if (!code) throw new Error(`no code was mailed to ${email}`);
  return code;
}

/** An official client that is signed in as the person. */
export function connectPerson(deployment: TestDeployment, { token }: SignedUp): ConvexClient {
  const client = new ConvexClient(deployment.url, { unsavedChangesWarning: false });
  client.setAuth(async () => token);
  return client;
}

/** What the site keeps in the browser of somebody who is signed in, by name. */
export function keptSignIn(url: string, { token, refreshToken }: SignedUp) {
  const namespace = url.replace(/[^a-zA-Z0-9]/g, "");
  return {
    [`__convexAuthJWT_${namespace}`]: token,
    [`__convexAuthRefreshToken_${namespace}`]: refreshToken,
  };
}

function userIdOf(token: string): Id<"users"> {
  const claims = JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString());
  return String(claims.sub).split("|")[0] as Id<"users">;
}
