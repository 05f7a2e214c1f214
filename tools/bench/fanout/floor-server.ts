/**
 * The floor: what the same machine does when all that happens is a broadcast. It
 * takes the same HTTP body as ingest, and sends a frame recorded from the run to
 * every socket; no database, no functions. A process of its own, as the engine is.
 */
import { createServer } from "node:http";
import { WebSocketServer } from "ws";

let frame = "";
const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false });
const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => {
    const body = Buffer.concat(chunks).toString();
    if (request.url === "/frame") frame = body;
    else {
      JSON.parse(body);
      for (const socket of sockets.clients) socket.send(frame);
    }
    response.end("{}");
  });
});
server.on("upgrade", (request, socket, head) => {
  sockets.handleUpgrade(request, socket, head, () => {});
});
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  if (address !== null && typeof address === "object") process.send?.({ port: address.port });
});
process.once("disconnect", () => process.exit(0));
