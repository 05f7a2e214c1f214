/**
 * The committer: opens snapshots, checks and orders commits, and tells when they are
 * on disk. ARCHITECTURE.md draws the path of a commit.
 *
 * [TX1] A transaction commits only if nothing it read has changed since it began.
 * [TX2] Timestamps only go up, also across restarts.
 * [TX3] Nothing is announced before it is synced.
 */
import { createHmac } from "node:crypto";
import { join } from "node:path";
import type { JSONValue } from "convex/values";
import { ConflictError, StoreError } from "../errors.ts";
import type { Commit, Timestamp } from "../rooms.ts";
import type { VectorHit } from "../search/messages.ts";
import { TextSearches } from "../search/text-searches.ts";
import { compileVectorQuery, parseVectorRequest } from "../search/vector-query.ts";
import { VectorSearches } from "../search/vector-searches.ts";
import { CommitQueue } from "../store/commit-queue.ts";
import { lockDirectory } from "../store/directory-lock.ts";
import { makeFolder } from "../store/durable-files.ts";
import { DATABASE_FILE, logBytes, openForReading } from "../store/format.ts";
import { inspectStore } from "../store/inspection.ts";
import { StoreReader } from "../store/reader.ts";
import { checkAtStart, type StartCheck } from "../store/start-check.ts";
import { Catalog } from "./catalog.ts";
import { buildCommit } from "./commit-builder.ts";
import { CommitCounts, documentTotals } from "./commit-counts.ts";
import { CursorCodec } from "./cursors.ts";
import { DurabilityWaiters } from "./durability.ts";
import { History, type PastCommit } from "./history.ts";
import { loadCatalog } from "./load-catalog.ts";
import { splitIndexName } from "./query-plan.ts";
import { RowCache } from "./row-cache.ts";
import { Snapshot } from "./scan.ts";
import { SchemaPushes } from "./schema-push.ts";
import { SYSTEM_TABLES } from "./system-tables.ts";
import { checkAccess, queryableVectorIndex } from "./table-access.ts";
import { OpenTransaction } from "./transaction.ts";
import { type TransactionHost, TransactionState } from "./transaction-state.ts";
import type {
  BeginOptions,
  CommitOptions,
  CommitReceipt,
  Database,
  DatabaseOptions,
  DatabaseStats,
  IndexDiffs,
  PushedSchemas,
  SchemaPush,
  Transaction,
} from "./types.ts";
import { Usage } from "./usage.ts";
import type { WriterThreadData } from "./writer-thread.ts";

const SECRET_BYTES = 32;
const SEAL_CHARS = 24; // 144 bits

/**
 * Throws StoreError when the directory is in use, damaged, of another format, or cannot be
 * read or written. Nothing is written before it has been looked at.
 */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  const { dir } = options;
  const lock = await orStoreError(dir, async () => {
    await makeFolder(dir, 0o700); // holds secrets
    return lockDirectory(dir);
  });
  let check: StartCheck | null = null;
  const letGo = () => {
    check?.stop();
    lock.release();
  };
  try {
    check = await checkStore(options);
    return await orStoreError(dir, () => openLocked(options, letGo));
  } catch (error) {
    letGo();
    throw error;
  }
}

async function openLocked(options: DatabaseOptions, letGo: () => void): Promise<Database> {
  const path = join(options.dir, DATABASE_FILE);
  const secret = options.random(SECRET_BYTES);
  const data: WriterThreadData = { path, secret, systemTables: SYSTEM_TABLES };
  const queue = await CommitQueue.start(new URL("./writer-thread.ts", import.meta.url), data);
  try {
    const reader = new StoreReader(openForReading(path));
    const database = new LocalDatabase(options, letGo, reader, queue);
    await database.prepare();
    return database;
  } catch (error) {
    await queue.close();
    throw error;
  }
}

/** A large store goes on being checked; what is found then is a failure of the deployment. */
function checkStore({
  dir,
  check,
  clock,
  logger,
  onFailure,
}: DatabaseOptions): Promise<StartCheck> {
  return checkAtStart({
    ...{ dir, clock, logger, inspection: inspectStore(dir), mode: check ?? "auto" },
    onDamage: (error) => {
      logger("error", "store.damaged", { error: error.message });
      onFailure?.(error);
    },
  });
}

