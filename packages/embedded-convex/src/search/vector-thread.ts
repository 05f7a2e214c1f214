/** The thread that answers vector queries, one after the other, on its own read connection. */
import { parentPort, workerData } from "node:worker_threads";
import { openForReading } from "../store/format.ts";
import type { FromVectorThread, ToVectorThread } from "./messages.ts";
import { VectorIndexReader } from "./vector-index.ts";

if (parentPort === null) throw new Error("The vector thread was started as a program.");
const port = parentPort;
const sqlite = openForReading(String(workerData));
const indexes = new Map<number, VectorIndexReader>();

port.on("message", ({ search, query }: ToVectorThread) => {
  post(answer(search, query));
});

function answer(search: number, query: ToVectorThread["query"]): FromVectorThread {
  sqlite.exec("BEGIN"); // all of it sees one state of the store
  try {
    return { kind: "found", search, hits: indexOf(query.spec.id).search(query) };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { kind: "failed", search, message };
  } finally {
    sqlite.exec("COMMIT");
  }
}

function indexOf(id: number): VectorIndexReader {
  const index = indexes.get(id) ?? new VectorIndexReader(sqlite, id);
  indexes.set(id, index);
  return index;
}

function post(message: FromVectorThread): void {
  port.postMessage(message);
}
