/** Two accounts of one person become one: what will move is shown first. */
import {
  Button,
  ConfirmDialog,
  Facts,
  Form,
  Inset,
  Panel,
  Stack,
  Strip,
  TextField,
  useDeed,
} from "@heliograph/ui";
import { useConvex } from "convex/react";
import type { FunctionReturnType } from "convex/server";
import { useState } from "react";
import { api } from "../backend.ts";
import { purchaseText } from "../payments/outcome-facts.tsx";
import { QueryState } from "../query-state.tsx";
import { useConsoleQuery } from "../session/use-console-query.ts";

type Emails = { fromEmail: string; intoEmail: string };
type Preview = Extract<
  FunctionReturnType<typeof api.identities.preview>,
  { state: "current" }
>["preview"];

const CONFLICTS: Readonly<Record<Preview["conflicts"][number], string>> = {
  same_account: "Both e-mails belong to the same account.",
  account_gone: "One of the accounts was deleted or merged before.",
  is_staff: "One of the two accounts has a role. Take it away first.",
  too_much: "The first account holds more than can be moved at once.",
};

/** On a customer's page theirs is the account to close, unless it is typed otherwise. */
export function MergePanel({ fromEmail = "" }: { fromEmail?: string }) {
  const [emails, setEmails] = useState<Emails | null>(null);
  const submit = async (form: FormData) => {
    const fromEmail = String(form.get("from") ?? "");
    const intoEmail = String(form.get("into") ?? "");
    setEmails({ fromEmail, intoEmail });
    return false; // the e-mails stay until it is done
  };
  return (
    <Panel
      title="Merge two accounts"
      about="For one person with two accounts. Everything of the first moves to the second, and the first is closed."
    >
      <Stack>
        <Form
          label="Merge"
          action="Show what will move"
          busy={false}
          error={null}
          onSubmit={submit}
        >
          <TextField name="from" label="E-mail of the account to close" defaultValue={fromEmail} />
          <TextField name="into" label="E-mail of the account to keep" />
        </Form>
        {emails !== null && (
          <MergePreview
            key={`${emails.fromEmail} ${emails.intoEmail}`}
            emails={emails}
            onDone={() => setEmails(null)}
          />
        )}
      </Stack>
    </Panel>
  );
}

function MergePreview({ emails, onDone }: { emails: Emails; onDone: () => void }) {
  const answer = useConsoleQuery(api.identities.preview, emails);
  return (
    <QueryState answer={answer} heightRem={8}>
      {({ preview }) => (
        <Stack>
          {preview.conflicts.map((conflict) => (
            <Strip key={conflict} tone="bad">
              {CONFLICTS[conflict]}
            </Strip>
          ))}
          <Inset>
            <Facts
              rows={[
                ["Identities", listed(preview.identities.map((one) => `${one.kind} ${one.value}`))],
                ["Purchases", listed(preview.purchases.map(purchaseText))],
                ["Grants", listed(preview.grants.map(({ tier, reason }) => `${tier}: ${reason}`))],
                ["Ways to sign in", listed(preview.waysToSignIn)],
              ]}
            />
          </Inset>
          {preview.conflicts.length === 0 && <MergeButton emails={emails} onDone={onDone} />}
        </Stack>
      )}
    </QueryState>
  );
}

function MergeButton({ emails, onDone }: { emails: Emails; onDone: () => void }) {
  const client = useConvex();
  const { busy, refusal, run } = useDeed();
  const [asking, setAsking] = useState(false);
  const merge = async () => {
    if (await run(() => client.mutation(api.identities.merge, emails))) onDone();
  };
  return (
    <>
      <div>
        <Button tone="danger" onClick={() => setAsking(true)}>
          Merge
        </Button>
      </div>
      <ConfirmDialog
        open={asking}
        onOpenChange={setAsking}
        title={`Close ${emails.fromEmail}?`}
        consequence={`Everything it has becomes ${emails.intoEmail}'s. This cannot be undone.`}
        action="Merge"
        busy={busy}
        error={refusal?.message ?? null}
        onConfirm={() => void merge()}
      />
    </>
  );
}

function listed(texts: readonly string[]): string {
  return texts.length === 0 ? "None" : texts.join("; ");
}
