/** A server in memory: who holds what, what was called, and what goes wrong. */
import type { RoleObstacle, RoleServer } from "../src/roles/role-server.ts";
import { apiError } from "./memory-channel.ts";

export class MemoryRoleServer implements RoleServer {
  readonly calls: string[] = [];
  readonly obstacles = new Map<string, RoleObstacle>();
  /** Each is thrown once, by the call that comes then. */
  readonly faults: unknown[] = [];
  /** What a set answers instead of what is then held. */
  shown: readonly string[] | null = null;
  readonly #members: Map<string, Set<string>>;

  constructor(members: Readonly<Record<string, readonly string[]>>) {
    this.#members = new Map(Object.entries(members).map(([id, roles]) => [id, new Set(roles)]));
  }

  roles(userId: string): string[] {
    return [...this.#member(userId)].sort();
  }

  async held(userId: string): Promise<readonly string[]> {
    this.#called(`look ${userId}`);
    return [...this.#member(userId)];
  }

  async add(userId: string, roleId: string): Promise<void> {
    this.#called(`add ${roleId}`);
    this.#member(userId).add(roleId);
  }

  async remove(userId: string, roleId: string): Promise<void> {
    this.#called(`remove ${roleId}`);
    this.#member(userId).delete(roleId);
  }

  async set(userId: string, roleIds: readonly string[]): Promise<readonly string[]> {
    this.#called(`set ${[...roleIds].sort().join(" ")}`);
    this.#member(userId);
    this.#members.set(userId, new Set(roleIds));
    return this.shown ?? roleIds;
  }

  async membersAfter(userId: string) {
    this.#called(`list ${userId}`);
    return userId === "0"
      ? [...this.#members].map(([id, roles]) => ({ userId: id, roleIds: [...roles] }))
      : [];
  }

  obstacle(roleId: string): RoleObstacle | null {
    return this.obstacles.get(roleId) ?? null;
  }

  #called(call: string): void {
    this.calls.push(call);
    if (this.faults.length > 0) throw this.faults.shift();
  }

  #member(userId: string): Set<string> {
    const roles = this.#members.get(userId);
    if (roles === undefined) throw apiError(10_007, 404, "refused");
    return roles;
  }
}
