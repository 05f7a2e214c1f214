/** Customers: finding one, and their page. What is open stands in the address. */
import {
  type Column,
  EmptyIcon,
  Form,
  Inset,
  Link,
  Notice,
  navigate,
  Panel,
  Stack,
  Table,
  TextField,
  useSearch,
} from "@heliograph/ui";
import { api, type FoundCustomer } from "../backend.ts";
import { QueryState } from "../query-state.tsx";
import { pathOf } from "../router.ts";
import { useConsoleQuery } from "../session/use-console-query.ts";
import { CustomerPage } from "./customer-page.tsx";

export function CustomersView({ mayGive }: { mayGive: boolean }) {
  const search = useSearch();
  const userId = search.get("user");
  const text = search.get("find") ?? "";
  return (
    <Stack gap="wide">
      <Panel
        title="Find a customer"
        about="By e-mail or its beginning, user id, Discord id, or any id of a payment provider."
        flush
      >
        <Inset>
          <Form label="Find a customer" action="Find" busy={false} error={null} onSubmit={open}>
            <TextField key={text} name="find" label="E-mail or id" defaultValue={text} />
          </Form>
        </Inset>
        {text !== "" && <FoundCustomers text={text} />}
      </Panel>
      {userId !== null && <CustomerPage key={userId} userId={userId} mayGive={mayGive} />}
    </Stack>
  );
}

async function open(form: FormData): Promise<boolean> {
  const text = String(form.get("find") ?? "").trim();
  navigate(text === "" ? pathOf("customers") : addressOf({ find: text }));
  return false; // the field keeps what was looked for
}

function addressOf(parameters: Record<string, string>): string {
  return `${pathOf("customers")}?${new URLSearchParams(parameters)}`;
}

function FoundCustomers({ text }: { text: string }) {
  const answer = useConsoleQuery(api.customers.find, { text });
  const columns: ReadonlyArray<Column<FoundCustomer>> = [
    {
      key: "email",
      title: "Customer",
      cell: ({ userId, email, isDeleted }) => (
        <Link href={addressOf({ find: text, user: userId })}>
          {isDeleted ? "Deleted account" : (email ?? userId)}
        </Link>
      ),
    },
    { key: "name", title: "Name", cell: ({ name }) => name ?? "" },
    { key: "by", title: "Found by", cell: ({ by }) => by },
  ];
  return (
    <QueryState answer={answer} heightRem={8}>
      {({ customers }) =>
        customers.length === 0 ? (
          <Notice icon={EmptyIcon} title="Nobody was found">
            <p>Try another id, or the beginning of the e-mail as it was typed at sign-up.</p>
          </Notice>
        ) : (
          <Table
            caption="Found customers"
            columns={columns}
            rows={customers}
            rowKey={({ userId }) => userId}
          />
        )
      }
    </QueryState>
  );
}
