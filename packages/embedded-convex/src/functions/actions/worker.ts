/**
 * Entry of an action worker. Runs actions and HTTP actions of one version side by side;
 * the database is reached only by messages to the main thread.
 */
import { parentPort, workerData } from "node:worker_threads";
import { systemClock } from "../../clock.ts";
import { lowerPriority } from "../../low-priority.ts";
import { describeThrown } from "../realm/thrown.ts";
import { CurrentAction, currentAction } from "./current-action.ts";
import { HttpExchangeInWorker } from "./http-exchange.ts";
import { ModuleRegistry, ModuleScripts } from "./module-registry.ts";
import {
  type ActionJob,
  CLAIM,
  type FromWorker,
  type HttpJob,
  type ToWorker,
  type WorkerComponent,
  type WorkerSetup,
} from "./protocol.ts";
import { SpareModules } from "./spare-modules.ts";
import { installWorkerGlobals } from "./worker-globals.ts";

const setup = workerData as WorkerSetup;
const scripts = new Map(
  [...setup.modules].map(([definition, modules]) => [
    definition,
    new ModuleScripts(modules, setup.projectRoot),
  ]),
);
const components = new Map(setup.components.map((component) => [component.path, component]));
const actions = new Map<number, CurrentAction>();
const exchanges = new Map<number, HttpExchangeInWorker>();
const clock = systemClock();
/** Of the app. */
const spares = new SpareModules(evaluateAhead, {
  soon: (work) => void setImmediate(work),
  later: (work, ms) => void clock.after(ms, work),
});

if (setup.background) lowerPriority();
installWorkerGlobals();
parentPort?.on("message", receive);
process.on("unhandledRejection", (reason) => {
  const action = currentAction();
  if (action !== null) finish(action, false, describeThrown(reason));
});
process.on("uncaughtException", (error) => {
  const action = currentAction();
  if (action !== null) finish(action, false, describeThrown(error));
});
post({ type: "ready" });
spares.replenish();

function post(message: FromWorker): void {
  parentPort?.postMessage(message);
}

function receive(message: ToWorker): void {
  switch (message.type) {
    case "action":
      claim(message, runAction);
      return;
    case "http":
      claim(message, runHttpAction);
      return;
    case "answer":
      actions.get(message.job)?.answer(message.call, message.answer);
      return;
    case "body":
      exchanges.get(message.job)?.push(message.chunk);
      return;
    case "bodyFailed":
      exchanges.get(message.job)?.failBody(message.message);
      return;
    case "pull":
      pull(message.job);
      return;
    case "abort":
      void abort(message.job);
      return;
    case "stop":
      stop(message.job);
      return;
    default:
      message satisfies never;
  }
}

function claim<J extends ActionJob | HttpJob>(
  job: J,
  run: (job: J, action: CurrentAction) => Promise<void>,
): void {
  if (Atomics.compareExchange(job.claim, 0, CLAIM.waiting, CLAIM.started) !== CLAIM.waiting) return;
  post({ type: "started", job: job.id });
  const { args: componentArgs, env } = componentOf(job.component);
  const process = seesNode(job) ? null : { env: { ...env } };
  const action = new CurrentAction(job.id, post, { componentArgs, process });
  actions.set(job.id, action);
  action
    .run(() => run(job, action))
    .catch((error: unknown) => finish(action, false, describeThrown(error)));
}

/** [COMP11] Components have no modules for Node. */
function seesNode(job: ActionJob | HttpJob): boolean {
  return (
    job.type === "action" &&
    job.component === "" &&
    scripts.get(componentOf("").definition)?.isForNode(job.module) === true
  );
}

/** A function whose response nobody reads may still save something; quiet for so long, it has ended. */
const QUIET_MS = 60_000;

/** The first argument of `invokeAction` comes back in system calls; nothing is read from it. */
const REQUEST_ID = "";

async function runAction(job: ActionJob, action: CurrentAction): Promise<void> {
  const target = newRegistry(job.component).get(job.module)[job.name] as Record<string, unknown>;
  const { invokeAction } = target;
  if (target.isAction !== true || typeof invokeAction !== "function") {
    throw new Error(`Function "${job.module}:${job.name}" is not an action.`);
  }
  const json: unknown = await Reflect.apply(invokeAction, target, [REQUEST_ID, job.args]);
  finish(action, true, String(json));
}

interface Router {
  lookup(
    path: string,
    method: string,
  ): readonly [{ invokeHttpAction?: unknown }, string, string] | null;
}

async function runHttpAction(job: HttpJob, action: CurrentAction): Promise<void> {
  const exchange = new HttpExchangeInWorker(job, post);
  exchanges.set(job.id, exchange);
  const router = takeRegistry(job.component).get("http.js").default as Router;
  const match = router.lookup(job.routedPath, job.method);
  const response =
    match === null
      ? new Response("No matching routes found", { status: 404 })
      : await invoke(match[0], exchange.request());
  const head = await exchange.head(response);
  post({ type: "head", job: job.id, head });
  if (head.body !== "pulled") finish(action, true, "null");
}

async function invoke(
  handler: { invokeHttpAction?: unknown },
  request: Request,
): Promise<Response> {
  const { invokeHttpAction } = handler;
  if (typeof invokeHttpAction !== "function")
    throw new Error("The route's handler is not an HTTP action");
  const response: unknown = await Reflect.apply(invokeHttpAction, handler, [request]);
  if (!(response instanceof Response)) throw new Error("HTTP actions must return a Response");
  return response;
}

function pull(job: number): void {
  const action = actions.get(job);
  const exchange = exchanges.get(job);
  if (action === undefined || exchange === undefined) return;
  const send = async () => {
    if (await exchange.pull()) finish(action, true, "null");
  };
  action.run(send).catch((error: unknown) => finish(action, false, describeThrown(error)));
}

/** Nobody wants the response any more. The function may go on with something else. */
async function abort(job: number): Promise<void> {
  const action = actions.get(job);
  const exchange = exchanges.get(job);
  if (action === undefined || exchange === undefined) return;
  if (await action.run(() => exchange.abort())) finish(action, true, "null");
  else if (exchange.isAnswered) {
    action.whenQuiet(clock, QUIET_MS, () => finish(action, true, "null"));
  }
}

function finish(action: CurrentAction, ok: boolean, payload: string): void {
  if (!actions.delete(action.id)) return;
  exchanges.delete(action.id);
  const dangling = action.end();
  post({ type: "finished", job: action.id, ok, payload, dangling });
  spares.replenish();
}

function stop(job: number): void {
  actions.get(job)?.end();
  actions.delete(job);
  void exchanges.get(job)?.abort();
  exchanges.delete(job);
  post({ type: "stopped", job });
}

/** Null when there is nothing to keep warm, or it cannot be evaluated. */
function evaluateAhead(): ModuleRegistry | null {
  const { warm } = setup;
  if (warm === null || scripts.get("")?.has(warm) !== true) return null;
  const registry = newRegistry("");
  try {
    registry.get(warm);
    return registry;
  } catch {
    return null;
  }
}

function takeRegistry(component: string): ModuleRegistry {
  return (component === "" ? spares.take() : null) ?? newRegistry(component);
}

function newRegistry(component: string): ModuleRegistry {
  const { definition, env } = componentOf(component);
  const found = scripts.get(definition);
  if (found === undefined) throw new Error(`There is no component definition ${definition}`);
  return new ModuleRegistry(found, env);
}

function componentOf(path: string): WorkerComponent {
  const component = components.get(path);
  if (component === undefined) throw new Error(`There is no component ${path}`);
  return component;
}
