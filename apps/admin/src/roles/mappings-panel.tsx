/** The mappings; every change shows its effect before it is saved. */
import { FEEDS } from "@heliograph/domain";
import {
  Button,
  CheckField,
  Code,
  type Column,
  EmptyIcon,
  Form,
  Inset,
  Notice,
  Panel,
  SelectField,
  Strip,
  Table,
  useDeed,
} from "@heliograph/ui";
import { useConvex } from "convex/react";
import { useState } from "react";
import { api, type RoleMapping } from "../backend.ts";
import { QueryState } from "../query-state.tsx";
import type { Answer } from "../session/use-console-query.ts";
import { tierWord } from "../sources/tier-word.ts";
import { ConfirmChange, type PlannedChange } from "./confirm-change.tsx";
import { MappingFields } from "./mapping-fields.tsx";
import { type MappingField, type MappingValue, readMappingForm } from "./mapping-form.ts";
import { tierText } from "./role-words.ts";

export function MappingsPanel({ answer }: { answer: Answer<{ mappings: RoleMapping[] }> }) {
  const client = useConvex();
  const deed = useDeed();
  const [planned, setPlanned] = useState<PlannedChange | null>(null);
  const plan = async (wish: Omit<PlannedChange, "effect">, role: RoleId) => {
    const { value } = wish;
    const mapping = value === null ? null : { tier: value.tier, andAbove: value.andAbove };
    const change = { guildId: role.guildId, roleId: role.roleId, mapping };
    return await deed.run(async () => {
      const effect = await client.action(api.roleMappings.preview, { change });
      setPlanned({ ...wish, effect });
    });
  };
  const remove = (mapping: RoleMapping) => {
    const { name, mappingId } = mapping;
    void plan({ name, mappingId, value: null }, mapping);
  };
  return (
    <Panel
      title="Role mappings"
      about="Which roles a tier holds in Discord. The bot gives and takes these and no others."
      flush
    >
      {deed.refusal !== null && <Strip tone="bad">{deed.refusal.message}</Strip>}
      <QueryState answer={answer} heightRem={10}>
        {({ mappings }) =>
          mappings.length === 0 ? (
            <Notice icon={EmptyIcon} title="No roles are mapped">
              <p>Customers get no role in Discord until you map one to their tier.</p>
            </Notice>
          ) : (
            <Table
              caption="Role mappings"
              columns={columnsFor(remove, deed.busy)}
              rows={mappings}
              rowKey={({ mappingId }) => mappingId}
            />
          )
        }
      </QueryState>
      <Inset>
        <MappingForm
          busy={deed.busy}
          onPlan={(value) => plan({ name: value.name, value }, value)}
        />
      </Inset>
      <ConfirmChange planned={planned} onDone={() => setPlanned(null)} />
    </Panel>
  );
}

type RoleId = Pick<RoleMapping, "guildId" | "roleId">;

function columnsFor(
  onRemove: (mapping: RoleMapping) => void,
  busy: boolean,
): ReadonlyArray<Column<RoleMapping>> {
  return [
    { key: "server", title: "Server", cell: ({ guildName }) => guildName },
    { key: "name", title: "Role", cell: ({ name }) => name },
    { key: "tier", title: "For", cell: tierText },
    { key: "role", title: "Role id", cell: ({ roleId }) => <Code>{roleId}</Code> },
    {
      key: "remove",
      title: "",
      align: "end",
      cell: (mapping) => (
        <Button
          tone="danger"
          busy={busy}
          aria-label={`Remove the mapping of ${mapping.name} in ${mapping.guildName}`}
          onClick={() => onRemove(mapping)}
        >
          Remove
        </Button>
      ),
    },
  ];
}

type MappingFormProps = { busy: boolean; onPlan: (value: MappingValue) => Promise<boolean> };

function MappingForm({ busy, onPlan }: MappingFormProps) {
  const [errors, setErrors] = useState<{ [F in MappingField]?: string }>({});
  const submit = async (form: FormData) => {
    const read = readMappingForm(form);
    setErrors(read.ok ? {} : read.errors);
    if (read.ok) await onPlan(read.value);
    return false; // what was typed stays until the change is confirmed
  };
  return (
    <Form label="Map a role" action="Show the effect" busy={busy} error={null} onSubmit={submit}>
      <MappingFields errors={errors} />
      <SelectField
        name="tier"
        label="Tier"
        options={FEEDS.map((tier) => ({ value: tier, text: tierWord(tier) }))}
      />
      <CheckField name="andAbove" label="Also for higher tiers" />
    </Form>
  );
}
