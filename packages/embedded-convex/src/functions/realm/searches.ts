/**
 * Regular expressions run in the platform, where no tick ends them, and some take years.
 * Those that may take long run inside an entry with a time limit, the others as they are.
 *
 * All of them come through `exec`: that is how the other methods find out what matches once
 * `exec` is not the platform's own. Methods that search a whole text with nothing of the
 * user's in between get one entry for all of it.
 *
 * Only where the platform is frozen: there its short cuts around `exec` are off already.
 */
import type { Bridge } from "./bridge.ts";
import { type PatternCost, searchCost, steps } from "./search-cost.ts";
import type { Timer } from "./timer.ts";

/** Some 10 ms. */
const MAX_STEPS = 1e7;
/** From here on a look at the clock costs nothing beside it. */
const MANY_STEPS = 1e4;
const MAX_KNOWN = 1000;

const WHOLE_TEXT = [Symbol.match, Symbol.replace, Symbol.search, Symbol.split] as const;

type Method = (this: RegExp, ...values: unknown[]) => unknown;
type Outcome = { readonly value: unknown } | { readonly error: unknown };

const { apply, getOwnPropertyDescriptor, getPrototypeOf, ownKeys } = Reflect;

export class Searches {
  readonly #bridge: Pick<Bridge, "searchInTime">;
  readonly #timer: Timer;
  readonly #source = getter("source");
  readonly #global = getter("global");
  readonly #sticky = getter("sticky");
  readonly #multiline = getter("multiline");
  readonly #nested = getter("unicodeSets");
  readonly #costs = new Map<string, PatternCost>();
  #waiting: (() => unknown) | null = null;
  #outcome: Outcome | null = null;

  constructor(bridge: Pick<Bridge, "searchInTime">, timer: Timer) {
    this.#bridge = bridge;
    this.#timer = timer;
  }

  install(): void {
    const searches = this;
    const { exec } = RegExp.prototype;
    const limitedExec = {
      exec(this: RegExp, text: unknown): unknown {
        return searches.#exec(exec as Method, this, text);
      },
    }.exec;
    redefine(RegExp.prototype, "exec", limitedExec);
    for (const name of WHOLE_TEXT) this.#limitWhole(name);
  }

  /** Called by the engine, inside the entry. */
  run(): void {
    const work = this.#waiting;
    if (work === null) return;
    try {
      this.#outcome = { value: work() };
    } catch (error) {
      this.#outcome = { error };
    }
  }

  #exec(exec: Method, pattern: RegExp, text: unknown): unknown {
    const source = this.#sourceOf(pattern);
    if (source === null) return apply(exec, pattern, [text]);
    const input = `${text as string}`;
    // User code must not run inside the entry: an object's `valueOf` runs now.
    if (typeof pattern.lastIndex !== "number") pattern.lastIndex = Number(pattern.lastIndex);
    this.#timer.tick();
    const most = this.#waiting === null ? this.#stepsOfOne(pattern, source, input.length) : 0;
    if (most > MAX_STEPS) return this.#limited(() => apply(exec, pattern, [input]));
    if (most > MANY_STEPS) this.#timer.check();
    return apply(exec, pattern, [input]);
  }

  #limitWhole(name: (typeof WHOLE_TEXT)[number]): void {
    const searches = this;
    const original = getOwnPropertyDescriptor(RegExp.prototype, name)?.value as Method;
    const limited = {
      [name](this: RegExp, ...values: unknown[]): unknown {
        const work = () => apply(original, this, values);
        return searches.#mayTakeLong(this, values) ? searches.#limited(work) : work();
      },
    }[name];
    Object.defineProperty(limited, "length", { value: original.length, configurable: true });
    redefine(RegExp.prototype, name, limited);
  }

  #mayTakeLong(pattern: unknown, [text, other]: unknown[]): boolean {
    if (this.#waiting !== null || typeof text !== "string") return false;
    const source = this.#sourceOf(pattern);
    if (source === null || isObject(other) || !isUntouched(pattern)) return false;
    return this.#steps(pattern, source, text.length, true) > MAX_STEPS;
  }

  #limited(work: () => unknown): unknown {
    this.#timer.check();
    this.#waiting = work;
    this.#outcome = null;
    try {
      if (!this.#bridge.searchInTime()) this.#timer.end();
    } finally {
      this.#waiting = null;
    }
    const outcome = this.#outcome as Outcome | null;
    if (outcome === null) return this.#timer.end();
    if ("error" in outcome) throw outcome.error;
    return outcome.value;
  }

  #stepsOfOne(pattern: RegExp, source: string, length: number): number {
    const sticky = this.#sticky(pattern);
    const from = sticky || this.#global(pattern) ? pattern.lastIndex : 0;
    const rest = from > 0 && from < length ? length - from : length;
    return this.#steps(pattern, source, rest, !sticky);
  }

  /** `starts`: it is tried from every position, not from one. */
  #steps(pattern: RegExp, source: string, length: number, starts: boolean): number {
    const nested = this.#nested(pattern);
    const key = nested ? `v${source}` : ` ${source}`;
    let cost = this.#costs.get(key);
    if (cost === undefined) {
      if (this.#costs.size >= MAX_KNOWN) this.#costs.clear();
      cost = searchCost(source, nested);
      this.#costs.set(key, cost);
    }
    const fromOne = !starts || (cost.anchored && !this.#multiline(pattern));
    return steps(cost, length) * (fromOne ? 1 : length + 1);
  }

  #sourceOf(pattern: unknown): string | null {
    try {
      return this.#source(pattern as RegExp);
    } catch {
      return null; // not a regular expression at all
    }
  }
}

/** Nothing of the user's is called by the platform's methods on it. */
function isUntouched(pattern: unknown): pattern is RegExp {
  return (
    getPrototypeOf(pattern as object) === RegExp.prototype &&
    ownKeys(pattern as object).length === 1 && // lastIndex
    typeof (pattern as RegExp).lastIndex === "number"
  );
}

/** The platform's own, whatever a pattern or its class says. */
function getter<K extends keyof RegExp>(name: K): (pattern: RegExp) => RegExp[K] {
  const get = getOwnPropertyDescriptor(RegExp.prototype, name)?.get as () => RegExp[K];
  return (pattern) => apply(get, pattern, []);
}

function isObject(value: unknown): boolean {
  return (typeof value === "object" && value !== null) || typeof value === "function";
}

/** Puts something in the place of what the platform has, with the same name. */
export function redefine(holder: object, name: PropertyKey, value: unknown): void {
  Object.defineProperty(holder, name, { value, writable: true, configurable: true });
}
