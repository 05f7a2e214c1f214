/** `_creationTime` of a transaction's inserts (contract 4.6): its begin, then the next float up each time. */
export class CreationTimes {
  #next: number;

  constructor(beginMs: number) {
    this.#next = beginMs;
  }

  next(): number {
    const time = this.#next;
    this.#next = nextUp(time);
    return time;
  }
}

const float = new DataView(new ArrayBuffer(8));

/** The next representable number above a positive one. */
function nextUp(value: number): number {
  float.setFloat64(0, value);
  float.setBigUint64(0, float.getBigUint64(0) + 1n);
  return float.getFloat64(0);
}
