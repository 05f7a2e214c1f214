/** Text as it was written: lines and spaces kept, links opened elsewhere. */
import styles from "./plain.module.css";

const LINK = /(https?:\/\/\S+)/;

export function Plain({ children }: { children: string }) {
  const parts = children.split(LINK);
  return (
    <p className={styles.plain}>
      {parts.map((part, index) =>
        LINK.test(part) ? (
          // biome-ignore lint/suspicious/noArrayIndexKey: the parts of one text never move
          <a key={index} href={part} target="_blank" rel="noreferrer">
            {part}
          </a>
        ) : (
          part
        ),
      )}
    </p>
  );
}
