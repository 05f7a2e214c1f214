/** Customers with a verified e-mail, put in by the official CLI's import as a moving-in shop would. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { readTable } from "./admin.ts";
import { type Deployment, runCli } from "./convex-cli.ts";

export interface Customer {
  readonly userId: string;
  readonly email: string;
}

/** Makes that many; their passwords do not exist. */
export async function importCustomers(
  deployment: Deployment,
  dir: string,
  count: number,
): Promise<Customer[]> {
  const emails = Array.from({ length: count }, (_, index) => `customer-${index}@example.com`);
  const users = emails.map((email) => ({ email, emailVerificationTime: Date.now() }));
  await importTable(deployment, dir, "users", users);
  const customers = (await readTable(deployment, "users")).map(({ _id, email }) => {
    return { userId: String(_id), email: String(email) };
  });
  const identities = customers.map(({ userId, email }) => {
    return { kind: "email", value: email, userId, sinceMs: Date.now() };
  });
  await importTable(deployment, dir, "identities", identities);
  return customers;
}

/** Adds rows to a table. */
export async function importTable(
  deployment: Deployment,
  dir: string,
  table: string,
  rows: readonly object[],
): Promise<void> {
  const file = join(dir, `${table}.jsonl`);
  writeFileSync(file, rows.map((row) => JSON.stringify(row)).join("\n"));
  await runCli(deployment, ["import", "--table", table, "--append", "--yes", file]);
}
