/** Everything that can be made to go wrong, in one place: for tests and for /sim/faults. */
import type { Gateway } from "../gateway/gateway.ts";
import type { DelayFault, FailFault, FaultScript, LostAnswerFault } from "./fault-script.ts";

type Where = {
  /** As `POST /channels/:id/messages`, with real ids or words with a colon; `*` is any route. */
  route: string;
  /** How many requests; 1 unless given. */
  times?: number;
};

export type FaultCommand =
  | ({ kind: "fail" } & Where & Omit<FailFault, "kind">)
  | ({ kind: "delay" } & Where & Omit<DelayFault, "kind">)
  | ({ kind: "loseAnswer" } & Where & Omit<LostAnswerFault, "kind">)
  | { kind: "dropGateway"; code?: number }
  | { kind: "invalidateSessions"; resumable?: boolean }
  | { kind: "askToReconnect" }
  | { kind: "holdGateway" }
  | { kind: "releaseGateway" }
  | { kind: "clear" };

export class Faults {
  readonly #script: FaultScript;
  readonly #gateway: Gateway;

  constructor(script: FaultScript, gateway: Gateway) {
    this.#script = script;
    this.#gateway = gateway;
  }

  /** The next requests on the route answer with this status and change nothing. */
  failNext(fault: Where & Omit<FailFault, "kind">): void {
    this.#script.plan({ ...fault, kind: "fail" });
  }

  /** The next requests on the route wait before they are carried out. */
  delayNext(fault: Where & Omit<DelayFault, "kind">): void {
    this.#script.plan({ ...fault, kind: "delay" });
  }

  /** The next requests on the route are carried out, and their answer never arrives. */
  loseNextAnswer(fault: Where & Omit<LostAnswerFault, "kind">): void {
    this.#script.plan({ ...fault, kind: "loseAnswer" });
  }

  /** Breaks every gateway socket; sessions stay and can be resumed. A code makes it a proper close. */
  dropGateway(code?: number): void {
    this.#gateway.drop(code);
  }

  /** Op 9. Unless resumable, all sessions are gone, and so is what they would have been told. */
  invalidateSessions({ resumable = false }: { resumable?: boolean } = {}): void {
    this.#gateway.invalidateSessions(resumable);
  }

  /** Op 7: clients are asked to connect again and resume. */
  askToReconnect(): void {
    this.#gateway.askToReconnect();
  }

  /** Refuses new gateway sockets until the returned function is called. Does not break open ones. */
  holdGateway(): () => void {
    this.#gateway.setOpen(false);
    return () => this.#gateway.setOpen(true);
  }

  /** Forgets planned failures and lets sockets in again. */
  clear(): void {
    this.#script.clear();
    this.#gateway.setOpen(true);
  }

  /** The same by command, as it comes over HTTP. */
  apply(command: FaultCommand): void {
    switch (command.kind) {
      case "fail":
      case "delay":
      case "loseAnswer":
        this.#script.plan(command);
        break;
      case "dropGateway":
        this.dropGateway(command.code);
        break;
      case "invalidateSessions":
        this.invalidateSessions(command);
        break;
      case "askToReconnect":
        this.askToReconnect();
        break;
      case "holdGateway":
        this.holdGateway();
        break;
      case "releaseGateway":
        this.#gateway.setOpen(true);
        break;
      case "clear":
        this.clear();
        break;
      default:
        command satisfies never;
    }
  }
}
