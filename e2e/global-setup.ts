/** One deployment for the whole end-to-end suite: the named one, or a fresh embedded engine. */
import type { TestProject } from "vitest/node";
import { openTestDeployment, type TestDeployment } from "../tools/deployment/given-deployment.ts";

declare module "vitest" {
  interface ProvidedContext {
    deployment: TestDeployment;
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { deployment, close } = await openTestDeployment();
  project.provide("deployment", deployment);
  return close;
}
