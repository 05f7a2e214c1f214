/**
 * Engines that break one promise each, to show that the histories find out. The engine's
 * own code has no switch for it: a transaction is handed to the commit without part of what
 * it read, or a caller is answered too early.
 */
import { OpenTransaction } from "../../src/database/transaction.ts";
import type {
  BeginOptions,
  CommitOptions,
  CommitReceipt,
  Savepoint,
  Transaction,
} from "../../src/database/types.ts";
import type { IndexKey, ReadSet } from "../../src/rooms.ts";
import { DelayedDisk } from "./delayed-disk.ts";

type IsRead = (index: number, key: IndexKey) => boolean;

/** Lets the conflict check see only what `isRead` lets through. */
function narrowReads(tx: Transaction, narrow: (isRead: IsRead) => IsRead): void {
  if (!(tx instanceof OpenTransaction)) throw new Error("not one of the engine's transactions");
  const { reads } = tx.state;
  const isRead = reads.contains.bind(reads);
  reads.contains = narrow(isRead);
}

/** Nothing that was read is checked at the commit. */
export class NoConflictCheck extends DelayedDisk {
  override commit(tx: Transaction, options: CommitOptions): CommitReceipt {
    narrowReads(tx, () => () => false);
    return super.commit(tx, options);
  }
}

/** Documents are checked, the ranges in which they were looked for are not. */
export class NoPhantomCheck extends DelayedDisk {
  override commit(tx: Transaction, options: CommitOptions): CommitReceipt {
    const { by_id: _, ...ranges } = Object.fromEntries(this.catalog.table("rows")?.indexes ?? []);
    const isRange = (index: number) => Object.values(ranges).some(({ id }) => id === index);
    narrowReads(tx, (isRead) => (index, key) => !isRange(index) && isRead(index, key));
    return super.commit(tx, options);
  }
}

/** What a nested mutation read is forgotten with what it wrote. */
export class ForgetfulRollback extends DelayedDisk {
  override begin(options?: BeginOptions): Transaction {
    const tx = super.begin(options);
    const readBefore = new WeakMap<Savepoint, ReadSet>();
    const savepoint = tx.savepoint.bind(tx);
    const rollbackTo = tx.rollbackTo.bind(tx);
    tx.savepoint = () => {
      const point = savepoint();
      readBefore.set(point, tx.snapshotReads());
      return point;
    };
    tx.rollbackTo = (point) => {
      rollbackTo(point);
      const before = readBefore.get(point);
      const after = tx.snapshotReads();
      narrowReads(tx, (isRead) => (index, key) => {
        const isForgotten = isIn(after, index, key) && !(before && isIn(before, index, key));
        return !isForgotten && isRead(index, key);
      });
    };
    return tx;
  }
}

/** Mutations are answered before others can see what they did. */
export class HastyAnswer extends DelayedDisk {
  override commit(tx: Transaction, options: CommitOptions): CommitReceipt {
    return { ...super.commit(tx, options), durable: Promise.resolve() };
  }
}

function isIn({ intervals }: ReadSet, index: number, key: IndexKey): boolean {
  const ofIndex = intervals.get(index) ?? [];
  return ofIndex.some(({ start, end }) => start <= key && (end === null || key < end));
}
