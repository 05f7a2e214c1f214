import { expect, test } from "vitest";
import { apiError } from "../../test/memory-channel.ts";
import { MemoryRoleServer } from "../../test/memory-role-server.ts";
import { rateLimit, roleWork } from "../../test/role-work.ts";
import { applyRoles } from "./apply-roles.ts";

test("access that ends is one call", async () => {
  const server = new MemoryRoleServer({ nora: ["pro", "vip"] });
  const { settlement } = await applyRoles(roleWork({ take: ["pro"] }), server);
  expect(server.calls).toEqual(["remove pro"]);
  expect(settlement).toMatchObject({ outcome: "applied", taken: ["pro"] });
  expect(server.roles("nora")).toEqual(["vip"]);
});

test("before a role is given for the first time somebody looks, and what is there is by hand", async () => {
  const server = new MemoryRoleServer({ nora: ["pro"] });
  const work = roleWork({ give: ["club", "pro"], untried: ["club", "pro"] });
  const { settlement } = await applyRoles(work, server);
  expect(server.calls).toEqual(["look nora", "add club"]);
  expect(settlement).toMatchObject({ outcome: "applied", given: ["club"], byHand: ["pro"] });
});

test("many changes are one look and one set, verified by its answer", async () => {
  const server = new MemoryRoleServer({ nora: ["old", "vip"] });
  const work = roleWork({ give: ["a", "b"], take: ["old"] });
  const { settlement } = await applyRoles(work, server);
  expect(server.calls).toEqual(["look nora", "set a b vip"]);
  expect(settlement).toMatchObject({ given: ["a", "b"], taken: ["old"] });
});

test("a set whose answer does not show it is read once more", async () => {
  const server = new MemoryRoleServer({ nora: ["vip"] });
  server.shown = ["vip"];
  const work = roleWork({ give: ["a", "b"], untried: ["a"] });
  expect((await applyRoles(work, server)).settlement).toMatchObject({ outcome: "applied" });
  expect(server.calls).toEqual(["look nora", "set a b vip", "look nora"]);
});

test("who is not in the server is blocked when something is to be given, and done with when it is to be taken", async () => {
  const server = new MemoryRoleServer({});
  const giving = await applyRoles(roleWork({ give: ["pro"] }), server);
  expect(giving.settlement).toMatchObject({ outcome: "blocked", code: "not_in_server" });
  const taking = await applyRoles(roleWork({ take: ["pro"] }), server);
  expect(taking.settlement).toMatchObject({ outcome: "applied", taken: ["pro"] });
});

test("a role above the bot costs no call, has its code, and holds up no other role", async () => {
  const server = new MemoryRoleServer({ nora: [] });
  server.obstacles.set("top", "bot_below_role");
  const { settlement } = await applyRoles(roleWork({ give: ["pro", "top"] }), server);
  expect(server.calls).toEqual(["add pro"]);
  expect(settlement).toMatchObject({ outcome: "blocked", code: "bot_below_role", given: ["pro"] });
});

test("a role that is gone need not be taken, and cannot be given", async () => {
  const server = new MemoryRoleServer({ nora: [] });
  server.obstacles.set("gone", "role_gone");
  const taking = await applyRoles(roleWork({ take: ["gone"] }), server);
  expect(taking.settlement).toMatchObject({ outcome: "applied", taken: ["gone"] });
  server.obstacles.clear();
  server.faults.push(apiError(10_011, 404, "refused"));
  const giving = await applyRoles(roleWork({ give: ["a", "gone"] }), server);
  expect(giving.settlement).toMatchObject({
    outcome: "blocked",
    code: "role_gone",
    given: ["gone"],
  });
});

test("Discord says the same for two causes, and the server's roles tell which", async () => {
  const server = new MemoryRoleServer({ nora: [] });
  server.faults.push(apiError(50_013, 403, "refused"));
  const { settlement } = await applyRoles(roleWork({ give: ["pro"] }), server);
  expect(settlement).toMatchObject({ outcome: "blocked", code: "missing_permission" });
});

test("what failed on the way is tried again, and what was under way is said to have been tried", async () => {
  const server = new MemoryRoleServer({ nora: ["old"] });
  server.faults.push(new Error("socket hang up"));
  const { settlement } = await applyRoles(roleWork({ give: ["pro"], take: ["old"] }), server);
  expect(settlement).toMatchObject({
    outcome: "retry",
    code: "discord_unreachable",
    tried: ["old"],
  });
  expect(server.calls).toEqual(["remove old"]);
});

test("a limit says for how long", async () => {
  const server = new MemoryRoleServer({ nora: [] });
  server.faults.push(rateLimit(4_000));
  const { settlement, failure } = await applyRoles(roleWork({ give: ["pro"] }), server);
  expect(settlement).toMatchObject({ outcome: "retry", code: "rate_limited", retryAfterMs: 4_000 });
  expect(failure?.reach).toBe("server");
});
