import { describe, expect, test } from "vitest";
import { isLoopbackAddress, isPublicAddress } from "./public-address.ts";

const CLOSED = [
  "0.0.0.0",
  "0.255.255.255",
  "10.0.0.1",
  "10.255.255.255",
  "100.64.0.1",
  "100.127.255.255",
  "127.0.0.1",
  "127.255.255.254",
  "169.254.169.254",
  "172.16.0.1",
  "172.31.255.255",
  "192.0.0.8",
  "192.0.2.1",
  "192.88.99.1",
  "192.168.0.1",
  "192.168.255.255",
  "198.18.0.1",
  "198.19.255.255",
  "198.51.100.7",
  "203.0.113.7",
  "224.0.0.1",
  "239.255.255.255",
  "240.0.0.1",
  "255.255.255.255",
  "::",
  "::1",
  "[::1]",
  "0:0:0:0:0:0:0:1",
  "::ffff:127.0.0.1", // IPv4, mapped
  "::ffff:7f00:1",
  "[::ffff:a9fe:a9fe]",
  "::ffff:8.8.8.8", // also of a public one: it is a way around
  "::127.0.0.1", // compatible, of old
  "64:ff9b::7f00:1", // NAT64
  "64:ff9b:1::1",
  "100::1", // discard
  "2001::1", // Teredo
  "2001:0:4136:e378:8000:63bf:3fff:fdd2",
  "2001:2::1", // benchmarks
  "2001:10::1", // ORCHID
  "2001:db8::1",
  "2002:7f00:1::", // 6to4 of 127.0.0.1
  "2002:a9fe:a9fe::1",
  "3fff::1", // documentation
  "4000::1",
  "fc00::1",
  "fd12:3456:789a::1",
  "fe80::1",
  "fe80::1%eth0",
  "fec0::1",
  "ff02::1",
];

const OPEN = [
  "1.1.1.1",
  "9.255.255.255",
  "11.0.0.0",
  "100.63.255.255",
  "100.128.0.0",
  "126.255.255.255",
  "128.0.0.0",
  "162.159.135.233",
  "169.253.255.255",
  "172.15.255.255",
  "172.32.0.0",
  "192.167.255.255",
  "192.169.0.0",
  "223.255.255.255",
  "2606:4700::6810:85e5",
  "2a00:1450:4001:82b::200e",
  "2001:4860:4860::8888",
];

const NONE = [
  "",
  "localhost",
  "127.1",
  "2130706433",
  "0x7f000001",
  "0177.0.0.1",
  "256.1.1.1",
  "1.1.1",
  "1.1.1.1.1",
  "::1::",
  "1:2:3",
  "12345::1",
  "2606:4700:::1",
  "2606:4700::1.2.3.400",
  "2606:4700:1:2:3:4:5:6:7",
];

describe("[PUB1] [PUB2] addresses", () => {
  test.each(CLOSED)("[PUB2] %s is not public", (address) => {
    expect(isPublicAddress(address)).toBe(false);
  });

  test.each(OPEN)("[PUB1] %s is public", (address) => {
    expect(isPublicAddress(address)).toBe(true);
  });

  test.each(NONE)("[PUB1] %j cannot be read, and is not public", (text) => {
    expect(isPublicAddress(text)).toBe(false);
  });

  test("[PUB1] this machine is known by its own addresses only", () => {
    const texts = ["127.0.0.1", "127.9.9.9", "::1", "[::1]", "10.0.0.1", "localhost", "::2", "::"];
    expect(texts.filter(isLoopbackAddress)).toEqual(["127.0.0.1", "127.9.9.9", "::1", "[::1]"]);
  });
});
