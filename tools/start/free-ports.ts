/** Whether the ports of the parts can be listened on, asked before anything is started on them. */
import { createServer } from "node:net";
import type { PortName, Ports } from "./flags.ts";

/** A port that cannot be used: the message says which, why, and which flag moves it. */
export class PortTakenError extends Error {
  override readonly name = "PortTakenError";
}

/** Throws PortTakenError for the first of `names` whose port cannot be listened on. */
export async function refuseTakenPorts(ports: Ports, names: readonly PortName[]): Promise<void> {
  for (const name of names) {
    const refusal = await tryListening(ports[name]);
    if (refusal === undefined) continue;
    throw new PortTakenError(
      refusal === "EADDRINUSE"
        ? `Port ${ports[name]} is in use, and ${name} needs it. Stop what listens there, or give another with --${name}-port.`
        : `Port ${ports[name]} cannot be listened on (${refusal}), and ${name} needs it. Give another with --${name}-port.`,
    );
  }
}

/** Undefined when the port is free, else the system's error code. */
function tryListening(port: number): Promise<string | undefined> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(undefined)));
  });
}
