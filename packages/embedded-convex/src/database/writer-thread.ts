/**
 * The writer thread: owns the write connection, writes one batch at a time, and does
 * slow work (building indexes, validating documents) in slices between batches.
 */
import { parentPort, workerData } from "node:worker_threads";
import { openForWriting } from "../store/format.ts";
import type { Batch, FromWriter, ToWriter } from "../store/messages.ts";
import { WriteConnection } from "../store/write-connection.ts";

export interface WriterThreadData {
  readonly path: string;
  /** Random bytes for a new store. */
  readonly secret: Uint8Array;
}

if (parentPort === null) throw new Error("The writer thread was started as a program.");
const port = parentPort;

function post(message: FromWriter): void {
  port.postMessage(message);
}

function open(): WriteConnection | null {
  const { path, secret } = workerData as WriterThreadData;
  try {
    return new WriteConnection(openForWriting(path, secret));
  } catch (error) {
    post({ kind: "failed", message: messageOf(error) });
    return null;
  }
}

function serve(connection: WriteConnection): void {
  port.on("message", (message: ToWriter) => {
    if (message.kind === "batch") write(connection, message);
    else if (message.kind === "close") close(connection);
  });
  post({ kind: "ready" });
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

function close(connection: WriteConnection): void {
  connection.close();
  port.close();
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

const connection = open();
if (connection === null) port.close();
else serve(connection);
