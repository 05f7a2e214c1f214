/** Grey shapes in the place of what is being loaded. */
import styles from "./skeleton.module.css";

/** `count` rows shaped like signals; a reader hears "Loading" once. */
export function SignalSkeletons({ count }: { count: number }) {
  return (
    <div role="status" className={styles.list}>
      <span className={styles.spoken}>Loading</span>
      {Array.from({ length: count }, (_, row) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: identical shapes that never move
        <div key={row} aria-hidden className={styles.signal}>
          <span className={styles.avatar} />
          <span className={styles.lines}>
            <span className={styles.short} />
            <span className={styles.long} />
            <span className={styles.long} />
          </span>
        </div>
      ))}
    </div>
  );
}

/** A grey block as tall as what will stand there, in rem. */
export function SkeletonBlock({ heightRem }: { heightRem: number }) {
  return (
    <div role="status" className={styles.block} style={{ blockSize: `${heightRem}rem` }}>
      <span className={styles.spoken}>Loading</span>
    </div>
  );
}
