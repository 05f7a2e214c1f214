/**
 * A client of the `disorder` fixture that changes its identity on an open socket, and
 * judges each transition: is everything it shows its own, and looked at as the switches
 * of that very transition say?
 */
import type { JSONValue } from "convex/values";
import { add, type Frame, RawClient } from "../raw-client.ts";
import type { Random } from "../seeds.ts";

export interface Person {
  /** Null is nobody. */
  readonly subject: string | null;
  readonly role: string | null;
  /** The fields of Authenticate. */
  readonly credentials: { readonly [field: string]: JSONValue };
}

/** Queries and the switch that makes them look; null looks always. */
const LOOKING: Readonly<Record<string, string | null>> = {
  always: null,
  remembers: null,
  late: "late",
  nested: "nested",
  failing: "failing",
  logged: "logged",
  ignored: "ignored",
};
const NAMES = ["switches", "never", "paged", ...Object.keys(LOOKING)];

interface Mine {
  readonly owner: string | null;
  readonly role: string | null;
  readonly bodies: readonly string[];
}

export class SecretViewer {
  readonly violations: string[] = [];
  transitions = 0;
  readonly #client: RawClient;
  /** By identity version. */
  readonly #people: Person[] = [{ subject: null, role: null, credentials: { tokenType: "None" } }];
  readonly #shown = new Map<string, Frame>();
  #received = { querySet: 0, identity: 0 };
  #querySet = 0;
  #identity = 0;
  #mutations = 0;

  private constructor(client: RawClient) {
    this.#client = client;
    void this.#follow();
  }

  static async connect(url: string): Promise<SecretViewer> {
    const viewer = new SecretViewer(
      await RawClient.connect(url, { sessionId: crypto.randomUUID() }),
    );
    viewer.#watch();
    return viewer;
  }

  /** Everything sent is shown. */
  get isCurrent(): boolean {
    const { querySet, identity } = this.#received;
    return querySet === this.#querySet && identity === this.#identity;
  }

  become(person: Person): void {
    this.#client.send({
      type: "Authenticate",
      baseVersion: this.#identity++,
      ...person.credentials,
    });
    this.#people.push(person);
  }

  mutate(name: string, args: { readonly [field: string]: JSONValue }): void {
    const requestId = this.#mutations++;
    this.#client.send({ type: "Mutation", requestId, udfPath: `secrets:${name}`, args: [args] });
  }

  /** Stops watching one query and starts again: a newcomer to what others hold. */
  lookAgain(random: Random): void {
    const queryId = random.below(NAMES.length);
    this.#client.modify(this.#querySet++, [{ type: "Remove", queryId }]);
    this.#client.modify(this.#querySet++, [this.#add(queryId)]);
  }

  close(): void {
    this.#client.ws.terminate();
  }

  #watch(): void {
    this.#client.modify(
      this.#querySet++,
      NAMES.map((_, queryId) => this.#add(queryId)),
    );
  }

  #add(queryId: number) {
    const name = NAMES[queryId];
    const args = name === "paged" ? { paginationOpts: { numItems: 50, cursor: null } } : {};
    return add(queryId, `secrets:${name}`, args);
  }

  async #follow(): Promise<void> {
    for (;;) {
      const frame = await this.#client.next();
      if (frame.type === "Transition") this.#apply(frame);
      else if (frame.type !== "MutationResponse" && frame.type !== "Ping") {
        this.violations.push(JSON.stringify(frame));
      }
    }
  }

  #apply(frame: Frame): void {
    this.transitions++;
    this.#received = frame.endVersion as { querySet: number; identity: number };
    for (const change of frame.modifications as Frame[]) {
      const name = NAMES[Number(change.queryId)] ?? "";
      if (change.type === "QueryRemoved") this.#shown.delete(name);
      else this.#shown.set(name, change);
    }
    const person = this.#people[this.#received.identity];
    const switches = this.#shown.get("switches")?.value as string[] | undefined;
    if (person === undefined || switches === undefined) return;
    for (const [name, decidedBy] of Object.entries(LOOKING)) {
      const shown = this.#shown.get(name);
      const looks = decidedBy === null || switches.includes(decidedBy);
      const wrong = shown === undefined ? null : judge(name, shown, looks ? person : null);
      if (wrong !== null) this.violations.push(`${name} as ${person.subject}: ${wrong}`);
    }
    this.#judgePage(person);
  }

  #judgePage({ subject }: Person): void {
    const shown = this.#shown.get("paged")?.value as { page: { owner: string }[] } | undefined;
    const alien = shown?.page.find(({ owner }) => owner !== subject);
    if (alien !== undefined) this.violations.push(`page of ${alien.owner} shown to ${subject}`);
  }
}

/** `person` is null when the query did not look. Null when all is right. */
function judge(name: string, shown: Frame, person: Person | null): string | null {
  const logs = (shown.logLines as string[]).join();
  if (name === "logged") {
    const right = person === null ? "" : `[LOG] 'owner ${person.subject}'`;
    return logs === right ? null : `logs ${logs}`;
  }
  const { owner, role, bodies } = (shown.value ?? shown.errorData) as unknown as Mine;
  const right = name === "ignored" || person === null ? "not looked" : person.subject;
  if (owner !== right) return `shows what is of ${owner}`;
  if (person !== null && name !== "ignored" && role !== person.role)
    return `shows the role ${role}`;
  const alien = bodies.find((body) => !body.startsWith(`${owner} `));
  return alien === undefined ? null : `shows ${alien}`;
}
