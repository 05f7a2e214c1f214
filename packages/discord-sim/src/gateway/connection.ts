/**
 * One gateway socket: hello, then exactly one identify or resume, then
 * heartbeats, until either side closes. Faults of the client end the socket
 * with Discord's close code.
 *
 * Owns the state of this socket; sessions outlive it and belong to the gateway.
 */
import { GatewayCloseCodes as Close, GatewayOpcodes as Op } from "discord-api-types/v10";
import type { RawData, WebSocket } from "ws";
import type { Clock } from "../clock.ts";
import { type Fields, isFields } from "../messages/form-errors.ts";
import type { Session } from "./session.ts";

/** What a socket asks of the gateway. A number is a close code, "invalid" is op 9. */
export type ConnectionHost = {
  clock: Clock;
  heartbeatIntervalMs: number;
  /** Whether heartbeats are answered; silence is a fault to test with. */
  acknowledges: boolean;
  identify(payload: Fields, connection: Connection): Session | number | "invalid";
  resume(payload: Fields, connection: Connection): Session | number | "invalid";
  requestMembers(session: Session, payload: Fields): undefined;
  closed(connection: Connection, closeCode: number): void;
};

const MAX_PAYLOAD_BYTES = 4_096;
const SENDS_PER_WINDOW = 120;
const SEND_WINDOW_MS = 60_000;
/** A client that misses this many heartbeats is taken for dead. */
const MISSED_HEARTBEATS = 2;

export class Connection {
  readonly #socket: WebSocket;
  readonly #host: ConnectionHost;
  #session: Session | null = null;
  #windowStartMs: number;
  #sends = 0;
  #cancelWatch: () => void = () => undefined;

  constructor(socket: WebSocket, host: ConnectionHost) {
    this.#socket = socket;
    this.#host = host;
    this.#windowStartMs = host.clock.nowMs();
    socket.on("message", (data) => this.#receive(data));
    socket.on("close", (code) => this.#closed(code));
    socket.on("error", () => socket.terminate());
    this.#watchHeartbeat();
    this.send({ op: Op.Hello, d: { heartbeat_interval: host.heartbeatIntervalMs } });
  }

  get session(): Session | null {
    return this.#session;
  }

  readonly sendText = (text: string): void => {
    if (this.#socket.readyState === this.#socket.OPEN) this.#socket.send(text);
  };

  send(payload: { op: number; d?: unknown }): void {
    this.sendText(JSON.stringify({ t: null, s: null, d: null, ...payload }));
  }

  /** Op 9: the client has to identify anew, or may try to resume. */
  invalidate(resumable: boolean): void {
    this.#session = null;
    this.send({ op: Op.InvalidSession, d: resumable });
  }

  askToReconnect(): void {
    this.send({ op: Op.Reconnect });
  }

  close(code: number): void {
    this.#socket.close(code);
  }

  /** As a broken cable: no close frame. */
  cut(): void {
    this.#socket.terminate();
  }

  #receive(data: RawData): void {
    const fault = this.#handle(data.toString());
    if (fault !== undefined) this.close(fault);
  }

  /** The close code that this payload earns, if any. */
  #handle(text: string): number | undefined {
    if (Buffer.byteLength(text) > MAX_PAYLOAD_BYTES) return Close.DecodeError;
    if (this.#isFlooding()) return Close.RateLimited;
    const payload = parse(text);
    if (payload === undefined) return Close.DecodeError;
    const { op } = payload;
    if (op === Op.Heartbeat) return this.#heartbeat(payload.d);
    const d = isFields(payload.d) ? payload.d : {};
    if (op === Op.Identify || op === Op.Resume) return this.#authenticate(op, d);
    if (this.#session === null) return Close.NotAuthenticated;
    if (op === Op.RequestGuildMembers) return this.#host.requestMembers(this.#session, d);
    return op === Op.PresenceUpdate || op === Op.VoiceStateUpdate ? undefined : Close.UnknownOpcode;
  }

  #heartbeat(seq: unknown): undefined {
    if (typeof seq === "number") this.#session?.acknowledge(seq);
    this.#watchHeartbeat();
    if (this.#host.acknowledges) this.send({ op: Op.HeartbeatAck });
  }

  #authenticate(op: Op.Identify | Op.Resume, d: Fields): number | undefined {
    if (this.#session !== null) return Close.AlreadyAuthenticated;
    const outcome = op === Op.Identify ? this.#host.identify(d, this) : this.#host.resume(d, this);
    if (typeof outcome === "number") return outcome;
    if (outcome === "invalid") this.invalidate(false);
    else this.#session = outcome;
    return undefined;
  }

  #watchHeartbeat(): void {
    this.#cancelWatch();
    const { clock, heartbeatIntervalMs } = this.#host;
    this.#cancelWatch = clock.after(heartbeatIntervalMs * MISSED_HEARTBEATS, () =>
      this.close(Close.SessionTimedOut),
    );
  }

  #isFlooding(): boolean {
    const nowMs = this.#host.clock.nowMs();
    if (nowMs - this.#windowStartMs >= SEND_WINDOW_MS) {
      this.#windowStartMs = nowMs;
      this.#sends = 0;
    }
    this.#sends += 1;
    return this.#sends > SENDS_PER_WINDOW;
  }

  #closed(code: number): void {
    this.#cancelWatch();
    this.#host.closed(this, code);
  }
}

function parse(text: string): Fields | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isFields(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
