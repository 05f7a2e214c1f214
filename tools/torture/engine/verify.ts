/** When all is quiet: does the deployment hold what it promised, whole and once? */
import type { Deployment } from "../../deployment/convex-cli.ts";
import type { Findings } from "./findings.ts";
import type { Hits } from "./hits.ts";
import { call, pause, readAll } from "./http-door.ts";
import type { Witness } from "./witness.ts";

const SUM_OF_ACCOUNTS = 800;
const ACCOUNTS = 8;
/** Contract §5.3. */
const INTERRUPTED = "Transient error while executing action";
const JOBS_PATIENCE_MS = 60_000;
const JOBS_LOOK_MS = 250;

export interface VerifyDoors {
  readonly deployment: Deployment;
  readonly witness: Witness;
  readonly findings: Findings;
  readonly hits: Hits;
}

/** What the run has met, so that nobody takes an idle run for a passed one. */
export interface Met {
  readonly writes: number;
  readonly jobs: number;
  readonly interruptedActions: number;
}

interface Entry {
  readonly id: string;
  readonly writer: string;
  readonly n: number;
  readonly part: number;
  readonly of: number;
  readonly scheduled: readonly string[];
}

export async function verify(doors: VerifyDoors): Promise<Met> {
  const jobs = await endedJobs(doors);
  const entries = await readAll<Entry>(doors.deployment, "ledger:entries", { index: "" });
  const writes = groupByWrite(entries);
  checkWrites(writes, doors);
  checkPromises(writes, doors);
  await checkIndexes(entries, doors);
  await checkSums(writes, doors);
  await checkVersion(doors);
  const keys = new Set(entries.flatMap(({ scheduled }) => scheduled));
  const interruptedActions = await checkJobs(keys, jobs, doors);
  return { writes: writes.size, jobs: jobs.length, interruptedActions };
}

const nameOf = (writer: string, n: number) => `${writer}/${n}`;

function groupByWrite(entries: readonly Entry[]): Map<string, Entry[]> {
  const writes = new Map<string, Entry[]>();
  for (const entry of entries) {
    const name = nameOf(entry.writer, entry.n);
    const parts = writes.get(name);
    if (parts === undefined) writes.set(name, [entry]);
    else parts.push(entry);
  }
  return writes;
}

/** All parts of a write, each once. */
function checkWrites(
  writes: ReadonlyMap<string, readonly Entry[]>,
  { findings }: VerifyDoors,
): void {
  for (const [name, parts] of writes) {
    const distinct = new Set(parts.map(({ part }) => part)).size;
    if (distinct < parts.length) findings.add("repeated", `${name} is there ${parts.length}-fold`);
    if (distinct !== parts[0]?.of)
      findings.add("torn", `${name} has ${distinct} of ${parts[0]?.of} parts`);
  }
}

function checkPromises(
  writes: ReadonlyMap<string, unknown>,
  { witness, findings }: VerifyDoors,
): void {
  for (const [writer, fates] of witness.writes) {
    for (const [n, fate] of fates) {
      if (fate === "acknowledged" && !writes.has(nameOf(writer, n)))
        findings.add("lost", `${nameOf(writer, n)} was acknowledged`);
    }
  }
  for (const [writer, last] of witness.shownUpTo) {
    if (!writes.has(nameOf(writer, last)))
      findings.add("lost", `${nameOf(writer, last)} was shown`);
  }
}

async function checkIndexes(entries: readonly Entry[], doors: VerifyDoors): Promise<void> {
  const want = entries.map(({ id }) => id).sort();
  for (const index of ["by_writer", "by_tag"]) {
    const rows = await readAll<Entry>(doors.deployment, "ledger:entries", { index });
    const found = rows.map(({ id }) => id).sort();
    if (found.length !== want.length || found.some((id, at) => id !== want[at]))
      doors.findings.add("torn", `${index} shows ${found.length} of ${want.length} documents`);
  }
}

