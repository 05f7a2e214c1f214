/** The architecture of docs/architecture: who may import whom. Nothing else decides it. */
const engineRows = require("./tools/check/engine-rooms.json");

const ours = "^(packages|apps|convex|tools)/";

/** A room of the engine may import from the rows below its own; rows are listed from the top. */
const engineRooms = engineRows.flatMap((row, i) =>
  row.map((room) => {
    const others = [...engineRows.slice(0, i).flat(), ...row].filter((other) => other !== room);
    const entries = i === 0 ? "cli|index" : "cli|index|server"; // the command starts the server
    return {
      name: `the-room-${room}-knows-only-rows-below`,
      severity: "error",
      from: { path: `^packages/embedded-convex/src/${room}/`, pathNot: "\\.test\\.ts$" },
      to: {
        path: `^packages/embedded-convex/src/((${["none", ...others].join("|")})/|(${entries})\\.ts)`,
      },
    };
  }),
);

module.exports = {
  forbidden: [
    { name: "every-import-resolves", severity: "error", from: {}, to: { couldNotResolve: true } },
    { name: "no-cycles", severity: "error", from: {}, to: { circular: true } },
    {
      name: "domain-is-pure",
      comment: "packages/domain imports nothing of ours and nothing of Node.",
      severity: "error",
      from: { path: "^packages/domain/src/", pathNot: "\\.test\\.ts$" },
      to: { path: [ours, "^node:"], pathNot: "^packages/domain/", dependencyTypesNot: ["npm"] },
    },
    {
      name: "domain-takes-no-node-builtins",
      severity: "error",
      from: { path: "^packages/domain/src/", pathNot: "\\.test\\.ts$" },
      to: { dependencyTypes: ["core"] },
    },
    {
      name: "convex-imports-only-domain",
      severity: "error",
      from: { path: "^convex/", pathNot: "\\.test\\.ts$" },
      to: { path: ours, pathNot: "^(convex|packages/domain)/" },
    },
    {
      name: "tests-of-convex-may-ask-the-simulators",
      severity: "error",
      from: { path: "^convex/.*\\.test\\.ts$" },
      to: { path: ours, pathNot: "^(convex|packages/(domain|discord-sim|payments-sim))/" },
    },
    {
      name: "apps-reach-the-backend-only-through-the-generated-api",
      severity: "error",
      from: { path: "^(apps|packages)/" },
      to: { path: "^convex/", pathNot: "^convex/_generated/" },
    },
    {
      name: "apps-do-not-know-each-other",
      severity: "error",
      from: { path: "^apps/([^/]+)/" },
      to: { path: "^apps/", pathNot: "^apps/$1/" },
    },
    {
      name: "the-engine-stands-alone",
      severity: "error",
      from: { path: "^packages/embedded-convex/" },
      to: { path: ours, pathNot: "^packages/embedded-convex/" },
    },
    ...engineRooms,
    {
      name: "the-simulators-stand-alone",
      severity: "error",
      from: { path: "^packages/(discord-sim|payments-sim)/" },
      to: { path: ours, pathNot: "^packages/$1/" },
    },
    {
      name: "the-ingest-client-stands-alone",
      severity: "error",
      from: { path: "^packages/ingest-client/", pathNot: "\\.test\\.ts$" },
      to: { path: ours, pathNot: "^packages/ingest-client/" },
    },
    {
      name: "only-tools-and-tests-know-the-engine-and-the-simulators",
      severity: "error",
      from: {
        path: "^(apps|convex|packages)/",
        pathNot: [
          "^packages/(embedded-convex|discord-sim|payments-sim)/",
          "\\.test\\.tsx?$",
          "/test/",
        ],
      },
      to: { path: "^packages/(embedded-convex|discord-sim|payments-sim)/" },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: "(^|/)(dist|fixtures|node_modules/\\.)/" },
    tsConfig: { fileName: "tsconfig.json" },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "node", "default", "types"],
      extensions: [".ts", ".tsx", ".js", ".mjs", ".d.ts", ".json"],
    },
  },
};
