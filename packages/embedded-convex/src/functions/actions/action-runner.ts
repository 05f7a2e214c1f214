/** Actions: checked here, run in a worker, never retried. */

import { OverloadedError } from "../../errors.ts";
import type { ActionOutcome, FunctionCall } from "../../rooms.ts";
import type { DeployedFunction, DeploymentVersion } from "../deployment-version.ts";
import { developerFailure } from "../developer-failure.ts";
import { strippedPath } from "../function-address.ts";
import { prepareCall } from "../prepared-call.ts";
import { assertNotExpired } from "../syscalls/environment.ts";
import { checkReturn } from "../validation.ts";
import type { Versions } from "../versions.ts";
import type { ActionDoors } from "./operations.ts";
import { RunningJob } from "./running-job.ts";
import { newClaim } from "./worker-pool.ts";
import type { WorkerVersions } from "./worker-versions.ts";

const MAX_RUNNING = 512; // of which those that wait for something outside cost next to nothing

export class ActionRunner {
  readonly #doors: ActionDoors;
  readonly #versions: Versions;
  readonly #workers: WorkerVersions;
  #running = 0;
  #nextJob = 0;

  constructor(doors: ActionDoors, versions: Versions, workers: WorkerVersions) {
    this.#doors = doors;
    this.#versions = versions;
    this.#workers = workers;
  }

  nextJobId(): number {
    return this.#nextJob++;
  }

  /** `onLogLine` hears the log while the action runs. Aborted, it fails at once. */
  async run(
    call: FunctionCall,
    onLogLine: (line: string) => void,
    signal?: AbortSignal,
  ): Promise<ActionOutcome> {
    assertNotExpired(call.request.identity, this.#doors.options.clock.nowMs());
    if (this.#running >= MAX_RUNNING) {
      throw new OverloadedError(
        "TooManyConcurrentRequests",
        "Too many actions are running. Please try again.",
      );
    }
    this.#running++;
    try {
      return await this.#runAdmitted(call, onLogLine, signal);
    } finally {
      this.#running--;
    }
  }

  async #runAdmitted(
    call: FunctionCall,
    onLogLine: (line: string) => void,
    signal: AbortSignal | undefined,
  ): Promise<ActionOutcome> {
    const tx = this.#doors.options.database.begin();
    let target: DeployedFunction;
    let version: DeploymentVersion;
    try {
      ({ version } = await this.#versions.of(tx));
      target = prepareCall(version, call, "Action", tx);
    } catch (error) {
      return { ok: false, failure: developerFailure(error), logLines: [] };
    } finally {
      tx.close();
    }
    const job = await this.#start(call, target, version, onLogLine);
    const cutOff = () => job.cutOff();
    signal?.addEventListener("abort", cutOff, { once: true });
    if (signal?.aborted) cutOff();
    const result = await job.result;
    signal?.removeEventListener("abort", cutOff);
    if (!result.ok) return { ok: false, failure: result.failure, logLines: job.logs.lines };
    return this.#checked(target, result.json, job.logs.lines);
  }

  async #start(
    call: FunctionCall,
    target: DeployedFunction,
    version: DeploymentVersion,
    onLogLine: (line: string) => void,
  ): Promise<RunningJob> {
    const { pool, positionsOf } = await this.#workers.of(version);
    const { component } = target;
    const job = new RunningJob({
      job: {
        type: "action",
        id: this.nextJobId(),
        claim: newClaim(),
        component,
        module: target.path.module,
        name: target.path.name,
        args: JSON.stringify(call.args),
      },
      scope: {
        doors: this.#doors,
        version,
        request: call.request,
        component,
        path: strippedPath(target.path),
      },
      pool,
      positionsOf: positionsOf(component),
      clock: this.#doors.options.clock,
      onLogLine,
    });
    job.start();
    return job;
  }

  #checked(target: DeployedFunction, json: string, logLines: readonly string[]): ActionOutcome {
    const tx = this.#doors.options.database.begin();
    try {
      checkReturn(target, json, tx.within(target.component));
      return { ok: true, json, logLines };
    } catch (error) {
      return { ok: false, failure: developerFailure(error), logLines };
    } finally {
      tx.close();
    }
  }
}
