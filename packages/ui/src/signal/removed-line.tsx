/** Signals deleted before this reader ever saw them: one quiet line, so that seqs stay whole. */
import styles from "./removed-line.module.css";
import { signalName } from "./signal-view.ts";

type RemovedLineProps = { feed: string; firstSeq: number; lastSeq: number };

/** Covers the seqs from `firstSeq` to `lastSeq` of one feed. */
export function RemovedLine({ feed, firstSeq, lastSeq }: RemovedLineProps) {
  const count = lastSeq - firstSeq + 1;
  const first = signalName({ feed, seq: firstSeq });
  return (
    <article className={styles.line} data-removed aria-setsize={-1}>
      {count === 1
        ? `${first} was deleted by the source`
        : `${count} signals were deleted by the source, ${first} to #${lastSeq}`}
    </article>
  );
}
