/** Changing the password. */
import { Form, Panel, Strip, useDeed } from "@heliograph/ui";
import { useAction } from "convex/react";
import { useState } from "react";
import { api } from "../backend.ts";
import { NewPasswordField, PasswordField } from "../people/fields.tsx";
import { textOf } from "../people/sign-in.ts";

export function PasswordPanel() {
  const change = useAction(api.account.changePassword);
  const { run, busy, refusal } = useDeed();
  const [changed, setChanged] = useState(false);
  const errorFor = (code: string) => (refusal?.code === code ? refusal.message : null);
  const isOfField = ["wrong_password", "weak_password"].includes(refusal?.code ?? "");
  const submit = async (form: FormData) => {
    const typed = { current: textOf(form, "current"), next: textOf(form, "next") };
    const done = await run(() => change(typed));
    setChanged(done);
    return done;
  };
  return (
    <Panel title="Password" about="Other devices are signed out when it changes.">
      <Form
        label="Change the password"
        action="Change the password"
        busy={busy}
        error={isOfField ? null : (refusal?.message ?? null)}
        onSubmit={submit}
      >
        <PasswordField name="current" error={errorFor("wrong_password")} />
        <NewPasswordField name="next" error={errorFor("weak_password")} />
      </Form>
      {changed && <Strip tone="good">The password is changed.</Strip>}
    </Panel>
  );
}
