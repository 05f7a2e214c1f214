/** Everything that can be made to go wrong, in one place: for tests and for /sim/faults. */
import type { Gateway } from "../gateway/gateway.ts";
import type { InvalidRequests } from "../ratelimits/invalid-requests.ts";
import type { DelayFault, FailFault, FaultScript, LostAnswerFault } from "./fault-script.ts";

type Where = {
  /** As `POST /channels/:id/messages`, with real ids or words with a colon; `*` is any route. */
  route: string;
  /** How many requests; 1 unless given. "always" lasts until cleared. */
  times?: number | "always";
};

export type FaultCommand =
  | ({ kind: "fail" } & Where & Omit<FailFault, "kind">)
  | ({ kind: "delay" } & Where & Omit<DelayFault, "kind">)
  | ({ kind: "loseAnswer" } & Where & Omit<LostAnswerFault, "kind">)
  | { kind: "loseEvents"; event: string; times?: number | undefined }
  | { kind: "dropGateway"; code?: number; forget?: boolean }
  | { kind: "invalidateSessions"; resumable?: boolean }
  | { kind: "askToReconnect" }
  | { kind: "ignoreHeartbeats" | "answerHeartbeats" }
  | { kind: "liftBan" }
  | { kind: "holdGateway" }
  | { kind: "releaseGateway" }
  | { kind: "clear" };

export class Faults {
  readonly #script: FaultScript;
  readonly #gateway: Gateway;

  readonly #invalid: InvalidRequests;

  constructor(parts: { script: FaultScript; gateway: Gateway; invalid: InvalidRequests }) {
    this.#script = parts.script;
    this.#gateway = parts.gateway;
    this.#invalid = parts.invalid;
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

  /** The next events of that name never reach a session, and nothing tells of it; `*` is any event. */
  loseEvents(event: string, times = 1): void {
    this.#gateway.loss.plan(event, times);
  }

  /** Heartbeats are no longer answered, so that clients take the connection for dead. */
  ignoreHeartbeats(): void {
    this.#gateway.acknowledges = false;
  }

  answerHeartbeats(): void {
    this.#gateway.acknowledges = true;
  }

  /** Breaks every gateway socket; sessions stay and can be resumed, unless forgotten. A code makes it a proper close. */
  dropGateway(code?: number, { forget = false }: { forget?: boolean } = {}): void {
    if (forget) this.#gateway.forgetSessions();
    this.#gateway.drop(code);
  }

  /** Ends the ban that too many invalid requests brought. */
  liftBan(): void {
    this.#invalid.lift();
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

  /** Forgets planned faults, answers heartbeats and lets sockets in again. */
  clear(): void {
    this.#script.clear();
    this.#gateway.loss.clear();
    this.answerHeartbeats();
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
        this.dropGateway(command.code, command);
        break;
      case "loseEvents":
        this.loseEvents(command.event, command.times);
        break;
      case "ignoreHeartbeats":
      case "answerHeartbeats":
      case "liftBan":
        this[command.kind]();
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
