/** People of the deployment under test, signed up as the site does it. */
import { ConvexClient, ConvexHttpClient } from "convex/browser";
import { api } from "../convex/_generated/api.js";
import type { Id } from "../convex/_generated/dataModel.js";
import type { TestDeployment } from "../tools/deployment/given-deployment.ts";

export interface SignedUp {
  readonly email: string;
  readonly userId: Id<"users">;
  readonly token: string;
  readonly refreshToken: string;
}

/** A new account with a password. */
export async function signUpPerson(deployment: TestDeployment, email: string): Promise<SignedUp> {
  const client = new ConvexHttpClient(deployment.url, { logger: false });
  const params = { flow: "signUp", email, password: "long enough a password" };
  const { tokens } = await client.action(api.auth.signIn, { provider: "password", params });
  if (tokens === undefined || tokens === null) throw new Error(`${email} was not signed up`);
  const { token, refreshToken } = tokens;
  return { email, userId: userIdOf(token), token, refreshToken };
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
