/**
 * Repeatable randomness for property tests. A test's name or message says its seed, and
 *
 *   EMBEDDED_CONVEX_SEED=7     runs that one
 *   EMBEDDED_CONVEX_ROUNDS=20  runs twenty times as many as usual
 */
export interface Random {
  /** A whole number from 0 to `limit` - 1. */
  below(limit: number): number;
  /** True once in `times`. */
  oneIn(times: number): boolean;
  pick<T>(from: readonly [T, ...T[]]): T;
}

/** The mulberry32 generator. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  const below = (limit: number) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * limit);
  };
  return {
    below,
    oneIn: (times) => below(times) === 0,
    pick: (from) => from[below(from.length)] ?? from[0],
  };
}

/** Seeds 1 to `count`, or what the environment asks for. */
export function seeds(count: number): number[] {
  const { EMBEDDED_CONVEX_SEED: only } = process.env;
  if (only !== undefined) return [Number(only)];
  return Array.from({ length: count * rounds() }, (_, i) => i + 1);
}

/** How many times more than usual. */
export function rounds(): number {
  return Number(process.env.EMBEDDED_CONVEX_ROUNDS ?? 1);
}
