/** A form that never leaves the page: its values go to a callback. */
import type { ReactNode } from "react";
import { Button } from "./button.tsx";
import styles from "./form.module.css";
import { Strip } from "./notice.tsx";

type FormProps = {
  /** Read out as the form's name. */
  label: string;
  /** The verb on the button: "Add source". */
  action: string;
  busy: boolean;
  /** A refusal of the whole form; one of a field stands at the field. */
  error: string | null;
  /** Resolves to true when the form is done with and can be emptied. */
  onSubmit: (values: FormData) => Promise<boolean>;
  /** What is filled in, after each change. */
  onChange?: (values: FormData) => void;
  children: ReactNode;
};

/** What a form says of what is chosen in it, across its whole width. */
export function FormNote({ children }: { children: ReactNode }) {
  return <div className={styles.note}>{children}</div>;
}

/** The browser's own checks are off: each field says in our words what is wrong. */
export function Form({ label, action, busy, error, onSubmit, onChange, children }: FormProps) {
  return (
    <form
      noValidate
      aria-label={label}
      className={styles.form}
      onChange={(event) => onChange?.(new FormData(event.currentTarget))}
      onSubmit={(event) => {
        event.preventDefault();
        const form = event.currentTarget;
        void onSubmit(new FormData(form)).then((done) => {
          if (done) form.reset();
          else form.querySelector<HTMLElement>("[aria-invalid=true]")?.focus();
        });
      }}
    >
      <div className={styles.fields}>{children}</div>
      {error !== null && <Strip tone="bad">{error}</Strip>}
      <div>
        <Button type="submit" tone="solid" busy={busy}>
          {action}
        </Button>
      </div>
    </form>
  );
}
