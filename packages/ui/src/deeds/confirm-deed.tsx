/** Asks before a deed that cannot be undone, does it, and closes when it is done. */
import { ConfirmDialog } from "../primitives/dialog.tsx";
import { useDeed } from "./use-deed.ts";

type ConfirmDeedProps<Subject> = {
  /** What it is done to; null: closed. */
  subject: Subject | null;
  title: (subject: Subject) => string;
  /** What will happen, and whether it can be undone. */
  consequence: (subject: Subject) => string;
  /** The verb on the button: "Revoke", not "OK". */
  action: (subject: Subject) => string;
  deed: (subject: Subject) => Promise<unknown>;
  /** It was done, or is not to be: the caller lets go of the subject. */
  onDone: () => void;
};

/** Stays open with the reason when the deed is refused. */
export function ConfirmDeed<Subject>(props: ConfirmDeedProps<Subject>) {
  const { subject, title, consequence, action, deed, onDone } = props;
  const { busy, refusal, run, reset } = useDeed();
  const close = () => {
    reset();
    onDone();
  };
  const confirm = async () => {
    if (subject !== null && (await run(() => deed(subject)))) close();
  };
  return (
    <ConfirmDialog
      open={subject !== null}
      onOpenChange={(open) => !open && close()}
      title={subject === null ? "" : title(subject)}
      consequence={subject === null ? "" : consequence(subject)}
      action={subject === null ? "" : action(subject)}
      busy={busy}
      error={refusal?.message ?? null}
      onConfirm={() => void confirm()}
    />
  );
}
