/**
 * A lock file that names the process holding it, so that one left behind by a
 * killed process is taken over. Guards against mistakes on one machine, not
 * against other machines on a shared disk.
 */
import { open, readFile, rm } from "node:fs/promises";

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

/** Takes the lock, or throws OutboxBusyError if a living process holds it. */
export async function lockFile(path: string): Promise<FileLock> {
  if (!(await tryCreate(path))) {
    const pid = await holderOf(path);
    if (pid !== null && isAlive(pid)) throw new OutboxBusyError(path, pid);
    await rm(path, { force: true });
    if (!(await tryCreate(path))) throw new OutboxBusyError(path, (await holderOf(path)) ?? 0);
  }
  return { release: () => rm(path, { force: true }) };
}

async function tryCreate(path: string): Promise<boolean> {
  try {
    const handle = await open(path, "wx");
    await handle.writeFile(String(process.pid));
    await handle.close();
    return true;
  } catch (error) {
    if (isCode(error, "EEXIST")) return false;
    throw error;
  }
}

async function holderOf(path: string): Promise<number | null> {
  const text = await readFile(path, "utf8").catch(() => "");
  const pid = Number.parseInt(text, 10);
  return Number.isNaN(pid) ? null : pid;
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
