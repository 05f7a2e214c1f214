/** Form fields: label, control, and the reason when a value was refused. */
import { type ComponentProps, type ReactNode, useId } from "react";
import { classNames } from "./class-names.ts";
import styles from "./field.module.css";

type FieldProps = { label: string; hint?: string; error?: string | null };

/** A line of text. `error` is read out with the field and marks it invalid. */
export function TextField(
  props: FieldProps & Omit<ComponentProps<"input">, "className" | "style" | "id">,
) {
  const { label, hint, error, ...input } = props;
  const id = useId();
  return (
    <FieldFrame id={id} label={label} hint={hint} error={error}>
      <input
        autoComplete="off"
        spellCheck={false}
        {...input}
        id={id}
        aria-invalid={error == null ? undefined : true}
        aria-describedby={`${id}-note`}
        className={styles.control}
      />
    </FieldFrame>
  );
}

/** Several lines of text. */
export function TextAreaField(
  props: FieldProps & Omit<ComponentProps<"textarea">, "className" | "style" | "id">,
) {
  const { label, hint, error, ...area } = props;
  const id = useId();
  return (
    <FieldFrame id={id} label={label} hint={hint} error={error}>
      <textarea
        rows={4}
        {...area}
        id={id}
        aria-invalid={error == null ? undefined : true}
        aria-describedby={`${id}-note`}
        className={classNames(styles.control, styles.area)}
      />
    </FieldFrame>
  );
}

/** One of a few values, with the platform's own list. */
export function SelectField(
  props: FieldProps &
    Omit<ComponentProps<"select">, "className" | "style" | "id" | "children"> & {
      options: ReadonlyArray<{ value: string; text: string }>;
    },
) {
  const { label, hint, error, options, ...select } = props;
  const id = useId();
  return (
    <FieldFrame id={id} label={label} hint={hint} error={error}>
      <select
        {...select}
        id={id}
        aria-invalid={error == null ? undefined : true}
        aria-describedby={`${id}-note`}
        className={styles.control}
      >
        {options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.text}
          </option>
        ))}
      </select>
    </FieldFrame>
  );
}

/** A box to tick, with its sentence beside it. */
export function CheckField(
  props: { label: string } & Omit<ComponentProps<"input">, "className" | "style" | "id" | "type">,
) {
  const { label, ...input } = props;
  return (
    <label className={styles.check}>
      <input {...input} type="checkbox" />
      <span>{label}</span>
    </label>
  );
}

type FrameProps = {
  id: string;
  label: string;
  hint: string | undefined;
  error: string | null | undefined;
  children: ReactNode;
};

function FieldFrame({ id, label, hint, error, children }: FrameProps) {
  return (
    <div className={styles.field}>
      <label htmlFor={id} className={styles.label}>
        {label}
      </label>
      {children}
      {/* Always there, so that a message appearing moves nothing. */}
      <p id={`${id}-note`} className={error == null ? styles.hint : styles.error}>
        {error ?? hint ?? ""}
      </p>
    </div>
  );
}
