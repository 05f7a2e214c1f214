#!/usr/bin/env node
// Node runs TypeScript only outside of node_modules: the published package has built files instead.
await import("../src/cli.ts");
