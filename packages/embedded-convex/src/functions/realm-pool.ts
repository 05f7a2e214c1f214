/**
 * The realms of one component. An execution has a realm to itself; most finish within one
 * slice, so one or two shared realms serve nearly everything; bursts leave more behind.
 *
 * Modules that cannot live in a locked-down realm (they change the platform, or write
 * to objects made at import) are found out by trying: `needsFresh` remembers them, and
 * their calls get a fresh realm each.
 */
import type { Script } from "node:vm";
import type { DeployedComponent } from "./deployed-component.ts";
import type { DeploymentVersion } from "./deployment-version.ts";
import { enterLimited } from "./limited-entry.ts";
import { Realm, type RealmMode } from "./realm.ts";

// Sixteen mutations side by side, each in a nested call: one that finds none pays 10 ms for a new one.
const IDLE_REALMS = 32; // each is about 1 MB
const SPARE_FRESH = 2;
const DIRTY_LIMIT = 3;
const WARMING_MS = 1000; // per module, as long as a call would have

export class RealmPool {
  readonly #component: DeployedComponent;
  readonly #importStart: DeploymentVersion["importStart"];
  readonly #bootstrap: Script;
  readonly #idle: Realm[] = [];
  readonly #spareFresh: Realm[] = [];
  readonly #needsFresh = new Set<string>();
  readonly #dirtied = new Map<string, number>();
  #refill: NodeJS.Immediate | null = null;
  #closed = false;

  constructor(
    component: DeployedComponent,
    importStart: DeploymentVersion["importStart"],
    bootstrap: Script,
  ) {
    this.#component = component;
    this.#importStart = importStart;
    this.#bootstrap = bootstrap;
  }

  take(modulePath: string): Realm {
    const realm = this.#find(modulePath);
    realm.begin();
    return realm;
  }

  #find(modulePath: string): Realm {
    if (this.#needsFresh.has(modulePath)) {
      this.#refillSoon();
      return this.#spareFresh.pop() ?? this.#make("fresh");
    }
    return this.#idle.pop() ?? this.#make("shared");
  }

  /** `broken`: what it was doing for `modulePath` did not end by itself. */
  giveBack(realm: Realm, broken: boolean, modulePath: string | null): void {
    realm.client = null;
    const clean = !broken && realm.control.release();
    if (!clean && !broken && modulePath !== null) this.#countDirty(realm, modulePath);
    if (!clean || this.#closed || this.#idle.length >= IDLE_REALMS) {
      realm.dispose();
      this.#refillSoon();
    } else this.#idle.push(realm);
  }

  /** Evaluates every module in one realm, a module per turn, so that no call pays for it. Never rejects. */
  warm(): Promise<void> {
    const paths = [...this.#component.modules.values()]
      .filter(({ analysis, environment }) => analysis !== null && environment === "isolate")
      .map(({ path }) => path);
    return new Promise((resolve) => this.#warmNext(paths, null, resolve));
  }

  #warmNext(paths: readonly string[], warmed: Realm | null, done: () => void): void {
    const [path, ...rest] = paths;
    if (path === undefined || this.#closed) {
      if (warmed !== null) this.giveBack(warmed, this.#closed, null);
      done();
      return;
    }
    setImmediate(() => {
      const realm = warmed ?? this.#make("shared");
      let clean = false;
      enterLimited(() => {
        clean = realm.import(path) === null && !realm.control.isDirty();
      }, WARMING_MS);
      if (clean) return this.#warmNext(rest, realm, done);
      this.#needsFresh.add(path);
      realm.dispose();
      this.#warmNext(rest, null, done);
    });
  }

  markFresh(modulePath: string): void {
    this.#needsFresh.add(modulePath);
  }

  runsFresh(modulePath: string): boolean {
    return this.#needsFresh.has(modulePath);
  }

  /** A module that spoils every realm is better off with fresh ones: they cost less to make. */
  #countDirty(realm: Realm, modulePath: string): void {
    if (realm.mode === "fresh") return;
    const count = (this.#dirtied.get(modulePath) ?? 0) + 1;
    this.#dirtied.set(modulePath, count);
    if (count >= DIRTY_LIMIT) this.#needsFresh.add(modulePath);
  }

  close(): void {
    this.#closed = true;
    if (this.#refill !== null) clearImmediate(this.#refill);
    for (const realm of [...this.#idle.splice(0), ...this.#spareFresh.splice(0)]) realm.dispose();
  }

  #make(mode: RealmMode): Realm {
    const { environment: env, scripts } = this.#component;
    return new Realm(mode, this.#bootstrap, scripts, { env, ...this.#importStart });
  }

  /** Makes one realm per turn of the event loop, so that none of them delays an answer. */
  #refillSoon(): void {
    if (this.#refill !== null || this.#closed) return;
    this.#refill = setImmediate(() => {
      this.#refill = null;
      if (this.#idle.length === 0) this.#idle.push(this.#make("shared"));
      else if (this.#needsFresh.size > 0 && this.#spareFresh.length < SPARE_FRESH) {
        this.#spareFresh.push(this.#make("fresh"));
        this.#refillSoon();
      }
    });
  }
}
