/** The checks of `npm run check`, in the order in which their answers are quickest to act on. */
export interface Check {
  readonly name: string;
  readonly command: readonly string[];
}

const bin = (name: string) => `node_modules/.bin/${name}`;

export const CHECKS: readonly Check[] = [
  { name: "format and lint", command: [bin("biome"), "check", "--max-diagnostics=50", "."] },
  { name: "spec ids", command: [bin("node"), "tools/spec-check.ts"] },
  {
    name: "layers",
    command: [
      bin("depcruise"),
      "--config",
      ".dependency-cruiser.cjs",
      "packages",
      "apps",
      "convex",
      "tools",
      "e2e",
    ],
  },
  { name: "types", command: [bin("tsc"), "--noEmit", "-p", "tsconfig.json"] },
  { name: "dead code", command: [bin("knip"), "--no-progress"] },
  {
    name: "promises and Convex rules",
    command: [bin("eslint"), "--max-warnings=0", "packages", "apps", "convex", "tools", "e2e"],
  },
];
