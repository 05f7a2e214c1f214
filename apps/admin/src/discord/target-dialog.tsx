/** One target under the doctor's eyes, with its test message. */
import { Dialog } from "@heliograph/ui";
import { TargetFindings } from "./target-findings.tsx";

export type CheckedTarget = {
  name: string;
  guildId: string;
  channelId: string;
  pingRoleId: string | null;
};

type TargetDialogProps = { target: CheckedTarget | null; onClose: () => void };

export function TargetDialog({ target, onClose }: TargetDialogProps) {
  return (
    <Dialog
      open={target !== null}
      onOpenChange={(open) => !open && onClose()}
      title={`Check ${target?.name ?? ""}`}
      description="What stands between the bot and this channel. A test message is removed at once and notifies nobody."
    >
      {target !== null && (
        <TargetFindings place={target} mode="bot" pingRoleId={target.pingRoleId} />
      )}
    </Dialog>
  );
}
