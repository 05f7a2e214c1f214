/**
 * Counts the round trips between a function and the database as the engine makes them: reads that wait at the
 * same time are answered together, everything else alone and in its turn.
 */

type AsyncSyscall = (op: string, args: string) => Promise<string>;

const READS: readonly string[] = ["1.0/get", "1.0/queryStreamNext"];
const later = setImmediate; // the real one, also under fake timers

/** Runs functions of a deployment on convex-test; answers how many round trips they made. */
export async function countRoundTrips(work: () => Promise<unknown>): Promise<number> {
  const { Convex } = globalThis as unknown as { Convex: object };
  const property = Object.getOwnPropertyDescriptor(Convex, "asyncSyscall");
  if (property?.get === undefined) throw new Error("convex-test has no asyncSyscall to count");
  const { get } = property;
  const waiting: { readonly op: string; readonly go: () => void }[] = [];
  let trips = 0;
  const answerNext = () => {
    const reads = waiting.findIndex(({ op }) => !READS.includes(op));
    const answered = waiting.splice(0, reads === -1 ? waiting.length : Math.max(reads, 1));
    trips += 1;
    for (const { go } of answered) go();
    if (waiting.length > 0) later(answerNext);
  };
  const turn = async (op: string) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    waiting.push({ op, go: resolve });
    if (waiting.length === 1) later(answerNext);
    await promise;
  };
  Object.defineProperty(Convex, "asyncSyscall", {
    configurable: true,
    get: (): AsyncSyscall => {
      const call = get.call(Convex) as AsyncSyscall;
      return async (op, args) => {
        await turn(op);
        return await call(op, args);
      };
    },
  });
  try {
    await work();
  } finally {
    Object.defineProperty(Convex, "asyncSyscall", property);
  }
  return trips;
}
