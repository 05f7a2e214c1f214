import { expect, test } from "vitest";
import { contentPolicy } from "./content-policy.ts";

const cloud = {
  deploymentUrl: "https://happy-otter-1.convex.cloud/",
  siteUrl: "https://happy-otter-1.convex.site",
};

test("a build allows its own scripts and connections to the deployment only", () => {
  expect(contentPolicy(cloud).split("; ")).toEqual([
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data: https: https://happy-otter-1.convex.cloud https://happy-otter-1.convex.site",
    "connect-src 'self' https://happy-otter-1.convex.cloud wss://happy-otter-1.convex.cloud https://happy-otter-1.convex.site",
    "font-src 'self'",
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "object-src 'none'",
    "require-trusted-types-for 'script'",
  ]);
});

test("no policy allows inline or evaluated scripts", () => {
  expect(contentPolicy(cloud)).not.toMatch(/unsafe/);
  expect(contentPolicy({ ...cloud, devNonce: "n1" })).not.toMatch(/unsafe/);
});

test("the dev server's own inline elements need its nonce", () => {
  expect(contentPolicy({ ...cloud, devNonce: "n1" })).toContain("script-src 'self' 'nonce-n1'");
});

test("pictures without TLS are allowed only beside a deployment on this machine", () => {
  const local = contentPolicy({
    deploymentUrl: "http://127.0.0.1:3210",
    siteUrl: "http://127.0.0.1:3211",
  });
  expect(local).toContain("http://127.0.0.1:*");
  expect(contentPolicy(cloud)).not.toContain("http:");
});

test("a deployment URL that is not http(s) is refused", () => {
  expect(() => contentPolicy({ ...cloud, siteUrl: "javascript:alert(1)" })).toThrow(/not an http/);
});
