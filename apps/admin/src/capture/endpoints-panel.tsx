/** The addresses TradingView sends alerts of a source to. Each is shown once, when it is made. */
import {
  Button,
  Code,
  type Column,
  ConfirmDeed,
  EmptyIcon,
  Form,
  Inset,
  Notice,
  Panel,
  Row,
  Strip,
  Table,
  TextField,
  TimeAgo,
  useDeed,
} from "@heliograph/ui";
import { useConvex } from "convex/react";
import { useState } from "react";
import { api, type CapturedSource } from "../backend.ts";
import { alertAddress } from "./alert-address.ts";

type Endpoint = CapturedSource["endpoints"][number];

export function EndpointsPanel({ source }: { source: CapturedSource }) {
  const [revoking, setRevoking] = useState<Endpoint | null>(null);
  return (
    <Panel
      title="TradingView addresses"
      about="Paste one into an alert's Notifications, Webhook URL. Whoever knows it can post: keep it to yourself."
      flush
    >
      {source.endpoints.length === 0 ? (
        <Notice icon={EmptyIcon} title="No address yet">
          <p>Make one, and alerts become signals of this source.</p>
        </Notice>
      ) : (
        <Table
          caption="TradingView addresses"
          columns={columnsFor(setRevoking)}
          rows={source.endpoints}
          rowKey={({ machineId }) => machineId}
        />
      )}
      <Inset>
        <MakeAddress sourceName={source.name} />
      </Inset>
      <RevokeAddress endpoint={revoking} onDone={() => setRevoking(null)} />
    </Panel>
  );
}

function columnsFor(onRevoke: (endpoint: Endpoint) => void): ReadonlyArray<Column<Endpoint>> {
  return [
    { key: "name", title: "Address", cell: ({ name }) => name },
    {
      key: "used",
      title: "Last alert",
      cell: ({ lastUsedAtMs }) =>
        lastUsedAtMs === null ? "None yet" : <TimeAgo atMs={lastUsedAtMs} />,
    },
    {
      key: "revoke",
      title: "",
      align: "end",
      cell: (endpoint) => (
        <Button tone="danger" onClick={() => onRevoke(endpoint)}>
          Revoke
        </Button>
      ),
    },
  ];
}

function MakeAddress({ sourceName }: { sourceName: string }) {
  const client = useConvex();
  const { busy, refusal, run } = useDeed();
  const [address, setAddress] = useState<string | null>(null);
  const [copied, setCopied] = useState(false);
  const submit = async (form: FormData) => {
    setAddress(null);
    setCopied(false);
    const name = String(form.get("name") ?? "");
    return await run(async () => {
      const machine = { kind: "tradingview" as const, name, ttlMs: null, sourceName };
      const { token } = await client.action(api.machines.issueAsStaff, machine);
      setAddress(alertAddress(token));
    });
  };
  const copy = async (text: string) => {
    await navigator.clipboard.writeText(text);
    setCopied(true);
  };
  return (
    <Form
      label="Make an address"
      action="Make an address"
      busy={busy}
      error={refusal?.message ?? null}
      onSubmit={submit}
    >
      <TextField name="name" label="Name" hint="So that you know it again." />
      {address !== null && (
        <Strip tone="good">
          This address is shown once: <Code>{address}</Code>{" "}
          <Row>
            <Button onClick={() => void copy(address)}>{copied ? "Copied" : "Copy"}</Button>
          </Row>
        </Strip>
      )}
    </Form>
  );
}

function RevokeAddress({ endpoint, onDone }: { endpoint: Endpoint | null; onDone: () => void }) {
  const client = useConvex();
  return (
    <ConfirmDeed
      subject={endpoint}
      title={({ name }) => `Revoke ${name}?`}
      consequence={() =>
        "Alerts sent to this address are refused at once, and TradingView does not send them again. This cannot be undone."
      }
      action={() => "Revoke"}
      deed={({ machineId }) => client.mutation(api.machines.revoke, { machineId })}
      onDone={onDone}
    />
  );
}
