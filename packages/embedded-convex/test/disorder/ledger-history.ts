/**
 * The model that histories of the `disorder` fixture are judged by: moves were committed
 * in the order of their numbers, and a client at a timestamp sees exactly the moves
 * committed up to it.
 */
export interface Move {
  readonly number: number;
  readonly op: string;
  readonly from: string;
  readonly to: string;
  readonly amount: number;
}

/** What one client showed after one transition. */
export interface Snapshot {
  readonly client: string;
  readonly ts: bigint;
  readonly moves: number;
  readonly total: number | null;
  /** Operations of the newest moves, newest first. */
  readonly latest: readonly string[] | null;
  readonly balances: ReadonlyMap<string, number>;
  /** Numbers of the first page's moves, newest first. */
  readonly page: readonly number[] | null;
}

export interface Acknowledged {
  readonly op: string;
  readonly number: number;
  readonly ts: bigint;
}

export interface LedgerHistory {
  /** As the database has them at the end. */
  readonly moves: readonly Move[];
  /** In the order in which each client showed them. */
  readonly snapshots: readonly Snapshot[];
  /** Every answer to a mutation, repeated ones too. */
  readonly acknowledged: readonly Acknowledged[];
}

/** What is wrong, in words; empty when nothing is. */
export function judge(history: LedgerHistory): string[] {
  return [...judgeMoves(history), ...judgeAnswers(history), ...judgeSnapshots(history)];
}

function judgeMoves({ moves }: LedgerHistory): string[] {
  const wrong: string[] = [];
  const seen = new Set<string>();
  moves.forEach(({ number, op }, i) => {
    if (number !== i + 1) wrong.push(`move ${number} stands at place ${i + 1}`);
    if (seen.has(op)) wrong.push(`${op} was applied twice`);
    seen.add(op);
  });
  return wrong;
}

function judgeAnswers({ moves, acknowledged }: LedgerHistory): string[] {
  const wrong: string[] = [];
  const known = new Map<string, Acknowledged>();
  for (const answer of acknowledged) {
    const { op, number, ts } = answer;
    if (moves[number - 1]?.op !== op) wrong.push(`${op} was acknowledged as ${number}, and is not`);
    const first = known.get(op) ?? answer;
    known.set(op, first);
    if (first.number !== number || first.ts !== ts) wrong.push(`${op} got two different answers`);
  }
  const inOrder = [...known.values()].sort((a, b) => a.number - b.number);
  inOrder.forEach((answer, i) => {
    const before = inOrder[i - 1];
    if (before !== undefined && before.ts >= answer.ts) {
      wrong.push(`move ${answer.number} is at or before the timestamp of move ${before.number}`);
    }
  });
  return wrong;
}

function judgeSnapshots({ moves, snapshots, acknowledged }: LedgerHistory): string[] {
  const wrong: string[] = [];
  const commits = new Map(acknowledged.map(({ number, ts }) => [number, ts]));
  const states = replay(moves);
  const newest = new Map<string, Snapshot>();
  for (const snapshot of snapshots) {
    const { client, ts, moves: count } = snapshot;
    const where = `${client} at ${ts} (${count} moves)`;
    const before = newest.get(client);
    if (before !== undefined && before.ts > ts) wrong.push(`${where}: time went back`);
    newest.set(client, snapshot);
    const own = commits.get(count);
    const next = commits.get(count + 1);
    if (own !== undefined && own > ts) wrong.push(`${where}: shows a move of ${own}`);
    if (next !== undefined && next <= ts) wrong.push(`${where}: lacks the move of ${next}`);
    wrong.push(...judgeState(snapshot, states[count], moves).map((what) => `${where}: ${what}`));
  }
  return wrong;
}

type State = ReadonlyMap<string, number>;

/** Balances after 0, 1, 2 … moves. */
function replay(moves: readonly Move[]): State[] {
  const states: State[] = [new Map()];
  for (const { from, to, amount } of moves) {
    const state = new Map(states.at(-1));
    state.set(from, (state.get(from) ?? 0) - amount);
    state.set(to, (state.get(to) ?? 0) + amount);
    states.push(state);
  }
  return states;
}

function judgeState(
  { moves: count, total, latest, balances, page }: Snapshot,
  state: State | undefined,
  moves: readonly Move[],
): string[] {
  if (state === undefined) return ["more moves than there ever were"];
  const wrong: string[] = [];
  if (total !== null && total !== 0) wrong.push(`the total is ${total}`);
  for (const [account, amount] of balances) {
    const right = state.get(account) ?? 0;
    if (amount !== right) wrong.push(`${account} has ${amount} instead of ${right}`);
  }
  const ops = moves.slice(Math.max(count - 3, 0), count).map(({ op }) => op);
  if (latest !== null && latest.join() !== ops.reverse().join()) wrong.push(`latest is ${latest}`);
  if (page?.some((number, i) => number !== count - i)) wrong.push(`page is ${page}`);
  return wrong;
}
