/** The name others see. */
import { Form, Panel, Strip, TextField, useDeed } from "@heliograph/ui";
import { useMutation } from "convex/react";
import { useState } from "react";
import { api, type Me } from "../backend.ts";
import { textOf } from "../people/sign-in.ts";

export function ProfilePanel({ me }: { me: Me }) {
  const rename = useMutation(api.account.rename);
  const { run, busy, refusal } = useDeed();
  const [saved, setSaved] = useState(false);
  const submit = async (form: FormData) => {
    setSaved(await run(() => rename({ name: textOf(form, "name") })));
    return false; // the field keeps what was saved
  };
  return (
    <Panel
      title="You"
      about={me.role === null ? "As others see you." : `You work here as ${me.role}.`}
    >
      <Form
        label="Your name"
        action="Save"
        busy={busy}
        error={refusal?.message ?? null}
        onSubmit={submit}
      >
        <TextField
          name="name"
          label="Name"
          autoComplete="name"
          defaultValue={me.name ?? ""}
          onChange={() => setSaved(false)}
        />
      </Form>
      {saved && <Strip tone="good">Saved.</Strip>}
    </Panel>
  );
}
