/**
 * How long a regular expression may take at worst, from its text alone: it tries the ways
 * in which its quantifiers and alternatives can share out the input, one after the other.
 *
 *   \s+        one way: nothing after it can fail                         n starts
 *   \s+$       as many ways as the input is long                          n starts * n
 *   a?b?c?$    2 * 2 * 2                                                  n starts * 8
 *   a{9}b      one way, but of 9 characters from each start              n starts * 9
 *   ^\s+$      without the flag `m` the first start is the only one      n
 *   (a+)+$     a quantifier over something with several ways: doubles with each character
 *
 * The estimate errs on the long side: it does not look at what the parts can match.
 */

/** From one start at most `ways * rounds * length ** power`; without end in sight when `grows`. */
export interface SearchCost {
  readonly ways: number;
  /** How often one way goes through what it repeats a fixed number of times. */
  readonly rounds: number;
  readonly power: number;
  readonly grows: boolean;
}

/** More characters than this are too many for a pattern whose time doubles with each. */
const MAX_DOUBLINGS = 16;

/** Steps at worst, from one position. */
export function steps({ ways, rounds, power, grows }: SearchCost, length: number): number {
  if (grows && length > MAX_DOUBLINGS) return Infinity;
  return ways * rounds * (grows ? 2 ** length : 1) * (length + 1) ** power;
}

/** Of a whole pattern. */
export interface PatternCost extends SearchCost {
  /** Begins with `^`: but for the flag `m`, only one start can match. */
  readonly anchored: boolean;
}

const ONE: SearchCost = { ways: 1, rounds: 1, power: 0, grows: false };

/** `source` is that of a valid pattern; `nested`: classes may contain classes (flag `v`). */
export function searchCost(source: string, nested: boolean): PatternCost {
  const alternatives = new Pattern(source, nested).alternatives();
  return { ...ofAlternatives(alternatives, true), anchored: isAnchored(alternatives) };
}

/** What is matched, and how often: read in one go, weighed when it is known what follows. */
type Part =
  | { readonly kind: "fixed" }
  | { readonly kind: "start" }
  | { readonly kind: "reference" }
  | { readonly kind: "group" | "look"; readonly alternatives: readonly Part[][] }
  | { readonly kind: "repeated"; readonly part: Part; readonly min: number; readonly max: number };

const FIXED: Part = { kind: "fixed" };

/** Reads without regular expressions: they would be seen in `RegExp.lastMatch`. */
class Pattern {
  readonly #source: string;
  readonly #nested: boolean;
  #at = 0;

  constructor(source: string, nested: boolean) {
    this.#source = source;
    this.#nested = nested;
  }

  alternatives(): Part[][] {
    const alternatives: Part[][] = [[]];
    while (this.#at < this.#source.length && this.#next !== ")") {
      if (this.#skip("|")) alternatives.push([]);
      else alternatives.at(-1)?.push(this.#quantified());
    }
    return alternatives;
  }

  get #next(): string {
    return this.#source[this.#at] ?? "";
  }

  #skip(text: string): boolean {
    if (!this.#source.startsWith(text, this.#at)) return false;
    this.#at += text.length;
    return true;
  }

  #skipPast(...ends: readonly string[]): void {
    while (this.#at < this.#source.length && !ends.includes(this.#next)) this.#at++;
    this.#at++;
  }

  #quantified(): Part {
    const part = this.#part();
    const bounds = this.#bounds();
    if (bounds === null) return part;
    this.#skip("?"); // lazy: the same ways in another order
    return { kind: "repeated", part, ...bounds };
  }

