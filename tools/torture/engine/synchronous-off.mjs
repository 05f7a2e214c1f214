/**
 * Preloaded (node --import) to test the test: every connection of the engine, in every
 * thread, really has `PRAGMA synchronous = OFF`. Power cuts must then lose acknowledged
 * writes; if they do not, they prove nothing. No option of the engine can do this.
 */
import { DatabaseSync } from "node:sqlite";

const { exec } = DatabaseSync.prototype;

DatabaseSync.prototype.exec = function execWithoutSync(sql) {
  exec.call(this, sql);
  // Within a transaction SQLite refuses to change it; the connection has it off by then.
  if (/PRAGMA/i.test(sql) && !this.isTransaction) exec.call(this, "PRAGMA synchronous = OFF");
};
