/** Buttons: one look per weight, one place for size and focus. */
import type { ComponentProps, ReactNode } from "react";
import styles from "./button.module.css";
import { classNames } from "./class-names.ts";
import { Tooltip } from "./tooltip.tsx";

type ButtonProps = Omit<ComponentProps<"button">, "className" | "style"> & {
  tone?: "solid" | "quiet" | "danger";
  /** Keeps the button's place and name but refuses presses and says it is at work. */
  busy?: boolean;
};

/** A button with a text. "solid" for the one main action of a view. */
export function Button({ tone = "quiet", busy = false, children, ...rest }: ButtonProps) {
  return (
    <button
      type="button"
      {...rest}
      aria-busy={busy || undefined}
      disabled={rest.disabled === true || busy}
      className={classNames(styles.button, styles[tone])}
    >
      {children}
    </button>
  );
}

type IconButtonProps = Omit<ComponentProps<"button">, "className" | "style" | "aria-label"> & {
  /** Read aloud and shown as a tooltip: an icon alone has no name. */
  label: string;
  children: ReactNode;
};

/** A square button that holds an icon. */
export function IconButton(props: IconButtonProps) {
  return (
    <Tooltip text={props.label}>
      <BareIconButton {...props} />
    </Tooltip>
  );
}

/** Without a tooltip: where one would open by itself, as on a dialog's first focused button. */
export function BareIconButton({ label, children, ...rest }: IconButtonProps) {
  return (
    <button type="button" {...rest} aria-label={label} className={styles.icon}>
      {children}
    </button>
  );
}