async function checkSums(writes: ReadonlyMap<string, readonly Entry[]>, doors: VerifyDoors) {
  const { deployment, findings } = doors;
  const { count, sum } = await call<{ count: number; sum: number }>(
    deployment,
    "query",
    "ledger:accounts",
  );
  if (count !== ACCOUNTS || sum !== SUM_OF_ACCOUNTS)
    findings.add("torn", `${count} accounts hold ${sum}, not ${SUM_OF_ACCOUNTS}`);
  const rows = await call<{ writer: string; last: number; count: number }[]>(
    deployment,
    "query",
    "ledger:writers",
  );
  for (const { writer, last, count: counted } of rows) {
    const mine = [...writes.values()].flatMap(([first]) =>
      first?.writer === writer ? [first.n] : [],
    );
    const top = Math.max(...mine);
    if (counted > mine.length)
      findings.add("repeated", `${writer} counts ${counted}, has ${mine.length}`);
    if (counted < mine.length || last !== top)
      findings.add(
        "torn",
        `${writer} counts ${counted} up to ${last}, has ${mine.length} up to ${top}`,
      );
  }
}

async function checkVersion({ deployment, witness, findings }: VerifyDoors): Promise<void> {
  const version = await call<number>(deployment, "query", "version:read");
  if (version < witness.acknowledgedPush)
    findings.add("lost", `push ${witness.acknowledgedPush} was acknowledged, ${version} is active`);
}

interface Job {
  readonly name: string;
  readonly args: readonly [{ readonly key: string }];
  readonly state: { readonly kind: string; readonly error?: string };
}

/** All scheduled functions, once none of them is pending or running. */
async function endedJobs({ deployment, findings }: VerifyDoors): Promise<Job[]> {
  const deadline = Date.now() + JOBS_PATIENCE_MS;
  for (;;) {
    const jobs = await readAll<Job>(deployment, "jobs:scheduled");
    const open = jobs.filter(
      ({ state }) => state.kind === "pending" || state.kind === "inProgress",
    );
    if (open.length === 0) return jobs;
    if (Date.now() > deadline) {
      findings.add("lost", `${open.length} scheduled functions never ran to their end`);
      return jobs;
    }
    await pause(JOBS_LOOK_MS);
  }
}

/** Mutations exactly once, actions at most once. Returns how many actions a crash cut off. */
async function checkJobs(
  keys: ReadonlySet<string>,
  jobs: readonly Job[],
  { deployment, findings, hits }: VerifyDoors,
): Promise<number> {
  const runs = await readAll<{ kind: string; key: string }>(deployment, "jobs:runs");
  const ran = new Map<string, number>();
  for (const { kind, key } of runs) {
    const name = `${kind} ${key}`;
    ran.set(name, (ran.get(name) ?? 0) + 1);
    if (!keys.has(key)) findings.add("torn", `the ${name} ran for a write that is not there`);
  }
  for (const [name, times] of ran) {
    if (times > 1) findings.add("repeated", `the ${name} ran ${times} times`);
  }
  if (jobs.length !== 2 * keys.size)
    findings.add("torn", `${jobs.length} scheduled functions for ${keys.size} keys`);
  let interrupted = 0;
  for (const { name, args, state } of jobs) {
    const [{ key }] = args;
    const isAction = name === "jobs.js:act";
    const times = ran.get(`${isAction ? "action" : "mutation"} ${key}`) ?? 0;
    if (isAction && hits.of(key) > 1) findings.add("repeated", `the action ${key} acted twice`);
    if (state.kind === "success") {
      if (times === 0) findings.add("lost", `${name} ${key} succeeded without a trace`);
    } else if (isAction && state.error === INTERRUPTED) interrupted += 1;
    else findings.add("torn", `${name} ${key} is ${state.kind}: ${state.error}`);
  }
  return interrupted;
}
