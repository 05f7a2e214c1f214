/** One deployment for the whole end-to-end suite: the named one, or a fresh embedded engine. */
import type { TestProject } from "vitest/node";
import { openTestDeployment, type TestDeployment } from "../tools/deployment/given-deployment.ts";

declare module "vitest" {
  interface ProvidedContext {
    deployment: TestDeployment;
  }
}

let close = async () => {};

export async function setup(project: TestProject): Promise<void> {
  const opened = await openTestDeployment();
  close = opened.close;
  project.provide("deployment", opened.deployment);
}

export async function teardown(): Promise<void> {
  await close();
}
