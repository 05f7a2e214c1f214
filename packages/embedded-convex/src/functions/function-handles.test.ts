import { afterAll, beforeAll, expect, test } from "vitest";
import {
  bundleModules,
  FIXTURES,
  type FunctionApp,
  runQuery,
  startFunctionApp,
} from "../../test/function-app.ts";
import { functionHandle, parseHandle } from "./function-handles.ts";

let app: FunctionApp;
let other: FunctionApp;
beforeAll(async () => {
  [app, other] = await Promise.all([startFunctionApp(), startFunctionApp()]);
  await app.deploy(await bundleModules(`${FIXTURES}functions/convex`));
});
afterAll(() => Promise.all([app.close(), other.close()]));

test("[COMP12] a handle leads back to its function, and nobody but the deployment can make one", () => {
  const address = { component: "a/b", path: "dir/mod:fn" };
  const handle = functionHandle(address, app.database);
  expect(parseHandle(handle, app.database)).toEqual(address);
  expect(functionHandle(address, app.database)).toBe(handle);
  const id = Buffer.from("\nnested:secret").toString("base64url");
  const seal = handle.slice(handle.indexOf(".") + 1, handle.indexOf("#"));
  const forged = [
    `function://${id}`,
    `function://${id}.${seal}#nested:secret`,
    functionHandle(address, other.database),
    handle.replace("function://", "http://"),
    "",
  ];
  for (const text of forged) {
    expect(() => parseHandle(text, app.database)).toThrow("Invalid function handle");
  }
});

test("[COMP16] what was deployed before there were components runs on", async () => {
  const tx = app.database.begin();
  expect(tx.system.query("_components", "by_path")).toEqual([]);
  tx.close();
  expect(await runQuery(app, "nested:handle")).toHaveLength(2);
});
