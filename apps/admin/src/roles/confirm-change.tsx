/** Asks before a mapping changes, with what the change would do. */
import { ConfirmDialog, useDeed } from "@heliograph/ui";
import { useConvex } from "convex/react";
import { api, type MappingEffect, type RoleMapping } from "../backend.ts";
import type { MappingValue } from "./mapping-form.ts";
import { effectText } from "./role-words.ts";

export type PlannedChange = {
  name: string;
  effect: MappingEffect;
  /** Null: the mapping is to be removed. */
  value: MappingValue | null;
  mappingId?: RoleMapping["mappingId"];
};

type ConfirmChangeProps = { planned: PlannedChange | null; onDone: () => void };

export function ConfirmChange({ planned, onDone }: ConfirmChangeProps) {
  const client = useConvex();
  const { busy, refusal, run, reset } = useDeed();
  const close = () => {
    reset();
    onDone();
  };
  const confirm = async () => {
    if (planned === null) return;
    const { value, mappingId } = planned;
    const done = await run(async () => {
      if (value !== null) await client.mutation(api.roleMappings.save, value);
      else if (mappingId !== undefined)
        await client.mutation(api.roleMappings.remove, { mappingId });
    });
    if (done) close();
  };
  const isRemoval = planned?.value === null;
  return (
    <ConfirmDialog
      open={planned !== null}
      onOpenChange={(open) => !open && close()}
      title={`${isRemoval ? "Remove the mapping of" : "Map the role"} ${planned?.name ?? ""}?`}
      consequence={planned === null ? "" : effectText(planned.effect)}
      action={isRemoval ? "Remove mapping" : "Save mapping"}
      busy={busy}
      error={refusal?.message ?? null}
      onConfirm={() => void confirm()}
    />
  );
}
