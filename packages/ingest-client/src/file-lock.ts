/**
 * A lock file that names the process holding it, so that one left behind by a
 * killed process is taken over. Guards against mistakes on one machine, not
 * against other machines on a shared disk.
 *
 * The name appears together with its content (a link), so nobody reads a lock that
 * is half made; and only one process at a time may take a dead one's away.
 */
import { randomUUID } from "node:crypto";
import { link, readFile, rm, writeFile } from "node:fs/promises";

/** Another process on this machine uses the file. */
export class OutboxBusyError extends Error {
  override readonly name = "OutboxBusyError";

  constructor(path: string, pid: number) {
    super(`${path} is held by process ${pid}; stop it, or give each process an outbox of its own`);
  }
}

/** A lock that is held until released. */
export interface FileLock {
  release(): Promise<void>;
}

interface Holder {
  readonly pid: number;
  /** When the process began, as the system counts; a pid comes again, after a restart of a container at once. */
  readonly began: string;
}

/** Takes the lock, or throws OutboxBusyError if a living process holds it. */
export async function lockFile(path: string): Promise<FileLock> {
  if (!(await tryCreate(path)) && !(await takeOver(path))) {
    throw new OutboxBusyError(path, (await readHolder(path))?.pid ?? 0);
  }
  return { release: () => rm(path, { force: true }) };
}

/** Puts this process's lock in the place of a dead one's. */
async function takeOver(path: string): Promise<boolean> {
  if (await isHeld(path)) return false;
  const guard = `${path}.takeover`;
  if (!(await tryCreate(guard))) {
    if (!(await isHeld(guard))) await rm(guard, { force: true });
    return false;
  }
  try {
    if (await isHeld(path)) return false; // somebody was faster
    await rm(path, { force: true });
    return await tryCreate(path);
  } finally {
    await rm(guard, { force: true });
  }
}

async function tryCreate(path: string): Promise<boolean> {
  const own = `${path}.${randomUUID()}`;
  await writeFile(own, `${process.pid} ${(await beganOf(process.pid)) ?? ""}`);
  try {
    await link(own, path);
    return true;
  } catch (error) {
    if (isCode(error, "EEXIST")) return false;
    throw error;
  } finally {
    await rm(own, { force: true });
  }
}

async function isHeld(path: string): Promise<boolean> {
  const holder = await readHolder(path);
  if (holder === null || !isAlive(holder.pid)) return false;
  const began = await beganOf(holder.pid);
  return holder.began === "" || began === null || began === holder.began;
}

async function readHolder(path: string): Promise<Holder | null> {
  const text = await readFile(path, "utf8").catch(() => "");
  const [pid = "", began = ""] = text.split(" ");
  return /^\d+$/.test(pid) ? { pid: Number(pid), began } : null;
}

/** Null where the system does not say. */
async function beganOf(pid: number): Promise<string | null> {
  const text = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  const afterName = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return afterName[19] ?? null; // the 22nd field
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0); // asks only, sends nothing
    return true;
  } catch (error) {
    return isCode(error, "EPERM"); // it is there, and somebody else's
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
