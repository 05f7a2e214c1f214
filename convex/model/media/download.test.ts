// @vitest-environment node
import { createServer, type RequestListener, request as requestHttp, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test, vi } from "vitest";
import { download } from "./download.ts";

// Without certificates there is no https here: what would be asked by it goes to this port, plain, and by
// the same lookup.
const plain = vi.hoisted(() => ({ port: 0 }));
vi.mock("node:https", () => ({
  request: (url: URL, options: object) => requestHttp({ ...options, host: url.hostname, ...plain }),
}));

const PICTURE = "bytes of a picture";
const LIMITS = { bytes: 1_000, wholeMs: 2_000, silenceMs: 1_000 };
const CDN = "https://cdn.discordapp.com/attachments/1/2/a.png";
const servers: Server[] = [];

afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

async function serve(answer: RequestListener, host = "127.0.0.1", port = 0) {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? "");
    answer(request, response);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(port, host, resolve));
  const { port: taken } = server.address() as AddressInfo;
  return { asked, port: taken, origin: `http://${host}:${taken}` };
}

const picture: RequestListener = (_, response) => void response.end(PICTURE);
const redirect =
  (location: string): RequestListener =>
  (request, response) => {
    if (request.url === "/a.png") response.writeHead(302, { location }).end();
    else response.end(PICTURE);
  };

/** From that origin, which is exempt as a simulator's is. */
function fetchFrom(origin: string, path = "/a.png", limits = LIMITS) {
  return download(`${origin}${path}`, { rules: { hosts: [], loopbackOrigins: [origin] }, limits });
}

/** From a listed host whose name resolves to these addresses, one list after the other. */
async function fetchResolved(answers: readonly (readonly string[])[], isOpen?: () => boolean) {
  const left = [...answers];
  const resolve = vi.fn(async () => left.shift() ?? []);
  const rules = { hosts: [], loopbackOrigins: [] };
  const answer = await download(CDN, { rules, resolve, limits: LIMITS, ...(isOpen && { isOpen }) });
  return { answer, resolve };
}

const failed = (code: string) => ({ state: "failed", code });
const retry = (code: string) => ({ state: "retry", code });
const textOf = (answer: Awaited<ReturnType<typeof download>>) =>
  answer.state === "complete" ? new TextDecoder().decode(answer.bytes) : answer;

test("[SSRF1] a picture of an allowed place comes whole", async () => {
  const { origin } = await serve(picture);
  expect(textOf(await fetchFrom(origin))).toBe(PICTURE);
});

test.each([
  ["http://127.0.0.1:1/a.png", "scheme_not_allowed"],
  ["https://127.0.0.1/a.png", "host_not_allowed"],
  ["https://[::ffff:7f00:1]/a.png", "host_not_allowed"],
  ["file:///etc/passwd", "scheme_not_allowed"],
  ["data:image/png;base64,AAAA", "scheme_not_allowed"],
  ["https://evil.test/a.png", "host_not_allowed"],
  ["not an address", "bad_address"],
])("[SSRF1] %s is refused, and redirected to as well", async (target, code) => {
  const rules = { hosts: [], loopbackOrigins: [] };
  expect(await download(target, { rules })).toEqual(failed(code));
  const { origin, asked } = await serve(redirect(target));
  const isRelative = code === "bad_address";
  expect(textOf(await fetchFrom(origin))).toEqual(isRelative ? PICTURE : failed(code));
  expect(asked).toHaveLength(isRelative ? 2 : 1);
});

test("[SSRF1] redirects are followed within the rules, and not in a circle", async () => {
  const near = await serve(redirect("/b.png"));
  expect(textOf(await fetchFrom(near.origin))).toBe(PICTURE);
  const circle = await serve(redirect("/a.png"));
  expect(await fetchFrom(circle.origin)).toEqual(failed("too_many_redirects"));
  expect(circle.asked).toHaveLength(4);
  const nowhere = await serve((_, response) => void response.writeHead(302).end());
  expect(await fetchFrom(nowhere.origin)).toEqual(failed("bad_redirect"));
});

