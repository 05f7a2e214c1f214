/** "I paid with another e-mail": the address is proven by a code, and what was bought with it is one's own. */
import { Button, Form, Panel, Strip, useDeed } from "@heliograph/ui";
import { useAction, useMutation } from "convex/react";
import { useState } from "react";
import { api } from "../backend.ts";
import { CodeField, EmailField } from "../people/fields.tsx";
import { textOf } from "../people/sign-in.ts";
import { IDENTITY_TAKEN, TakenStrip } from "../people/taken-strip.tsx";

type Step = { at: "ask" } | { at: "code"; email: string } | { at: "done"; email: string };

export function ClaimPanel() {
  const [step, setStep] = useState<Step>({ at: "ask" });
  return (
    <Panel
      title="Paid with another e-mail?"
      about="Prove that it is yours, and what was bought with it opens here."
    >
      {step.at === "done" && (
        <Strip tone="good">{step.email} is yours now, with everything bought with it.</Strip>
      )}
      {step.at === "code" ? (
        <CodeForm
          email={step.email}
          onDone={() => setStep({ at: "done", email: step.email })}
          onOther={() => setStep({ at: "ask" })}
        />
      ) : (
        <AskForm onSent={(email) => setStep({ at: "code", email })} />
      )}
    </Panel>
  );
}

function AskForm({ onSent }: { onSent: (email: string) => void }) {
  const request = useAction(api.identities.requestClaim);
  const { run, busy, refusal } = useDeed();
  const submit = async (form: FormData) => {
    const email = textOf(form, "email");
    const sent = await run(() => request({ email }));
    if (sent) onSent(email);
    return sent;
  };
  return (
    <Form
      label="Claim purchases of another e-mail"
      action="Send a code"
      busy={busy}
      error={refusal?.message ?? null}
      onSubmit={submit}
    >
      <EmailField label="E-mail you paid with" />
    </Form>
  );
}

type CodeProps = { email: string; onDone: () => void; onOther: () => void };

function CodeForm({ email, onDone, onOther }: CodeProps) {
  const confirm = useMutation(api.identities.confirmClaim);
  const { run, busy, refusal } = useDeed();
  const [isWrong, setIsWrong] = useState(false);
  const isTaken = refusal?.code === IDENTITY_TAKEN;
  const submit = async (form: FormData) => {
    let outcome = "wrong";
    const done = await run(async () => {
      outcome = await confirm({ email, code: textOf(form, "code") });
    });
    setIsWrong(done && outcome === "wrong");
    if (done && outcome === "attached") onDone();
    return done && outcome === "attached";
  };
  return (
    <>
      <Strip tone="info">A code is on its way to {email}.</Strip>
      <Form
        label="Confirm the e-mail you paid with"
        action="Confirm"
        busy={busy}
        error={isTaken ? null : (refusal?.message ?? null)}
        onSubmit={submit}
      >
        <CodeField error={isWrong ? "This code is wrong or has expired." : null} />
      </Form>
      {isTaken && <TakenStrip email={email} isSignedIn />}
      <div>
        <Button onClick={onOther}>Use another address</Button>
      </div>
    </>
  );
}
