import { afterEach, beforeEach, expect, test } from "vitest";
import { DeployBed, moduleOf } from "../../test/deploy-bed.ts";
import { readAuthConfig } from "./deployment-rows.ts";

let bed: DeployBed;

beforeEach(async () => {
  bed = await new DeployBed().open();
});
afterEach(() => bed.remove());

const list = async () => (await bed.call("GET", "/api/v1/list_environment_variables")).body;
const AUTH = moduleOf("auth.config.js", {
  providers: [{ domain: { env: "ISSUER" }, applicationID: "app" }],
});

test("[ENV1] a batch applies whole or not at all", async () => {
  expect((await bed.setEnv({ A: "1", B: "2" })).status).toBe(200);
  expect(await bed.setEnv({ A: "3", "9X": "no" })).toMatchObject({
    status: 400,
    body: { code: "EnvironmentVariableNameInvalid" },
  });
  await bed.setEnv({ B: null, C: "3", MISSING: null });
  expect(await list()).toEqual({ environmentVariables: { A: "1", C: "3" } });
});

test("[ENV3] a change raises the deployment version but not the code version; nothing new does neither", async () => {
  await bed.setEnv({ A: "1" });
  await bed.setEnv({ A: "1" });
  expect(bed.deployment()).toMatchObject({ version: 1, codeVersion: 0 });
  await bed.setEnv({ A: "2" });
  expect(bed.deployment()).toMatchObject({ version: 2, codeVersion: 0 });
});

test("[ENV3] a mutation that ran under the old values conflicts", async () => {
  const tx = bed.database.begin();
  tx.touchDeployment();
  tx.insert("marks", { seen: "old" });
  await bed.setEnv({ A: "1" });
  expect(() => bed.database.commit(tx, { source: "m:f" })).toThrow(
    expect.objectContaining({ name: "ConflictError" }),
  );
});

test("[ENV4] auth.config.js follows the variables it reads", async () => {
  await bed.setEnv({ ISSUER: "https://one.example" });
  await bed.deploy([AUTH]);
  await bed.setEnv({ ISSUER: "https://two.example" });
  expect(bed.read(readAuthConfig)).toEqual([
    { domain: "https://two.example", applicationID: "app" },
  ]);
});

test("[ENV4] a value that auth.config.js refuses is not set", async () => {
  await bed.setEnv({ ISSUER: "https://one.example" });
  await bed.deploy([AUTH]);
  expect((await bed.setEnv({ ISSUER: "nohost" })).body.code).toBe("InvalidAuthConfig");
  expect((await bed.setEnv({ ISSUER: null })).body.code).toBe(
    "AuthConfigMissingEnvironmentVariable",
  );
  expect(await list()).toEqual({ environmentVariables: { ISSUER: "https://one.example" } });
  expect(bed.read(readAuthConfig)).toHaveLength(1);
});

test("[ENV4] a push that misses a variable of auth.config.js is refused naming it", async () => {
  expect(await bed.startPush([AUTH])).toMatchObject({
    status: 400,
    body: {
      code: "AuthConfigMissingEnvironmentVariable",
      message: expect.stringMatching(/Environment variable ISSUER /),
    },
  });
});
