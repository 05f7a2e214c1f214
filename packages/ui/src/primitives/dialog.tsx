/**
 * Dialogs on Radix. The scrim is our own element: Radix's overlay locks scrolling by writing a
 * <style> element, which the pages' CSP forbids; base.css locks it instead. Where the focus goes
 * back to is ours as well: Radix knows its own triggers only, and a key opens some of these.
 */
import { X } from "lucide-react";
import { AlertDialog, Dialog as Radix } from "radix-ui";
import { type ReactNode, useRef } from "react";
import { BareIconButton, Button } from "./button.tsx";
import styles from "./dialog.module.css";

type DialogProps = {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: string;
  /** One sentence under the title, read out with it. */
  description: string;
  children: ReactNode;
};

/** A window over the page. Escape, the scrim and the cross close it. */
export function Dialog({ open, onOpenChange, title, description, children }: DialogProps) {
  const focusReturn = useFocusReturn();
  return (
    <Radix.Root open={open} onOpenChange={onOpenChange}>
      <Radix.Portal>
        <div data-scrim className={styles.scrim} />
        <Radix.Content className={styles.content} {...focusReturn}>
          <header className={styles.header}>
            <Radix.Title className={styles.title}>{title}</Radix.Title>
            <Radix.Close asChild>
              <BareIconButton label="Close">
                <X aria-hidden size={18} />
              </BareIconButton>
            </Radix.Close>
          </header>
          <Radix.Description className={styles.description}>{description}</Radix.Description>
          {children}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

type ConfirmProps = {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: string;
  /** What will happen, and whether it can be undone. */
  consequence: string;
  /** The verb on the button: "Revoke", not "OK". */
  action: string;
  busy: boolean;
  error: string | null;
  onConfirm: () => void;
};

/** Asks before something that cannot be undone. Stays open while busy and on an error. */
export function ConfirmDialog(props: ConfirmProps) {
  const { open, onOpenChange, title, consequence, action, busy, error, onConfirm } = props;
  const focusReturn = useFocusReturn();
  return (
    <AlertDialog.Root open={open} onOpenChange={onOpenChange}>
      <AlertDialog.Portal>
        <div data-scrim className={styles.scrim} />
        <AlertDialog.Content className={styles.content} {...focusReturn}>
          <AlertDialog.Title className={styles.title}>{title}</AlertDialog.Title>
          <AlertDialog.Description className={styles.description}>
            {consequence}
          </AlertDialog.Description>
          {error !== null && (
            <p role="alert" className={styles.error}>
              {error}
            </p>
          )}
          <div className={styles.actions}>
            <AlertDialog.Cancel asChild>
              <Button>Cancel</Button>
            </AlertDialog.Cancel>
            <Button tone="danger" busy={busy} onClick={onConfirm}>
              {action}
            </Button>
          </div>
        </AlertDialog.Content>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  );
}

/** What had the focus before gets it again, without a scroll; if it is gone, nothing does. */
function useFocusReturn() {
  const before = useRef<Element | null>(null);
  return {
    onOpenAutoFocus: () => {
      before.current = document.activeElement;
    },
    onCloseAutoFocus: (event: Event) => {
      event.preventDefault();
      if (before.current instanceof HTMLElement) before.current.focus({ preventScroll: true });
    },
  };
}
