/** The staff's sign-in, and how a console is opened without one. */
import { useAuthActions } from "@convex-dev/auth/react";
import { Code, Form, Panel, Quiet, Stack, TextField } from "@heliograph/ui";
import { useState } from "react";
import { codeOf, messageOf } from "../session/use-console-query.ts";

export function StaffSignIn() {
  const { signIn } = useAuthActions();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string | null>(null);
  const submit = async (fields: FormData) => {
    fields.set("flow", "signIn");
    setBusy(true);
    setError(null);
    try {
      await signIn("password", fields);
      return true;
    } catch (refusal) {
      setError(codeOf(refusal) === null ? "Wrong e-mail or password." : messageOf(refusal));
      return false;
    } finally {
      setBusy(false);
    }
  };
  return (
    <Stack gap="wide">
      <Panel title="Sign in to the console" about="For staff. Customers sign in on the site.">
        <Form
          label="Sign in to the console"
          action="Sign in"
          busy={busy}
          error={error}
          onSubmit={submit}
        >
          <TextField label="E-mail" name="email" type="email" autoComplete="username" />
          <TextField
            label="Password"
            name="password"
            type="password"
            autoComplete="current-password"
          />
        </Form>
      </Panel>
      <Quiet>
        A console's link opens it without an account: <Code>npm start</Code> prints one, and so does{" "}
        <Code>{`npx convex run machines:issue '{"kind":"console","name":"…"}'`}</Code>
      </Quiet>
    </Stack>
  );
}
