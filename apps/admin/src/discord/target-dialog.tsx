/** One target under the doctor's eyes, with its test message. */
import { Dialog } from "@heliograph/ui";
import { type Target, TargetFindings } from "./target-findings.tsx";

export type CheckedTarget = { name: string; target: Target };

type TargetDialogProps = { checked: CheckedTarget | null; onClose: () => void };

export function TargetDialog({ checked, onClose }: TargetDialogProps) {
  return (
    <Dialog
      open={checked !== null}
      onOpenChange={(open) => !open && onClose()}
      title={`Check ${checked?.name ?? ""}`}
      description="What stands between the bot and this channel. A test message is removed at once and notifies nobody."
    >
      {checked !== null && <TargetFindings target={checked.target} />}
    </Dialog>
  );
}
