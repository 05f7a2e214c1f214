/** What runs by the clock. Every expiry is a scheduled function of its own; sweeps catch missed ones. */
import { cronJobs } from "convex/server";
import { internal } from "./_generated/api.js";

const crons = cronJobs();

crons.interval("sum up ingest tallies", { seconds: 15 }, internal.ingest.rollUp, {});
crons.interval("sum up receipts", { seconds: 15 }, internal.receipts.rollUp, {});
crons.interval("free silent leases", { minutes: 1 }, internal.leases.sweep, {});
crons.interval("wake overdue mirrors", { minutes: 1 }, internal.mirrors.sweep, {});
crons.interval("check the next targets", { minutes: 10 }, internal.drift.tick, {});
crons.interval("catch up on access and feed keys", { minutes: 1 }, internal.access.sweep, {});
crons.interval("end and forget machines", { minutes: 15 }, internal.machines.sweep, {});
crons.interval("resend lost mails, forget old ones", { minutes: 5 }, internal.mail.sweep, {});
crons.interval("end overdue checkouts", { minutes: 15 }, internal.checkouts.sweep, {});
crons.interval("ask providers for the truth", { minutes: 1 }, internal.reconcile.tick, {});
crons.interval("forget claims of e-mails", { hours: 1 }, internal.identities.sweep, {});

export default crons;