test.each([
  ["127.0.0.1"],
  ["10.1.2.3"],
  ["169.254.169.254"],
  ["::1"],
  ["::ffff:127.0.0.1"],
  ["fd00::1"],
  ["64:ff9b::7f00:1"],
  ["nonsense"],
])("[SSRF1] a listed host that resolves to %s is not connected to", async (address) => {
  const server = await serve(picture);
  plain.port = server.port;
  expect((await fetchResolved([[address]])).answer).toEqual(failed("private_address"));
  expect((await fetchResolved([["1.1.1.1", address]])).answer).toEqual(failed("private_address"));
  expect(server.asked).toEqual([]);
});

test("[SSRF1] a name that resolves otherwise after it was judged gains nothing", async () => {
  const judged = await serve(picture);
  const secret = await serve(
    (_, response) => void response.end("secret"),
    "127.0.0.2",
    judged.port,
  );
  plain.port = judged.port;
  const { answer, resolve } = await fetchResolved([["127.0.0.1"], ["127.0.0.2"]], () => true);
  expect(textOf(answer)).toBe(PICTURE);
  expect(resolve).toHaveBeenCalledTimes(1);
  expect(secret.asked).toEqual([]);
});

test("[SSRF2] a file over the limit is given up, announced or not", async () => {
  const announced = await serve((_, response) => {
    response.writeHead(200, { "content-length": "1001" }).write("x");
  });
  expect(await fetchFrom(announced.origin)).toEqual(failed("too_large"));
  let isStopped = false;
  const endless = await serve((_, response) => {
    response.on("close", () => {
      isStopped = true;
    });
    const more = () => {
      if (!isStopped) response.write("x".repeat(400), () => setImmediate(more));
    };
    more();
  });
  expect(await fetchFrom(endless.origin)).toEqual(failed("too_large"));
  await vi.waitFor(() => expect(isStopped).toBe(true));
});

test("[SSRF2] a server that falls silent, or drips, is given up", async () => {
  const startedMs = performance.now();
  const silent = await serve((_, response) => void response.write("x"));
  expect(await fetchFrom(silent.origin, "/", { ...LIMITS, silenceMs: 30 })).toEqual(
    retry("too_slow"),
  );
  const mute = await serve(() => {});
  expect(await fetchFrom(mute.origin, "/", { ...LIMITS, silenceMs: 30 })).toEqual(
    retry("too_slow"),
  );
  expect(performance.now() - startedMs).toBeLessThan(LIMITS.silenceMs); // before their whole time is over
  const dripping = await serve((_, response) => {
    const timer = setInterval(() => response.write("x"), 5);
    response.on("close", () => clearInterval(timer));
  });
  expect(await fetchFrom(dripping.origin, "/", { ...LIMITS, wholeMs: 60 })).toEqual(
    retry("too_slow"),
  );
});

test("[SSRF3] what a server answers says whether another try may help", async () => {
  const { origin } = await serve((request, response) => {
    const status = Number(request.url?.slice(1, 4));
    response.writeHead(status).end(status === 200 ? "" : "words");
  });
  const outcomes = await Promise.all(
    [
      "/404",
      "/410",
      "/403?ex=1&is=2&hm=3",
      "/404?ex=1&is=2&hm=3",
      "/429",
      "/503",
      "/401",
      "/206",
    ].map((path) => fetchFrom(origin, path)),
  );
  expect(outcomes).toEqual([
    failed("not_found"),
    failed("not_found"),
    { state: "expired", code: "link_expired" },
    { state: "expired", code: "link_expired" },
    retry("answered_429"),
    retry("answered_503"),
    failed("answered_401"),
    failed("answered_206"),
  ]);
  expect(await fetchFrom(origin, "/200")).toEqual(failed("empty"));
  expect(await fetchFrom("http://127.0.0.1:9", "/")).toEqual(retry("unreachable"));
});

test("[SSRF3] a body that breaks off is no picture", async () => {
  const { origin } = await serve((_, response) => {
    response
      .writeHead(200, { "content-length": "500" })
      .write("half of it", () => response.destroy());
  });
  expect(await fetchFrom(origin)).toEqual(retry("unreachable"));
});
