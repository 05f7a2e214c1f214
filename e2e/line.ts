/**
 * A line of its own between browser and deployment, that can be cut: a browser told to be
 * offline keeps the sockets it has, and a cut line does not.
 */
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

export interface Line {
  /** Where the deployment answers over this line. */
  readonly url: string;
  /** Ends every connection and refuses new ones. */
  cut(): Promise<void>;
  restore(): Promise<void>;
  close(): Promise<void>;
}

/** A line to `url`, up. Only over http: the certificate of an https address names another host. */
export async function layLine(url: string): Promise<Line> {
  const { protocol, hostname, port } = new URL(url);
  if (protocol !== "http:") throw new Error(`no line can be laid to ${url}: it is not http`);
  const open = new Set<Socket>();
  const keep = (socket: Socket) => {
    open.add(socket);
    socket.once("close", () => open.delete(socket));
    socket.on("error", () => socket.destroy()); // either end may be cut at any moment
    return socket.setNoDelay(true);
  };
  const server = createServer((near) => {
    const far = keep(connect(Number(port || 80), hostname));
    keep(near).pipe(far).pipe(near);
    near.once("close", () => far.destroy());
    far.once("close", () => near.destroy());
  });
  const listen = async (at: number) => {
    server.listen(at, "127.0.0.1");
    await once(server, "listening");
  };
  const cut = async () => {
    if (!server.listening) return;
    const closed = once(server, "close");
    server.close();
    for (const socket of open) socket.destroy();
    await closed;
  };
  await listen(0);
  const { port: ownPort } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${ownPort}`,
    cut,
    restore: () => listen(ownPort),
    close: cut,
  };
}
