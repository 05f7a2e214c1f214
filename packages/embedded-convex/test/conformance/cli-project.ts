/** The fixture app in a folder of its own, for the official CLI against the deployment under test. */
import { onTestFinished } from "vitest";
import { copyProject, type Finished, type Project, type Target } from "../official-cli.ts";
import { deployment } from "./deployment.ts";

export interface CliProject extends Project {
  /** Runs a command that has to succeed. */
  succeed(...args: readonly string[]): Promise<Finished>;
}

export function cliProject(target: Target = deployment): CliProject {
  const project = copyProject("conformance", target);
  onTestFinished(() => project.remove());
  return {
    ...project,
    succeed: async (...args) => {
      const finished = await project.convex(...args);
      if (finished.code !== 0) {
        throw new Error(`convex ${args.join(" ")}: ${JSON.stringify(finished)}`);
      }
      return finished;
    },
  };
}
