/** Making a machine. Its token is shown once, here, and copied from here. */
import { Form, Panel, SelectField, Strip, TextField, useDeed } from "@heliograph/ui";
import { useConvex } from "convex/react";
import { useState } from "react";
import { api, type Machine } from "../backend.ts";
import { alertAddress } from "../capture/alert-address.ts";
import type { StaffRole } from "../session/console-session.ts";
import { FreshToken } from "./fresh-token.tsx";

const DAY_MS = 24 * 60 * 60_000;
const KINDS: ReadonlyArray<{ value: Machine["kind"]; text: string }> = [
  { value: "source", text: "Source: posts signals in" },
  { value: "tradingview", text: "TradingView: sends alerts of one source" },
  { value: "bot", text: "Bot: posts to Discord" },
  { value: "console", text: "Console: acts as an operator" },
];
const BINDABLE: ReadonlySet<Machine["kind"]> = new Set(["source", "tradingview"]);
const LIVES = [
  { value: "", text: "Until revoked" },
  { value: "1", text: "A day" },
  { value: "30", text: "30 days" },
  { value: "365", text: "A year" },
];

export function IssuePanel({ role }: { role: StaffRole }) {
  const client = useConvex();
  const { run, busy, refusal } = useDeed();
  const [token, setToken] = useState<string | null>(null);
  const kinds = KINDS.filter(({ value }) => value !== "console" || role === "owner");
  const submit = async (form: FormData) => {
    setToken(null);
    const made = readMachine(form);
    return await run(async () => {
      const issued = await client.action(api.machines.issueAsStaff, made);
      setToken(made.kind === "tradingview" ? alertAddress(issued.token) : issued.token);
    });
  };
  return (
    <Panel title="Issue a token" about="For a source, a bot or a console. It is shown this once.">
      <Form
        label="Issue a token"
        action="Issue"
        busy={busy}
        error={refusal?.message ?? null}
        onSubmit={submit}
      >
        <TextField name="name" label="Name" hint="So that you know it again." />
        <SelectField name="kind" label="Kind" options={kinds} />
        <SelectField name="days" label="Good for" options={LIVES} />
        <TextField
          name="sourceName"
          label="Source"
          hint="Binds the token to one source, by its name. TradingView's needs one."
        />
      </Form>
      {token !== null && <FreshToken token={token} />}
      {role !== "owner" && <Strip tone="info">A console's token needs an owner.</Strip>}
    </Panel>
  );
}

function readMachine(form: FormData) {
  const kind = KINDS.find(({ value }) => value === form.get("kind"))?.value ?? "source";
  const days = Number(form.get("days"));
  const sourceName = String(form.get("sourceName") ?? "").trim();
  return {
    kind,
    name: String(form.get("name") ?? ""),
    ttlMs: days > 0 ? days * DAY_MS : null,
    sourceName: BINDABLE.has(kind) && sourceName !== "" ? sourceName : null,
  };
}
