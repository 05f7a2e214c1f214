/** Who works here: roles and invitations. Owners change them, operators look. */
import {
  Badge,
  Button,
  type Column,
  ConfirmDeed,
  EmptyIcon,
  Form,
  Inset,
  Notice,
  Panel,
  Row,
  SelectField,
  Stack,
  Strip,
  Table,
  TextField,
  TimeAgo,
  type Tone,
  timeLeft,
  useDeed,
  useMinuteMs,
} from "@heliograph/ui";
import { useConvex } from "convex/react";
import { useState } from "react";
import { api, type Invitation, type Member } from "../backend.ts";
import { QueryState } from "../query-state.tsx";
import type { StaffRole } from "../session/console-session.ts";
import { useConsoleQuery } from "../session/use-console-query.ts";

const ROLES: ReadonlyArray<{ value: StaffRole; text: string }> = [
  { value: "support", text: "Support" },
  { value: "operator", text: "Operator" },
  { value: "owner", text: "Owner" },
];

const TONES: Record<Invitation["state"], Tone> = {
  open: "info",
  accepted: "good",
  revoked: "bad",
  expired: "neutral",
};

export function StaffView() {
  const answer = useConsoleQuery(api.staff.list, {});
  return (
    <QueryState answer={answer} heightRem={24}>
      {({ members, invitations, own, ownRole }) => (
        <Stack gap="wide">
          <Members members={members} own={own} isOwner={ownRole === "owner"} />
          <Invitations invitations={invitations} isOwner={ownRole === "owner"} />
        </Stack>
      )}
    </QueryState>
  );
}

type MembersProps = { members: readonly Member[]; own: string | null; isOwner: boolean };

function Members({ members, own, isOwner }: MembersProps) {
  const [changing, setChanging] = useState<Member | null>(null);
  const [removing, setRemoving] = useState<Member | null>(null);
  const columns: Column<Member>[] = [
    {
      key: "who",
      title: "Person",
      cell: ({ email, name, userId }) =>
        `${email ?? name ?? userId}${userId === own ? " (you)" : ""}`,
    },
    { key: "role", title: "Role", cell: ({ role }) => <Badge>{role}</Badge> },
    { key: "since", title: "Since", cell: ({ sinceMs }) => <TimeAgo atMs={sinceMs} /> },
  ];
  if (isOwner) {
    columns.push({
      key: "change",
      title: "",
      align: "end",
      cell: (member) => (
        <Row>
          <Button onClick={() => setChanging(member)}>Change role</Button>
          <Button tone="danger" onClick={() => setRemoving(member)}>
            Remove
          </Button>
        </Row>
      ),
    });
  }
  return (
    <Panel
      title="Staff"
      about="Support looks up, operators act, owners decide who works here."
      flush
    >
      {members.length === 0 ? (
        <Notice icon={EmptyIcon} title="Nobody works here yet">
          <p>The first owner is made on the command line: npx convex run staff:makeOwner</p>
        </Notice>
      ) : (
        <Table caption="Staff" columns={columns} rows={members} rowKey={({ userId }) => userId} />
      )}
      {changing !== null && (
        <Inset>
          <ChangeRole key={changing.userId} member={changing} onDone={() => setChanging(null)} />
        </Inset>
      )}
      <RemoveMember member={removing} onDone={() => setRemoving(null)} />
    </Panel>
  );
}

type MemberProps = { member: Member; onDone: () => void };

function ChangeRole({ member, onDone }: MemberProps) {
  const client = useConvex();
  const { run, busy, refusal } = useDeed();
  const submit = async (form: FormData) => {
    const role = readRole(form);
    const { userId } = member;
    const done = await run(() => client.mutation(api.staff.setRole, { userId, role }));
    if (done) onDone();
    return done;
  };
  return (
    <Form
      label={`Change the role of ${nameOf(member)}`}
      action={`Change ${nameOf(member)}`}
      busy={busy}
      error={refusal?.message ?? null}
      onSubmit={submit}
    >
      <SelectField
        name="role"
        label="Role"
        options={ROLES}
        defaultValue={member.role}
        hint="A lower role signs them out, and ends console tokens they were shown and their invitations."
      />
    </Form>
  );
}

