/** The staff's sign-in, and how a console is opened without one. */
import { useAuthActions } from "@convex-dev/auth/react";
import { useDiscordSignIn } from "@heliograph/live-client";
import {
  Code,
  DiscordButton,
  Form,
  Panel,
  Quiet,
  Stack,
  Strip,
  TextField,
  useDeed,
} from "@heliograph/ui";
import { useState } from "react";

export function StaffSignIn() {
  const { signIn } = useAuthActions();
  const { run, busy, refusal } = useDeed();
  const withDiscord = useDiscordSignIn(window.location.origin + window.location.pathname);
  const [isUnproven, setIsUnproven] = useState(false);
  const submit = async (fields: FormData) => {
    fields.set("flow", "signIn");
    return await run(async () => {
      const { signingIn } = await signIn("password", fields);
      setIsUnproven(!signingIn);
    });
  };
  return (
    <Stack gap="wide">
      <Panel title="Sign in to the console" about="For staff. Customers sign in on the site.">
        <Form
          label="Sign in to the console"
          action="Sign in"
          busy={busy}
          error={refusal?.message ?? null}
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
        {isUnproven && (
          <Strip tone="warn">
            Prove this address first: a mail with a link to the site is on its way.
          </Strip>
        )}
      </Panel>
      {withDiscord !== null && <DiscordButton onPress={withDiscord} />}
      <Quiet>
        A console's link opens it without an account: <Code>npm start</Code> prints one, and so does{" "}
        <Code>{`npx convex run machines:issue '{"kind":"console","name":"…"}'`}</Code>
      </Quiet>
    </Stack>
  );
}
