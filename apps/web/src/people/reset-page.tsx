/** A new password for who forgot theirs: asks for a mail, then takes its code. */
import { Button, Form, Link, Narrow, Panel, Row, useOpenedLink } from "@heliograph/ui";
import { useState } from "react";
import { pathOf } from "../shell/paths.ts";
import { SiteFrame } from "../shell/site-frame.tsx";
import { CodeField, EmailField, NewPasswordField } from "./fields.tsx";
import { goOn, textOf, usePasswordSignIn } from "./sign-in.ts";
import { IDENTITY_TAKEN, TakenStrip } from "./taken-strip.tsx";

export function ResetPage() {
  const { params, serial } = useOpenedLink("code");
  return (
    <SiteFrame view="signIn" title="Reset your password">
      <Narrow>
        <Reset key={serial} link={params} />
        <Row gap="normal">
          <Link href={pathOf("signIn")}>Sign in</Link>
        </Row>
      </Narrow>
    </SiteFrame>
  );
}

function Reset({ link }: { link: URLSearchParams }) {
  const [email, setEmail] = useState(link.get("email"));
  if (email === null) return <AskForm onAsked={setEmail} />;
  return <CodeForm email={email} code={link.get("code") ?? ""} onAgain={() => setEmail(null)} />;
}

function AskForm({ onAsked }: { onAsked: (email: string) => void }) {
  const { ask, busy, refusal } = usePasswordSignIn();
  const submit = async (form: FormData) => {
    const email = textOf(form, "email");
    return await ask({ flow: "reset", email }, () => onAsked(email));
  };
  return (
    <Panel title="Where to send a code">
      <Form
        label="Ask for a code"
        action="Send the code"
        busy={busy}
        error={refusal?.message ?? null}
        onSubmit={submit}
      >
        <EmailField />
      </Form>
    </Panel>
  );
}

type CodeFormProps = { email: string; code: string; onAgain: () => void };

function CodeForm({ email, code, onAgain }: CodeFormProps) {
  const { ask, busy, refusal } = usePasswordSignIn();
  const errorFor = (wanted: string) => (refusal?.code === wanted ? refusal.message : null);
  const isTaken = refusal?.code === IDENTITY_TAKEN;
  const isOfField = refusal?.code === "wrong_code" || refusal?.code === "weak_password";
  const submit = async (form: FormData) => {
    const typed = {
      email: textOf(form, "email"),
      code: textOf(form, "code"),
      newPassword: textOf(form, "newPassword"),
    };
    await ask({ flow: "reset-verification", ...typed }, goOn);
    return false; // what was typed stays
  };
  return (
    <Panel
      title="Choose a new password"
      about={`If ${email} has an account with a password, a code is on its way. Other devices are signed out.`}
    >
      <Form
        label="Choose a new password"
        action="Set the password"
        busy={busy}
        error={isOfField || isTaken ? null : (refusal?.message ?? null)}
        onSubmit={submit}
      >
        <EmailField value={email} />
        <CodeField value={code} error={errorFor("wrong_code")} />
        <NewPasswordField name="newPassword" error={errorFor("weak_password")} />
      </Form>
      {isTaken && <TakenStrip email={email} isSignedIn={false} />}
      <p>
        <Button onClick={onAgain}>Send another code</Button>
      </p>
    </Panel>
  );
}
