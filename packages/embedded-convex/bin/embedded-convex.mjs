#!/usr/bin/env -S node --disable-warning=ExperimentalWarning
// Node runs TypeScript only outside of node_modules: there the built files are used.
const isInstalled = import.meta.url.includes("/node_modules/");
await import(isInstalled ? "../dist/cli.js" : "../src/cli.ts");
