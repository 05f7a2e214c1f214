import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "convex",
          environment: "edge-runtime",
          include: ["convex/**/*.test.ts"],
          testTimeout: 30_000, // the checks run beside them
        },
      },
      {
        test: {
          name: "node",
          environment: "node",
          include: ["packages/**/*.test.ts", "apps/**/*.test.ts", "tools/**/*.test.ts"],
          exclude: ["**/node_modules/**", "**/*.e2e.test.ts"],
          testTimeout: 30_000,
        },
      },
      {
        test: {
          name: "packages-e2e",
          environment: "node",
          include: ["packages/**/*.e2e.test.ts", "apps/**/*.e2e.test.ts", "tools/**/*.e2e.test.ts"],
          exclude: ["**/node_modules/**", "packages/embedded-convex/test/conformance/**"],
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: "conformance",
          environment: "node",
          globalSetup: ["packages/embedded-convex/test/conformance/global-setup.ts"],
          include: ["packages/embedded-convex/test/conformance/*.e2e.test.ts"],
          testTimeout: 40_000,
        },
      },
      {
        test: {
          name: "e2e",
          environment: "node",
          globalSetup: ["e2e/global-setup.ts"],
          include: ["e2e/**/*.test.ts"],
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
