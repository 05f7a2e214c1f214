/**
 * Intervals of index keys with the items waiting on them; answers which items a
 * written key falls on in O(log n + hits).
 *
 * A treap ordered by (start, end). Each node knows the furthest end below it, so a
 * search turns away from subtrees that end before the key. Equal intervals share a node.
 */
import type { IndexKey, KeyInterval } from "../rooms.ts";

interface Node<T> {
  readonly start: IndexKey;
  readonly end: IndexKey | null;
  readonly priority: number;
  readonly items: Set<T>;
  left: Node<T> | null;
  right: Node<T> | null;
  /** Furthest end in this subtree; null is beyond every key. */
  maxEnd: IndexKey | null;
}

export class IntervalTree<T> {
  #root: Node<T> | null = null;
  #seed = 0x9e3779b9;

  get isEmpty(): boolean {
    return this.#root === null;
  }

  add(interval: KeyInterval, item: T): void {
    this.#root = this.#insert(this.#root, interval, item);
  }

  /** Nothing happens when it is not there. */
  remove(interval: KeyInterval, item: T): void {
    this.#root = removeFrom(this.#root, interval, item);
  }

  /** Calls `visit` for every item of every interval that contains `key`. */
  stab(key: IndexKey, visit: (item: T) => void): void {
    stabFrom(this.#root, key, visit);
  }

  #insert(node: Node<T> | null, interval: KeyInterval, item: T): Node<T> {
    if (node === null) return this.#newNode(interval, item);
    const order = compare(interval, node);
    if (order === 0) {
      node.items.add(item);
      return node;
    }
    if (order < 0) {
      node.left = this.#insert(node.left, interval, item);
      if (node.left.priority > node.priority) return rotateRight(node, node.left);
    } else {
      node.right = this.#insert(node.right, interval, item);
      if (node.right.priority > node.priority) return rotateLeft(node, node.right);
    }
    updateMaxEnd(node);
    return node;
  }

  #newNode({ start, end }: KeyInterval, item: T): Node<T> {
    const items = new Set([item]);
    return { start, end, priority: this.#random(), items, left: null, right: null, maxEnd: end };
  }

  // xorshift: balance needs no good randomness, and the same run builds the same tree.
  #random(): number {
    let x = this.#seed;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.#seed = x;
    return x >>> 0;
  }
}

function compare(a: KeyInterval, b: KeyInterval): number {
  if (a.start !== b.start) return a.start < b.start ? -1 : 1;
  if (a.end === b.end) return 0;
  return endsBefore(a.end, b.end) ? -1 : 1;
}

function endsBefore(a: IndexKey | null, b: IndexKey | null): boolean {
  return a !== null && (b === null || a < b);
}

function updateMaxEnd<T>(node: Node<T>): void {
  let max = node.end;
  if (node.left !== null && endsBefore(max, node.left.maxEnd)) max = node.left.maxEnd;
  if (node.right !== null && endsBefore(max, node.right.maxEnd)) max = node.right.maxEnd;
  node.maxEnd = max;
}

function rotateRight<T>(node: Node<T>, left: Node<T>): Node<T> {
  node.left = left.right;
  left.right = node;
  updateMaxEnd(node);
  updateMaxEnd(left);
  return left;
}

function rotateLeft<T>(node: Node<T>, right: Node<T>): Node<T> {
  node.right = right.left;
  right.left = node;
  updateMaxEnd(node);
  updateMaxEnd(right);
  return right;
}

function removeFrom<T>(node: Node<T> | null, interval: KeyInterval, item: T): Node<T> | null {
  if (node === null) return null;
  const order = compare(interval, node);
  if (order === 0) {
    node.items.delete(item);
    return node.items.size === 0 ? merge(node.left, node.right) : node;
  }
  if (order < 0) node.left = removeFrom(node.left, interval, item);
  else node.right = removeFrom(node.right, interval, item);
  updateMaxEnd(node);
  return node;
}

/** Every interval of `left` is before every one of `right`. */
function merge<T>(left: Node<T> | null, right: Node<T> | null): Node<T> | null {
  if (left === null) return right;
  if (right === null) return left;
  if (left.priority > right.priority) {
    left.right = merge(left.right, right);
    updateMaxEnd(left);
    return left;
  }
  right.left = merge(left, right.left);
  updateMaxEnd(right);
  return right;
}

function stabFrom<T>(node: Node<T> | null, key: IndexKey, visit: (item: T) => void): void {
  if (node === null || (node.maxEnd !== null && node.maxEnd <= key)) return;
  stabFrom(node.left, key, visit);
  if (key < node.start) return;
  if (node.end === null || key < node.end) for (const item of node.items) visit(item);
  stabFrom(node.right, key, visit);
}
