/**
 * The writer thread: owns the write connection, writes one batch at a time, and does
 * slow work (building indexes, validating documents) in slices between batches.
 */
import { parentPort, workerData } from "node:worker_threads";
import { openForWriting } from "../store/format.ts";
import type { Batch, FromWriter, ToWriter } from "../store/messages.ts";
import { WriteConnection } from "../store/write-connection.ts";
import type { TableInfo } from "./catalog.ts";
import { runTask, type WriterTask } from "./survey.ts";
import { keepSystemIndexes } from "./system-index-upkeep.ts";

export interface WriterThreadData {
  readonly path: string;
  /** Random bytes for a new store. */
  readonly secret: Uint8Array;
  readonly systemTables: readonly TableInfo[];
}

if (parentPort === null) throw new Error("The writer thread was started as a program.");
const port = parentPort;

function post(message: FromWriter): void {
  port.postMessage(message);
}

function open(): WriteConnection | null {
  const { path, secret, systemTables } = workerData as WriterThreadData;
  try {
    const opened = new WriteConnection(openForWriting(path, secret));
    keepSystemIndexes(opened, systemTables);
    return opened;
  } catch (error) {
    post({ kind: "failed", message: messageOf(error) });
    return null;
  }
}

function serve(connection: WriteConnection): void {
  const tasks = new Map<number, Generator<void>>();
  port.on("message", (message: ToWriter) => {
    if (message.kind === "batch") write(connection, message);
    else if (message.kind === "task") startTask(connection, tasks, message.id, message.task);
    else if (message.kind === "cancelTask") tasks.delete(message.id);
    else close(connection, tasks);
  });
  post({ kind: "ready" });
}

/** The main thread sends only tasks of this kind. */
function startTask(
  connection: WriteConnection,
  tasks: Map<number, Generator<void>>,
  id: number,
  task: unknown,
): void {
  const report = (found: unknown) => post({ kind: "taskReport", id, report: found });
  tasks.set(id, runTask(connection, task as WriterTask, report));
  if (tasks.size === 1) setImmediate(() => runSlice(tasks));
}

/** One slice of the oldest task, then whatever has arrived meanwhile. */
function runSlice(tasks: Map<number, Generator<void>>): void {
  const [oldest] = tasks;
  if (oldest === undefined) return;
  const [id, task] = oldest;
  try {
    if (task.next().done === true) tasks.delete(id);
  } catch (error) {
    tasks.clear();
    post({ kind: "failed", message: messageOf(error) });
  }
  setImmediate(() => runSlice(tasks));
}

function write(connection: WriteConnection, batch: Batch): void {
  try {
    connection.writeBatch(batch);
  } catch (error) {
    post({ kind: "failed", message: messageOf(error) });
    return;
  }
  post({ kind: "written" });
  connection.checkpointIfDue();
}

function close(connection: WriteConnection, tasks: Map<number, Generator<void>>): void {
  tasks.clear();
  connection.close();
  port.close();
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

const connection = open();
if (connection === null) port.close();
else serve(connection);
