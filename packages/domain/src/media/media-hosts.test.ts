import { expect, test } from "vitest";
import { isMediaHost, judgeMediaUrl, type MediaRules } from "./media-hosts.ts";

const RULES: MediaRules = { hosts: ["i.example.com", "*.charts.test"], loopbackOrigins: [] };
const codeOf = (link: string, rules = RULES) => {
  const verdict = judgeMediaUrl(link, rules);
  return verdict.ok ? "ok" : verdict.code;
};

test.each([
  ["https://cdn.discordapp.com/attachments/1/2/a.png?ex=1&is=2&hm=3", "ok"],
  ["https://media.discordapp.net/attachments/1/2/a.png", "ok"],
  ["https://images-ext-1.discordapp.net/external/x/https/a.test/b.png", "ok"],
  ["https://i.example.com/a.png", "ok"],
  ["https://s3.charts.test/a.png", "ok"],
  ["https://a.b.charts.test/a.png", "ok"],
  ["https://charts.test/a.png", "host_not_allowed"],
  ["https://evilcharts.test/a.png", "host_not_allowed"],
  ["https://cdn.discordapp.com.evil.test/a.png", "host_not_allowed"],
  ["https://cdn.discordapp.com./a.png", "host_not_allowed"],
  ["https://example.com/a.png", "host_not_allowed"],
  ["http://cdn.discordapp.com/a.png", "scheme_not_allowed"],
  ["ftp://i.example.com/a.png", "scheme_not_allowed"],
  ["file:///etc/passwd", "scheme_not_allowed"],
  ["data:image/png;base64,iVBORw0KGgo=", "scheme_not_allowed"],
  ["gopher://i.example.com/1", "scheme_not_allowed"],
  ["https://i.example.com:8443/a.png", "port_not_allowed"],
  ["https://user@i.example.com/a.png", "bad_address"],
  ["https://i.example.com@127.0.0.1/a.png", "bad_address"],
  ["https://[::1/a.png", "bad_address"],
  ["//i.example.com/a.png", "bad_address"],
  ["", "bad_address"],
])("[HOST1] %s: %s", (link, code) => {
  expect(codeOf(link)).toBe(code);
});

test.each([
  "127.0.0.1",
  "2130706433",
  "0x7f.1",
  "0177.0.0.1",
  "127.1",
  "[::1]",
  "[::ffff:127.0.0.1]",
  "169.254.169.254",
  "１２７.0.0.1", // full-width digits, which the URL parser reads as plain ones
  "localhost",
])("[HOST2] the host %s is refused, also when somebody has put it on the list", (host) => {
  const hosts = [host, new URL(`https://${host}/`).hostname, "127.0.0.1", "*.1"];
  expect(codeOf(`https://${host}/a.png`, { ...RULES, hosts })).toBe("host_not_allowed");
});

test("[HOST3] only an origin on this machine can be exempt, and only as it was set", () => {
  const exempt = (link: string, ...loopbackOrigins: string[]) =>
    codeOf(link, { ...RULES, loopbackOrigins });
  const sim = "http://127.0.0.1:4010";
  expect(exempt(`${sim}/a.png`, sim)).toBe("ok");
  expect(exempt("http://127.0.0.1:4011/a.png", sim)).toBe("scheme_not_allowed");
  expect(exempt("http://127.0.0.1:4011/a.png", "http://127.0.0.1:*")).toBe("ok");
  expect(exempt("http://[::1]:4010/a.png", "http://127.0.0.1:*")).toBe("scheme_not_allowed");
  expect(exempt("http://10.0.0.5/a.png", "http://10.0.0.5", "http://10.0.0.5:*")).toBe(
    "scheme_not_allowed",
  );
  expect(exempt("http://localhost:4010/a.png", "http://localhost:4010")).toBe("scheme_not_allowed");
  expect(exempt("file://127.0.0.1/etc/passwd", "http://127.0.0.1:*")).toBe("scheme_not_allowed");
});

test("[HOST1] a source may allow names only: a host, or all below one", () => {
  const texts = ["i.example.com", "*.example.com", "a-b.co", "*", "*.com.", "127.0.0.1", "a b.com"];
  expect(texts.filter(isMediaHost)).toEqual(["i.example.com", "*.example.com", "a-b.co"]);
  const others = ["localhost", "[::1]", "https://a.test", "a.test/x", "EXAMPLE.com", "-a.test", ""];
  expect(others.filter(isMediaHost)).toEqual([]);
});