async function orStoreError<T>(dir: string, open: () => Promise<T>): Promise<T> {
  try {
    return await open();
  } catch (error) {
    if (error instanceof StoreError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new StoreError(`The data directory ${dir} cannot be opened: ${reason}`);
  }
}

class LocalDatabase implements Database {
  readonly #options: DatabaseOptions;
  readonly #letGo: () => void;
  readonly #reader: StoreReader;
  readonly #queue: CommitQueue;
  readonly #history: History;
  readonly #rows: RowCache;
  readonly #counts: Map<number, number>;
  readonly #host: TransactionHost;
  readonly #sealKey: Buffer;
  readonly #pushes: SchemaPushes;
  readonly #listeners = new Set<(commits: readonly Commit[]) => void>();
  readonly #waiters = new DurabilityWaiters();
  readonly #texts: TextSearches;
  readonly #vectors: VectorSearches;
  #notDurable: PastCommit[] = [];
  #nextSerial: number;
  #latestTs: Timestamp;
  #durableTs: Timestamp;
  #catalog: Catalog;
  #closing: Promise<void> | null = null;
  readonly #counted = new CommitCounts();

  constructor(
    options: DatabaseOptions,
    letGo: () => void,
    reader: StoreReader,
    queue: CommitQueue,
  ) {
    this.#options = options;
    this.#letGo = letGo;
    this.#reader = reader;
    this.#queue = queue;
    this.#nextSerial = Number(reader.meta("next_serial"));
    this.#latestTs = reader.meta("last_ts");
    this.#durableTs = this.#latestTs;
    this.#catalog = loadCatalog(reader, Catalog.of(SYSTEM_TABLES));
    this.#counts = reader.counts();
    this.#history = new History(this.#latestTs, this.#catalog);
    this.#rows = new RowCache(reader, this.#history);
    this.#texts = new TextSearches(join(options.dir, DATABASE_FILE));
    this.#vectors = new VectorSearches(join(options.dir, DATABASE_FILE));
    this.#host = this.#makeHost(new CursorCodec(reader.secret()));
    this.#sealKey = createHmac("sha256", reader.secret()).update("seal").digest();
    this.#pushes = new SchemaPushes({
      database: this,
      queue,
      clock: options.clock,
      catalog: () => this.#catalog,
      nextSerial: () => this.#nextSerial++,
    });
    queue.listen({
      onNews: () => reader.renew(),
      onWritten: (count, commitMs) => this.#written(count, commitMs),
      onFailure: (error) => this.#failed(error),
      onCheckpointFailure: (error) => options.logger("warn", "store.checkpoint_failed", { error }),
    });
  }

  get durableTs(): Timestamp {
    return this.#durableTs;
  }

  get latestTs(): Timestamp {
    return this.#latestTs;
  }

  get catalog(): Catalog {
    return this.#catalog;
  }

  /**
   * First steps after opening: the deployment row, and what a crash left half-built. A commit in
   * any case: clients may know timestamps that a restored store does not, and are refused until
   * it has reached them.
   */
  async prepare(): Promise<void> {
    const tx = this.#open(this.#latestTs);
    if (tx.system.query("_deployment", "by_creation_time").length === 0) {
      const now = this.#options.clock.nowMs();
      tx.system.insert("_deployment", { version: 0, codeVersion: 0, activatedAtMs: now });
    }
    this.#pushes.dropPending(tx);
    await this.commit(tx, { source: null, forceCommit: true }).durable;
    this.#pushes.collectGarbage();
    this.#pushes.fillStaged();
  }

  begin({ at, durable = false, unlimited = false }: BeginOptions = {}): Transaction {
    return this.#open(at ?? (durable ? this.#durableTs : this.#latestTs), unlimited);
  }

  commit(transaction: Transaction, options: CommitOptions): CommitReceipt {
    const tx = this.#own(transaction);
    tx.close();
    const beginTs = tx.snapshot.ts;
    if (tx.writes.size === 0 && options.forceCommit !== true) {
      return { ts: beginTs, durable: this.whenDurable(beginTs) };
    }
    if (this.#queue.failure !== null) throw this.#queue.failure;
    const conflict = this.#history.findConflict(tx.reads, beginTs);
    if (conflict !== null) {
      this.#counted.conflicts++;
      throw new ConflictError(conflict);
    }
    this.#pushes.checkActivation(tx.activation);
    return this.#commit(tx, options.source);
  }

  onDurable(listener: (commits: readonly Commit[]) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  whenDurable(ts: Timestamp): Promise<void> {
    return ts <= this.#durableTs ? Promise.resolve() : this.#waiters.wait(ts);
  }

  prepareSchema(schemas: PushedSchemas): SchemaPush {
    return this.#pushes.prepare(schemas);
  }

  diffSchema(schemas: PushedSchemas): IndexDiffs {
    return this.#pushes.diff(schemas);
  }

  seal(text: string): string {
    return createHmac("sha256", this.#sealKey)
      .update(text)
      .digest("base64url")
      .slice(0, SEAL_CHARS);
  }

  stats(): DatabaseStats {
    const { bytes, freeBytes } = this.#reader.size();
    const { commits, batches, conflicts, commitSeconds } = this.#counted;
    return {
      ...{ commits, batches, conflicts, commitSeconds },
      queuedCommits: this.#notDurable.length,
      recentVersions: this.#history.versionCount,
      openSnapshots: this.#history.heldCount,
      documents: documentTotals(this.#counts, this.#catalog),
      size: { database: bytes, free: freeBytes, log: logBytes(this.#options.dir) },
    };
  }

  async vectorSearch(
    component: string,
    query: JSONValue | undefined,
  ): Promise<readonly VectorHit[]> {
    const request = parseVectorRequest(query);
    const { table: tableName, index } = splitIndexName(request.indexName);
    const table = this.#history.catalogAt(this.#durableTs).in(component).table(tableName);
    if (table === null) return [];
    checkAccess(table, false);
    const spec = queryableVectorIndex(table, index);
    return await this.#vectors.search(compileVectorQuery(request, spec));
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#pushes.close();
    await Promise.all([this.#texts.close(), this.#vectors.close()]);
    await this.#queue.close();
    this.#reader.close();
    this.#letGo();
  }

  #open(at: Timestamp, unlimited = false): OpenTransaction {
    if (at > this.#latestTs) throw new StoreError(`There is no commit at ${at} yet.`);
    this.#history.hold(at);
    const snapshot = new Snapshot(at, this.#rows, this.#history);
    const catalog = this.#history.catalogAt(at);
    const usage = new Usage(unlimited);
    return new OpenTransaction(new TransactionState(this.#host, snapshot, catalog, usage));
  }

  #own(transaction: Transaction): TransactionState {
    if (!(transaction instanceof OpenTransaction) || transaction.state.ended) {
      throw new StoreError("This transaction has ended.");
    }
    return transaction.state;
  }

  #commit(tx: TransactionState, source: string | null): CommitReceipt {
    const { clock } = this.#options;
    const now = clock.nowNs();
    const ts = now > this.#latestTs ? now : this.#latestTs + 1n;
    const nextSerial = this.#nextSerial;
    const writes = tx.writes.all();
    const nowMs = clock.nowMs();
    const { past, rows } = buildCommit({
      ts,
      source,
      nowMs,
      nextSerial,
      writes,
      catalog: this.#catalog,
    });
    this.#latestTs = ts;
    this.#catalog = past.catalog;
    this.#history.add(past);
    this.#rows.follow(past.keys);
    for (const [table, more] of past.counts)
      this.#counts.set(table, (this.#counts.get(table) ?? 0) + more);
    this.#notDurable.push(past);
    this.#queue.enqueue(rows);
    this.#pushes.observe(past, tx.activation);
    return { ts, durable: this.#waiters.wait(ts) };
  }

  #written(count: number, commitMs: number): void {
    this.#counted.written(count, commitMs);
    const durable = this.#notDurable.slice(0, count);
    this.#notDurable = this.#notDurable.slice(count);
    this.#durableTs = durable.at(-1)?.commit.ts ?? this.#durableTs;
    this.#waiters.reached(this.#durableTs);
    const commits = durable.map((past) => past.commit);
    for (const listener of this.#listeners) this.#notify(listener, commits);
    this.#history.prune(this.#durableTs, this.#options.clock.nowMs());
  }

  #notify(listener: (commits: readonly Commit[]) => void, commits: readonly Commit[]): void {
    try {
      listener(commits);
    } catch (error) {
      this.#options.logger("error", "database.listener_failed", { error });
    }
  }

  #failed(error: StoreError): void {
    this.#options.logger("error", "store.write_failed", { error: error.message });
    this.#waiters.fail(error);
    this.#options.onFailure?.(error);
  }

  #makeHost(cursors: CursorCodec): TransactionHost {
    return {
      cursors,
      nextSerial: () => this.#nextSerial++,
      random: (bytes) => this.#options.random(bytes),
      nowMs: () => Number(this.#options.clock.nowNs() / 1000n) / 1000,
      countAt: (table, ts) => this.#countAt(table, ts),
      release: (beginTs) => this.#history.release(beginTs),
      search: {
        texts: this.#texts,
        commitsBetween: (store, snapshot) => this.#commitsBetween(store, snapshot),
      },
    };
  }

  #commitsBetween(storeTs: Timestamp, snapshotTs: Timestamp): readonly PastCommit[] | null {
    this.#history.check(snapshotTs);
    if (!this.#history.knowsSince(storeTs)) return null;
    return storeTs < snapshotTs
      ? this.#history.between(storeTs, snapshotTs)
      : this.#history.between(snapshotTs, storeTs);
  }

  #countAt(table: number, ts: Timestamp): number {
    let count = this.#counts.get(table) ?? 0;
    for (const past of this.#history.between(ts, this.#latestTs))
      count -= past.counts.get(table) ?? 0;
    return count;
  }
}
