/** One thing for sale: its name, its price, what it brings, and how to get it. Stands in a flush panel. */
import { Check } from "lucide-react";
import type { ReactNode } from "react";
import styles from "./offer.module.css";

type OfferProps = {
  name: string;
  /** "$29". */
  price: string;
  /** "per month". */
  term: string;
  /** What makes it stand out: a trial, that one has it. */
  badge?: ReactNode;
  points: readonly string[];
  /** Buttons, or why there are none. */
  children: ReactNode;
};

export function Offer({ name, price, term, badge, points, children }: OfferProps) {
  return (
    <article className={styles.offer} aria-label={`${name}, ${price} ${term}`}>
      <div className={styles.head}>
        <h3 className={styles.name}>{name}</h3>
        {badge}
      </div>
      <p className={styles.price}>
        <span className={styles.amount}>{price}</span>
        <span className={styles.term}>{term}</span>
      </p>
      {points.length > 0 && (
        <ul className={styles.points}>
          {points.map((point) => (
            <li key={point} className={styles.point}>
              <Check aria-hidden size={14} />
              {point}
            </li>
          ))}
        </ul>
      )}
      {children}
    </article>
  );
}