  #part(): Part {
    if (this.#skip("(")) return this.#group();
    if (this.#skip("\\")) return this.#escape();
    if (this.#skip("^")) return { kind: "start" };
    if (this.#next === "[") this.#class();
    else this.#at++;
    return FIXED;
  }

  #group(): Part {
    let kind: "group" | "look" = "group";
    if (this.#skip("?")) {
      const behind = this.#next === "<" ? 1 : 0;
      if ("=!".includes(this.#source[this.#at + behind] ?? " ")) kind = "look";
      const isNamed = this.#next === "<" && !"=!".includes(this.#source[this.#at + 1] ?? "");
      if (isNamed) this.#skipPast(">");
      else this.#skipPast(":", "=", "!");
    }
    const alternatives = this.alternatives();
    this.#skip(")");
    return { kind, alternatives };
  }

  #escape(): Part {
    const char = this.#next;
    this.#at++;
    if (char === "k" && this.#next === "<") {
      this.#skipPast(">");
      return { kind: "reference" };
    }
    if ("pPu".includes(char) && this.#next === "{") this.#skipPast("}");
    if (char < "1" || char > "9") return FIXED;
    this.#number();
    return { kind: "reference" };
  }

  #class(): void {
    let depth = 0;
    do {
      if (this.#skip("\\")) this.#at++;
      else if (this.#skip("]")) depth--;
      else if (this.#skip("[")) depth += depth === 0 || this.#nested ? 1 : 0;
      else this.#at++;
    } while (depth > 0 && this.#at < this.#source.length);
  }

  #bounds(): { readonly min: number; readonly max: number } | null {
    if (this.#skip("?")) return { min: 0, max: 1 };
    if (this.#skip("*") || this.#skip("+")) return { min: 0, max: Infinity };
    const start = this.#at;
    if (this.#skip("{")) {
      const min = this.#number();
      const max = this.#skip(",") ? (this.#number() ?? Infinity) : min;
      if (min !== null && max !== null && this.#skip("}")) return { min, max };
    }
    this.#at = start; // a brace that stands for itself
    return null;
  }

  #number(): number | null {
    const start = this.#at;
    while (this.#next >= "0" && this.#next <= "9") this.#at++;
    return this.#at === start ? null : Number(this.#source.slice(start, this.#at));
  }
}

/** `last`: nothing follows that could fail and ask for another way. */
function ofAlternatives(alternatives: readonly Part[][], last: boolean): SearchCost {
  return alternatives
    .map((parts) => parts.map((part, at) => ofPart(part, last && at === parts.length - 1)))
    .map((costs) => costs.reduce(both, ONE))
    .reduce(either);
}

function isAnchored(alternatives: readonly Part[][]): boolean {
  return alternatives.every(([first]) => {
    if (first?.kind === "group") return isAnchored(first.alternatives);
    return first?.kind === "start";
  });
}

function ofPart(part: Part, last: boolean): SearchCost {
  switch (part.kind) {
    case "fixed":
    case "start":
      return ONE;
    case "reference":
      return { ...ONE, ways: 2, power: 1 }; // compares as much as its group has matched
    case "group":
      return ofAlternatives(part.alternatives, last);
    case "look":
      return ofAlternatives(part.alternatives, false); // what it has passed, the next start passes again
    case "repeated":
      return ofRepeated(ofPart(part.part, false), part.min, part.max, last);
  }
}

function ofRepeated(once: SearchCost, min: number, max: number, last: boolean): SearchCost {
  const single = once.ways === 1 && once.power === 0 && !once.grows;
  // Each round that was made is kept, so only one is ever looked at in all its ways.
  if (last && min <= 1) return single ? once : { ...once, power: once.power + 1 };
  if (max === Infinity) return single ? { ...once, power: 1 } : { ...once, grows: true };
  const rounds = once.rounds * Math.max(max, 1);
  if (single) return { ...ONE, ways: max - min + 1, rounds };
  return {
    ways: (max - min + 1) * once.ways ** max,
    rounds,
    power: once.power * max,
    grows: once.grows,
  };
}

function both(a: SearchCost, b: SearchCost): SearchCost {
  return {
    ways: a.ways * b.ways,
    rounds: Math.max(a.rounds, b.rounds),
    power: a.power + b.power,
    grows: a.grows || b.grows,
  };
}

function either(a: SearchCost, b: SearchCost): SearchCost {
  return {
    ways: a.ways + b.ways,
    rounds: Math.max(a.rounds, b.rounds),
    power: Math.max(a.power, b.power),
    grows: a.grows || b.grows,
  };
}
