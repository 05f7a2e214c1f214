/** A program: looks at every page of the store given as its argument, prints what is wrong. */
import { setPriority } from "node:os";
import { openForReading } from "./format.ts";
import { findPageDamage } from "./integrity.ts";

const BACKGROUND = 10; // whoever waits for an answer goes first

setPriority(BACKGROUND);
const sqlite = openForReading(process.argv[2] ?? "");
const problem = findPageDamage(sqlite, "quick");
sqlite.close();
if (problem !== null) process.stdout.write(problem);
