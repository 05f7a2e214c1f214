import { expect, test } from "vitest";
import { findPasswordFault } from "./password-rules.ts";

const EMAIL = "Jo.Miller@example.com";

test.each([
  ["short1!", "short"],
  ["x".repeat(201), "long"],
  ["password123", "common"],
  ["P4ssw0rd2024", "common"],
  ["!!letmein!!", "common"],
  ["qwertyuiop", "common"],
  ["1234567890", "common"],
  ["0987654321", "common"],
  ["abcdefghij", "common"],
  ["aaaaaaaaaaaa", "common"],
  ["abcabcabcabc", "common"],
  ["passwordpassword", "common"],
  ["11111222223333", "common"],
  ["jo.miller99", "likeEmail"],
  ["jo.miller@example.com", "likeEmail"],
])("[PWD1] %s is refused as %s", (password, fault) => {
  expect(findPasswordFault(password, EMAIL)).toBe(fault);
});

test.each(["correct horse battery", "tr33 by the lake", "zebra-lamp-49-oak", "пароль длинный ок"])(
  "[PWD1] %s is accepted",
  (password) => {
    expect(findPasswordFault(password, EMAIL)).toBeNull();
  },
);
