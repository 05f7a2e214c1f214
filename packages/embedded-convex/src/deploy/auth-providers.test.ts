import { expect, test } from "vitest";
import { readAuthProviders } from "./auth-providers.ts";

const JWT = {
  type: "customJwt",
  issuer: "https://issuer.example",
  jwks: "data:text/plain,{}",
  algorithm: "ES256",
};

test("[PUSH20] no auth.config means no providers", () => {
  expect(readAuthProviders(null)).toEqual([]);
});

test("[PUSH20] an issuer without a scheme gets https", () => {
  const providers = [{ domain: "issuer.example.com", applicationID: "app" }];
  expect(readAuthProviders({ providers })).toEqual([
    { domain: "https://issuer.example.com", applicationID: "app" },
  ]);
});

test("[PUSH20] loopback addresses are issuers", () => {
  const providers = [{ domain: "http://127.0.0.1:3211", applicationID: "app" }];
  expect(readAuthProviders({ providers })).toMatchObject([{ domain: "http://127.0.0.1:3211" }]);
});

test("[PUSH21] customJwt always says its application id, null when any will do", () => {
  expect(readAuthProviders({ providers: [JWT] })).toEqual([{ ...JWT, applicationID: null }]);
});

test.each([
  ["no list", { providers: "none" }],
  ["a host without a dot", { providers: [{ domain: "nohost", applicationID: "a" }] }],
  ["the wrong spelling", { providers: [{ domain: "https://a.b", applicationId: "a" }] }],
  ["no application id", { providers: [{ domain: "https://a.b" }] }],
  ["customJwt with a domain", { providers: [{ ...JWT, domain: "https://a.b" }] }],
  ["an unknown algorithm", { providers: [{ ...JWT, algorithm: "HS256" }] }],
  ["jwks that is no address", { providers: [{ ...JWT, jwks: "keys" }] }],
  ["an unknown type", { providers: [{ ...JWT, type: "saml" }] }],
])("[PUSH21] %s is refused", (_case, config) => {
  expect(() => readAuthProviders(config)).toThrow(
    expect.objectContaining({ code: "InvalidAuthConfig" }),
  );
});
