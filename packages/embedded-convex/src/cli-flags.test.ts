import { expect, test } from "vitest";
import { parseFlags } from "./cli-flags.ts";

test("[CLI1] without flags it listens on this machine only, on Convex's ports", () => {
  expect(parseFlags(["serve", "--data", "d"])).toEqual({
    kind: "serve",
    flags: {
      data: "d",
      host: "127.0.0.1",
      port: 3210,
      sitePort: 3211,
      instanceName: null,
      cloudOrigin: null,
      siteOrigin: null,
      projectRoot: null,
    },
  });
});

test.each([
  [["serve"], "--data is missing"],
  [["serve", "--data"], "--data"],
  [["serve", "--data", "d", "--colour", "red"], "--colour"],
  [["serve", "--data", "d", "--port", "http"], '--port must be a port number, got "http"'],
  [["serve", "--data", "d", "--site-port", "70000"], "--site-port must be a port number"],
  [["serve", "--data", "d", "--instance-name", "a|b"], "--instance-name"],
  [["serve", "--data", "d", "--cloud-origin", "example.com"], "--cloud-origin must begin with"],
  [["start", "--data", "d"], 'Expected the command "serve", got "start"'],
  [["serve", "extra", "--data", "d"], 'got "serve extra"'],
  [[], "Expected the command"],
])("[CLI1] %j is refused with what is wrong", (args, message) => {
  expect(parseFlags(args)).toMatchObject({
    kind: "wrong",
    message: expect.stringContaining(message),
  });
});

test("[CLI1] --help is not an error", () => {
  expect(parseFlags(["--help"]).kind).toBe("help");
});
