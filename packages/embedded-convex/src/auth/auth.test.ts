import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { JWTPayload } from "jose";
import { afterEach, describe, expect, test } from "vitest";
import { ManualClock } from "../../test/manual-clock.ts";
import { createSigner, inSeconds } from "../../test/tokens.ts";
import type { AuthProvider } from "../rooms.ts";
import { adminKeyPath, createAdminAuth, instanceNameOf, loadAdminKey } from "./admin-key.ts";
import { createAuthenticator } from "./credentials.ts";
import { createKeySets } from "./key-sets.ts";
import { createUserTokens } from "./user-tokens.ts";

const KEY = "my-instance|0123456789abcdef";
const ISSUER = "https://issuer.example";
const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function tempDir(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), "embedded-convex-"));
  cleanups.push(() => rm(dir, { recursive: true }));
  return dir;
}

describe("admin key", () => {
  const random = (bytes: number) => crypto.getRandomValues(new Uint8Array(bytes));

  test("[AUTH1] the key is made once, with mode 0600, and stays", async () => {
    const dir = await tempDir();
    const options = { instanceName: "my-instance", wanted: null, random };
    const key = await loadAdminKey(dir, options);
    expect(key).toMatch(/^my-instance\|[0-9a-f]{64}$/);
    expect((await stat(adminKeyPath(dir))).mode & 0o777).toBe(0o600);
    expect(await loadAdminKey(dir, options)).toBe(key);
    expect(await loadAdminKey(dir, { ...options, wanted: KEY })).toBe(KEY);
    expect((await readFile(adminKeyPath(dir), "utf8")).trim()).toBe(KEY);
    expect(instanceNameOf(KEY)).toBe("my-instance");
  });

  const auth = createAdminAuth(KEY);
  const actingAs = { name: "Bob", subject: "7", issuer: "https://convex.test" };
  const encoded = Buffer.from(JSON.stringify(actingAs)).toString("base64");

  test.each([
    [KEY, null],
    [`prod:${KEY}`, null],
    [`preview:team:${KEY}`, null],
    [`${KEY}:${encoded}`, { ...actingAs, tokenIdentifier: "https://convex.test|7" }],
    [`prod:${KEY}:${encoded}`, { ...actingAs, tokenIdentifier: "https://convex.test|7" }],
  ])("[AUTH2] %s is an admin", (presented, expected) => {
    expect(auth.identify(presented)).toEqual({ kind: "admin", actingAs: expected });
  });

  test.each(["", "my-instance", "my-instance|", `${KEY}0`, "other|0123456789abcdef", `x${KEY}`])(
    "[AUTH2] %j is refused",
    (presented) => {
      expect(() => auth.identify(presented)).toThrow(
        expect.objectContaining({ code: "BadAdminKey", status: 401 }),
      );
    },
  );

  test("[AUTH3] an identity to act as needs an identifier, or issuer and subject", () => {
    expect(auth.identifyActingAs(KEY, { tokenIdentifier: "https://i|ann", email: "a@b" })).toEqual({
      kind: "admin",
      actingAs: {
        tokenIdentifier: "https://i|ann",
        issuer: "https://i",
        subject: "ann",
        email: "a@b",
      },
    });
    for (const wrong of [{}, { issuer: "x" }, [], "ann", 7]) {
      expect(() => auth.identifyActingAs(KEY, wrong)).toThrow(
        expect.objectContaining({ status: 400 }),
      );
    }
    expect(() => auth.identify(`${KEY}:%%%`)).toThrow(expect.objectContaining({ status: 400 }));
  });
});

async function customJwt(more: Partial<Extract<AuthProvider, { type: "customJwt" }>> = {}) {
  const signer = await createSigner("ES256");
  const clock = new ManualClock();
  const provider: AuthProvider = {
    type: "customJwt",
    issuer: ISSUER,
    jwks: signer.dataAddress,
    algorithm: "ES256",
    applicationID: null,
    ...more,
  };
  const users = createUserTokens({
    providers: () => [provider],
    keySets: createKeySets(clock),
    clock,
  });
  const claims = (seconds = 600) => ({
    iss: ISSUER,
    sub: "ann",
    exp: inSeconds(clock.nowMs(), seconds),
  });
  return { signer, clock, users, claims };
}