function RemoveMember({ member, onDone }: { member: Member | null; onDone: () => void }) {
  const client = useConvex();
  return (
    <ConfirmDeed
      subject={member}
      title={(member) => `Remove ${nameOf(member)}?`}
      consequence={() =>
        "They are signed out at once; console tokens they were shown and invitations they sent end, too. Rotate the tokens of bots and sources they made. They stay a customer, and can be invited again."
      }
      action={() => "Remove"}
      deed={({ userId }) => client.mutation(api.staff.remove, { userId })}
      onDone={onDone}
    />
  );
}

type InvitationsProps = { invitations: readonly Invitation[]; isOwner: boolean };

function Invitations({ invitations, isOwner }: InvitationsProps) {
  const client = useConvex();
  const nowMs = useMinuteMs();
  const { run, busy, refusal } = useDeed();
  const revoke = ({ invitationId }: Invitation) =>
    void run(() => client.mutation(api.staff.revokeInvitation, { invitationId }));
  return (
    <Panel
      title="Invitations"
      about="A mail with a link that is good for seven days, once, and for that address only."
      flush
    >
      {refusal !== null && <Strip tone="bad">{refusal.message}</Strip>}
      {invitations.length === 0 ? (
        <Notice icon={EmptyIcon} title="Nobody was invited yet">
          <p>{isOwner ? "Invite somebody below." : "An owner can invite people here."}</p>
        </Notice>
      ) : (
        <Table
          caption="Invitations"
          columns={invitationColumns(nowMs, isOwner ? { revoke, busy } : null)}
          rows={invitations}
          rowKey={({ invitationId }) => invitationId}
        />
      )}
      {isOwner && (
        <Inset>
          <InviteForm />
        </Inset>
      )}
    </Panel>
  );
}

function invitationColumns(
  nowMs: number,
  acts: { revoke: (invitation: Invitation) => void; busy: boolean } | null,
): Column<Invitation>[] {
  const columns: Column<Invitation>[] = [
    { key: "email", title: "Address", cell: ({ email }) => email },
    { key: "role", title: "Role", cell: ({ role }) => <Badge>{role}</Badge> },
    {
      key: "state",
      title: "State",
      cell: ({ state }) => <Badge tone={TONES[state]}>{state}</Badge>,
    },
    { key: "at", title: "Invited", cell: ({ invitedAtMs }) => <TimeAgo atMs={invitedAtMs} /> },
    {
      key: "ends",
      title: "Good for",
      cell: ({ state, expiresAtMs }) => state === "open" && timeLeft(expiresAtMs, nowMs),
    },
  ];
  if (acts === null) return columns;
  const { revoke, busy } = acts;
  return [
    ...columns,
    {
      key: "revoke",
      title: "",
      align: "end",
      cell: (invitation) =>
        invitation.state === "open" && (
          <Button tone="danger" busy={busy} onClick={() => revoke(invitation)}>
            Revoke
          </Button>
        ),
    },
  ];
}

function InviteForm() {
  const client = useConvex();
  const { run, busy, refusal } = useDeed();
  const onEmail = refusal?.code === "bad_input";
  const submit = async (form: FormData) => {
    const email = String(form.get("email"));
    return await run(() => client.action(api.staff.invite, { email, role: readRole(form) }));
  };
  return (
    <Form
      label="Invite somebody"
      action="Invite"
      busy={busy}
      error={onEmail ? null : (refusal?.message ?? null)}
      onSubmit={submit}
    >
      <TextField
        name="email"
        label="E-mail"
        type="email"
        error={onEmail ? refusal.message : null}
      />
      <SelectField name="role" label="Role" options={ROLES} />
    </Form>
  );
}

function readRole(form: FormData): StaffRole {
  const value = form.get("role");
  return ROLES.find((role) => role.value === value)?.value ?? "support";
}

function nameOf({ email, name, userId }: Member): string {
  return email ?? name ?? userId;
}
