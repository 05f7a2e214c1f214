import { expect, test } from "vitest";
import { apiError } from "../../test/memory-channel.ts";
import { MemoryRoleServer } from "../../test/memory-role-server.ts";
import type { NotedDrift, SweepPage } from "../backend.ts";
import { sweepServer } from "./sweep-server.ts";

type Row = SweepPage["rows"][number];

function row(discordId: string, wanted: string[], state: Row["state"] = "settled"): Row {
  const fields = { memberRoleId: `row of ${discordId}`, revision: 1, ours: wanted };
  return { ...fields, discordId, wanted, state } as Row; // ids are plain text here
}

function sweep(server: MemoryRoleServer, pages: readonly (readonly Row[])[]) {
  const noted: NotedDrift[] = [];
  const report = sweepServer(
    { guildId: "club", roleIds: ["pro", "basic"] },
    {
      server,
      rowsOf: async (_, cursor) => {
        const index = Number(cursor ?? 0);
        const next = index + 1 < pages.length ? String(index + 1) : null;
        return { rows: [...(pages[index] ?? [])], cursor: next };
      },
      noteDrift: async (drifts) => void noted.push(...drifts),
    },
  );
  return { report, noted };
}

test("what is missing and who has left is noted, what is by hand only told", async () => {
  const server = new MemoryRoleServer({
    ...{ fine: ["pro"], lacks: ["vip"], friend: ["pro", "vip"], busy: [] },
  });
  const { report, noted } = sweep(server, [
    [row("fine", ["pro"]), row("lacks", ["pro"])],
    [row("gone", ["pro"]), row("busy", ["pro"], "open")],
  ]);
  expect(await report).toEqual({
    ...{ state: "done", members: 4, checked: 3, missing: 1, left: 1, byHand: 1 },
    byHandSample: [{ discordId: "friend", roleIds: ["pro"] }],
  });
  expect(noted.map(({ drift }) => drift)).toEqual([
    { kind: "missing", roleIds: ["pro"] },
    { kind: "left" },
  ]);
});

test("what was mended between the list and the row is no drift", async () => {
  const server = new MemoryRoleServer({ nora: [] });
  const list = server.membersAfter.bind(server);
  server.membersAfter = async (after) => {
    const page = await list(after);
    await server.add("nora", "pro");
    return page;
  };
  const { report, noted } = sweep(server, [[row("nora", ["pro"])]]);
  expect(await report).toMatchObject({ state: "done", missing: 0 });
  expect(noted).toEqual([]);
});

test("a list that cannot be read says why", async () => {
  const server = new MemoryRoleServer({});
  server.faults.push(apiError(50_001, 403, "refused"));
  expect(await sweep(server, []).report).toMatchObject({
    ...{ state: "failed", code: "bot_not_in_server" },
  });
});