describe("customJwt", () => {
  test("[AUTH21] private claims keep their names, nested ones are flattened", async () => {
    const { signer, users, claims } = await customJwt();
    const payload = {
      ...claims(),
      given_name: "Ann",
      kind: "bot",
      a: { b: 1, c: { d: [1, 2] } },
      jti: "x",
      fva: [1],
    };
    expect(await users.verify(await signer.sign(payload))).toMatchObject({
      kind: "user",
      expiresAtMs: payload.exp * 1000,
      attributes: {
        tokenIdentifier: `${ISSUER}|ann`,
        issuer: ISSUER,
        subject: "ann",
        given_name: "Ann",
        kind: "bot",
        "a.b": 1,
        "a.c.d": [1, 2],
      },
    });
    const { attributes } = await users.verify(await signer.sign(payload));
    expect(Object.keys(attributes)).toHaveLength(7);
  });

  test("[AUTH14] expiry has five seconds of leeway", async () => {
    const { signer, clock, users, claims } = await customJwt();
    const token = await signer.sign(claims(60));
    clock.advance(64_000);
    await users.verify(token);
    clock.advance(2_000);
    await expect(users.verify(token)).rejects.toMatchObject({
      code: "InvalidAuthHeader",
      status: 401,
      message: "Could not verify the token: it has expired",
    });
  });

  test.each([
    ["no subject", { sub: undefined }, {}],
    ["no expiry", { exp: undefined }, {}],
    ["not yet valid", { nbf: 9_999_999_999 }, {}],
    ["no kid", {}, { kid: undefined }],
    ["an unknown kid", {}, { kid: "other" }],
  ])("[AUTH14] a token with %s is refused", async (_, more, header) => {
    const { signer, users, claims } = await customJwt();
    const token = await signer.sign(
      JSON.parse(JSON.stringify({ ...claims(), ...more })) as JWTPayload,
      header,
    );
    await expect(users.verify(token)).rejects.toMatchObject({ code: "InvalidAuthHeader" });
  });

  test("[AUTH14] a key of the set that is of another algorithm than configured is not used", async () => {
    const { signer, users, claims } = await customJwt({ algorithm: "RS256" });
    await expect(users.verify(await signer.sign(claims()))).rejects.toMatchObject({
      code: "InvalidAuthHeader",
    });
  });

  test("[AUTH14] another algorithm, another key and a changed payload are refused", async () => {
    const { signer, users, claims } = await customJwt();
    const rsa = await createSigner("RS256");
    const stranger = await createSigner("ES256");
    const [header, , signature] = (await signer.sign(claims())).split(".");
    const forged = Buffer.from(JSON.stringify({ ...claims(), sub: "eve" })).toString("base64url");
    const unsigned = `${Buffer.from('{"alg":"none","kid":"key-1"}').toString("base64url")}.${forged}.`;
    for (const token of [
      await rsa.sign(claims()),
      await stranger.sign(claims()),
      `${header}.${forged}.${signature}`,
      unsigned,
    ]) {
      await expect(users.verify(token)).rejects.toMatchObject({ code: "InvalidAuthHeader" });
    }
  });

  test("[AUTH12] issuer and audience choose the provider", async () => {
    const { signer, users, claims } = await customJwt({ applicationID: "app" });
    await users.verify(await signer.sign({ ...claims(), aud: ["other", "app"] }));
    // The identifier depends on the issuer as the token writes it.
    const bare = await users.verify(
      await signer.sign({ ...claims(), iss: "issuer.example/", aud: "app" }),
    );
    expect(bare.attributes.tokenIdentifier).toBe("issuer.example/|ann");
    for (const wrong of [{ aud: "other" }, { aud: "app", iss: "https://elsewhere.example" }, {}]) {
      await expect(
        users.verify(await signer.sign({ ...claims(), ...wrong })),
      ).rejects.toMatchObject({
        code: "NoAuthProvider",
        status: 401,
        message: expect.stringContaining("No auth provider found matching the given token"),
      });
    }
  });

  test.each(["", "x", "a.b.c", "e30.e30.", `${"a".repeat(10_000)}.e30.x`])(
    "[AUTH12] %j is not a token",
    async (token) => {
      const { users } = await customJwt();
      await expect(users.verify(token)).rejects.toMatchObject({
        code: "InvalidAuthHeader",
        status: 401,
      });
    },
  );
});

