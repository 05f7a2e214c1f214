/** Clients of the deployment under test, as machines of each kind. */
import { ConvexClient } from "convex/browser";
import { type IssuedMachine, issueMachine } from "../tools/deployment/admin.ts";
import type { TestDeployment } from "../tools/deployment/given-deployment.ts";

export interface MachineClient extends IssuedMachine {
  readonly client: ConvexClient;
}

/** An official client, authenticated as a machine made for this test. */
export async function connectMachine(
  deployment: TestDeployment,
  kind: "bot" | "console",
  name: string,
): Promise<MachineClient> {
  const machine = await issueMachine(deployment, { kind, name });
  const client = new ConvexClient(deployment.url, { unsavedChangesWarning: false });
  client.setAuth(async () => exchange(deployment, machine.token));
  return { ...machine, client };
}

/** The JWT for a machine token, or null when it is refused. */
export async function exchange(deployment: TestDeployment, token: string): Promise<string | null> {
  const headers = { authorization: `Bearer ${token}` };
  const response = await fetch(`${deployment.siteUrl}/auth/machine`, { method: "POST", headers });
  if (!response.ok) return null;
  const answer: { token: string } = await response.json();
  return answer.token;
}
