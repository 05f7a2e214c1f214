/** What runs by the clock. Every expiry is a scheduled function of its own; sweeps catch missed ones. */
import { cronJobs } from "convex/server";
import { internal } from "./_generated/api.js";

const crons = cronJobs();

crons.interval("sum up ingest tallies", { seconds: 15 }, internal.ingest.rollUp, {});
crons.interval("sum up receipts", { seconds: 15 }, internal.receipts.rollUp, {});
crons.interval("free silent leases", { minutes: 1 }, internal.leases.sweep, {});
crons.interval("wake overdue mirrors", { minutes: 1 }, internal.mirrors.sweep, {});
crons.interval("fetch lost media", { minutes: 1 }, internal.media.sweep, {});
crons.interval("wake overdue member roles", { minutes: 1 }, internal.roles.sweep, {});
crons.interval("compare roles with Discord", { hours: 1 }, internal.roles.planSweeps, {});
crons.interval("check the next targets", { minutes: 10 }, internal.drift.tick, {});
crons.interval("catch up on access and feed keys", { minutes: 1 }, internal.access.sweep, {});
crons.interval("end and forget machines", { minutes: 15 }, internal.machines.sweep, {});
crons.interval("resend lost mails, forget old ones", { minutes: 5 }, internal.mail.sweep, {});
crons.interval("end overdue checkouts", { minutes: 15 }, internal.checkouts.sweep, {});
crons.interval("stop what was left running", { minutes: 5 }, internal.stops.sweep, {});
crons.interval("ask providers for the truth", { minutes: 1 }, internal.reconcile.tick, {});
crons.interval("forget old alerts", { hours: 1 }, internal.tradingview.sweep, {});
crons.interval("forget claims of e-mails", { hours: 1 }, internal.identities.sweep, {});
crons.interval("catch up on Discord links", { minutes: 1 }, internal.discordLinks.sweep, {});
crons.interval("notice bots that went, forget old ones", { minutes: 1 }, internal.bots.sweep, {});
crons.interval("forget tests of targets", { hours: 1 }, internal.doctor.sweep, {});
crons.interval("listen for silence", { minutes: 1 }, internal.silence.listen, { afterName: "" });

export default crons;