/** An OIDC provider on loopback whose documents can be swapped. */
async function oidcProvider(algorithm: "RS256" | "EdDSA" = "RS256") {
  const signer = await createSigner(algorithm);
  const requests: string[] = [];
  const documents = { keySet: signer.keySet as unknown, status: 200, type: "application/json" };
  const server = createServer((request, response) => {
    requests.push(request.url ?? "");
    const discovery = { issuer, jwks_uri: `${issuer}/keys` };
    response.writeHead(documents.status, { "Content-Type": documents.type });
    response.end(JSON.stringify(request.url === "/keys" ? documents.keySet : discovery));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  cleanups.push(() => server.close());
  const address = server.address();
  const issuer = `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`;
  const clock = new ManualClock();
  const users = createUserTokens({
    providers: () => [{ domain: issuer, applicationID: "app" }],
    keySets: createKeySets(clock),
    clock,
  });
  const claims = () => ({
    iss: issuer,
    sub: "ann",
    aud: "app",
    iat: inSeconds(clock.nowMs(), 0),
    exp: inSeconds(clock.nowMs(), 600),
  });
  return { signer, requests, documents, clock, users, claims, issuer };
}

describe("OIDC", () => {
  test.each(["RS256", "EdDSA"] as const)(
    "[AUTH13] a token signed with %s is verified by discovery",
    async (algorithm) => {
      const { signer, users, claims, issuer } = await oidcProvider(algorithm);
      const { attributes } = await users.verify(await signer.sign(claims()));
      expect(attributes).toEqual({ tokenIdentifier: `${issuer}|ann`, issuer, subject: "ann" });
    },
  );

  test("[AUTH20] standard claims get their names, others are copied", async () => {
    const { signer, users, claims, issuer } = await oidcProvider();
    const token = await signer.sign({
      ...claims(),
      given_name: "Ann",
      email_verified: true,
      picture: "https://p",
      birthdate: "2000-01-01",
      address: { formatted: "Street 1" },
      updated_at: 1_700_000_000,
      role: { admin: true },
      jti: "x",
      nbf: 1,
      fva: [1],
    });
    expect((await users.verify(token)).attributes).toEqual({
      tokenIdentifier: `${issuer}|ann`,
      issuer,
      subject: "ann",
      givenName: "Ann",
      emailVerified: true,
      pictureUrl: "https://p",
      birthday: "2000-01-01",
      address: "Street 1",
      updatedAt: "2023-11-14T22:13:20.000Z",
      role: { admin: true },
    });
  });

  test("[AUTH13] what does not verify is refused with the contract's text", async () => {
    const { signer, users, claims, clock } = await oidcProvider();
    const { iat, ...withoutIat } = claims();
    expect(iat).toBeGreaterThan(0);
    const expired = await signer.sign(claims());
    clock.advance(601_000);
    for (const token of [expired, await signer.sign(withoutIat)]) {
      await expect(users.verify(token)).rejects.toMatchObject({
        code: "Unauthenticated",
        status: 401,
        message:
          "Could not verify OIDC token claim. Check that the token signature is valid and the token hasn't expired.",
      });
    }
  });

  test("[AUTH10] documents are fetched once per five minutes, also by many at a time", async () => {
    const { signer, users, claims, requests, clock } = await oidcProvider();
    const token = await signer.sign({ ...claims(), exp: inSeconds(clock.nowMs(), 3_600) });
    await Promise.all(Array.from({ length: 10 }, () => users.verify(token)));
    expect(requests).toHaveLength(2);
    clock.advance(299_000);
    await users.verify(token);
    expect(requests).toHaveLength(2);
    clock.advance(2_000);
    await users.verify(token);
    expect(requests).toHaveLength(4);
  });

  test("[AUTH10] a new key is found within half a minute, strangers cause no more fetches", async () => {
    const { signer, users, claims, requests, documents, clock } = await oidcProvider();
    await users.verify(await signer.sign(claims()));
    const next = await createSigner("RS256", "key-2");
    documents.keySet = next.keySet;
    const token = await next.sign({ ...claims(), exp: inSeconds(clock.nowMs(), 3_600) });
    for (let i = 0; i < 5; i++) await expect(users.verify(token)).rejects.toThrow();
    expect(requests).toHaveLength(2);
    clock.advance(31_000);
    await users.verify(token);
    expect(requests).toHaveLength(3);
  });

  test("[AUTH10] a provider that is down signs nobody out, one never reached answers 503", async () => {
    const { signer, users, claims, documents, clock } = await oidcProvider();
    const token = await signer.sign({ ...claims(), exp: inSeconds(clock.nowMs(), 3_600) });
    documents.status = 500;
    await expect(users.verify(token)).rejects.toMatchObject({ status: 503 });
    documents.status = 200;
    await users.verify(token);
    documents.status = 500;
    clock.advance(301_000);
    await users.verify(token);
  });
});

test("[AUTH11] key sets by address must be served as JSON", async () => {
  const provider = await oidcProvider();
  const { documents, issuer, clock } = provider;
  const signer = await createSigner("ES256");
  documents.keySet = signer.keySet;
  const custom: AuthProvider = {
    type: "customJwt",
    issuer,
    jwks: `${issuer}/keys`,
    algorithm: "ES256",
    applicationID: null,
  };
  const verify = async () => {
    const keySets = createKeySets(clock);
    const users = createUserTokens({ providers: () => [custom], keySets, clock });
    return await users.verify(await signer.sign(provider.claims()));
  };
  documents.type = "text/html";
  await expect(verify()).rejects.toMatchObject({ code: "InvalidAuthHeader" });
  for (const type of ["application/jwk-set+json", "application/json; charset=utf-8"]) {
    documents.type = type;
    expect((await verify()).attributes.subject).toBe("ann");
  }
});

test("[AUTH11] a data: address may be base64", async () => {
  const { signer } = await customJwt();
  const base64 = Buffer.from(JSON.stringify(signer.keySet)).toString("base64");
  const keySets = createKeySets(new ManualClock());
  const address = `data:application/json;base64,${base64}`;
  expect(await keySets.keySet(address)).toEqual(signer.keySet);
  await expect(keySets.keySet("data:text/plain,nonsense")).rejects.toMatchObject({ status: 401 });
});

describe("Authorization header", () => {
  async function authenticator() {
    const { users, signer, claims } = await customJwt();
    const authenticate = createAuthenticator(createAdminAuth(KEY), users);
    const of = (authorization?: string, search = "") => ({
      headers: authorization === undefined ? {} : { authorization },
      query: new URLSearchParams(search),
    });
    return { authenticate, of, token: await signer.sign(claims()) };
  }

  test("[AUTH30] Bearer is a user, Convex an admin, none nobody", async () => {
    const { authenticate, of, token } = await authenticator();
    expect((await authenticate.identify(of(`Bearer ${token}`))).kind).toBe("user");
    expect((await authenticate.identify(of(`bearer ${token}`))).kind).toBe("user");
    expect((await authenticate.identify(of(`Convex ${KEY}`))).kind).toBe("admin");
    expect((await authenticate.identify(of(undefined, `adminKey=${KEY}`))).kind).toBe("admin");
    expect(await authenticate.identify(of())).toEqual({ kind: "none" });
  });

  test.each(["Bear", "Basic dXNlcjpwYXNz", "nonsense-without-space"])(
    "[AUTH30] %j is refused with InvalidHeaderFailure",
    async (header) => {
      const { authenticate, of } = await authenticator();
      await expect(authenticate.identify(of(header))).rejects.toMatchObject({
        code: "InvalidHeaderFailure",
        status: 400,
      });
    },
  );

  test("[AUTH31] HTTP actions see a wrong token as an identity that tells the error", async () => {
    const { authenticate, of } = await authenticator();
    expect(await authenticate.identifyLeniently(of("Bearer my-api-token"))).toEqual({
      kind: "unknown",
      error: "Could not parse as a JWT: the token is malformed",
    });
    expect(await authenticate.identifyLeniently(of(undefined, `adminKey=${KEY}`))).toEqual({
      kind: "none",
    });
  });
});
