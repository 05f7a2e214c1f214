/** Builds disk.c with the machine's C compiler. */
import { execFileSync } from "node:child_process";
import { join } from "node:path";

const COMPILERS = ["cc", "c++", "gcc", "clang"];
const SOURCE = join(import.meta.dirname, "disk.c");

/** This machine cannot cut the power; the message says what it lacks. */
export class NoPowerCutsError extends Error {
  override readonly name = "NoPowerCutsError";
}

/** Compiles into `dir` and returns the path of the library. Throws NoPowerCutsError. */
export function compileDisk(dir: string): string {
  if (process.platform !== "linux")
    throw new NoPowerCutsError(
      `Power cuts need Linux (LD_PRELOAD), and this is ${process.platform}.`,
    );
  const library = join(dir, "disk.so");
  for (const compiler of COMPILERS) {
    const language = ["-x", "c", "-shared", "-fPIC", "-O2", "-Wall", "-Werror"];
    try {
      execFileSync(compiler, [...language, "-o", library, SOURCE, "-ldl", "-lpthread"], {
        stdio: "pipe",
      });
      return library;
    } catch (error) {
      if (!isMissing(error)) throw error; // a compiler that refuses the source is a bug
    }
  }
  throw new NoPowerCutsError(
    `Power cuts need a C compiler, and none of these is there: ${COMPILERS.join(", ")}. Install one (Debian: apt-get install gcc libc6-dev).`,
  );
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}
