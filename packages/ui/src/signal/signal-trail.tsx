/** What the operator sees below a signal: the stamps of its way, what each target shows, and files that are missing. */
import { Badge, type Tone } from "../primitives/badge.tsx";
import { Button } from "../primitives/button.tsx";
import { msText } from "../text/number-text.ts";
import styles from "./signal-trail.module.css";

export type MirrorView = {
  mirrorId: string;
  targetName: string;
  state: "due" | "waiting" | "applied" | "failed";
  wantedRevision: number;
  appliedRevision: number | null;
  deleted: boolean;
  attempt: number;
  code: string | null;
  message: string | null;
};

/** A file that the signal shows, and how its copy stands. */
export type CopyView = {
  wantedId: string;
  name: string;
  state: "due" | "fetching" | "stored" | "expired" | "failed";
  attempt: number;
  code: string | null;
};

type SignalTrailProps = {
  stamps: { sourceAtMs: number; receivedAtMs: number; committedAtMs: number };
  /** Since received, when this console measured it. */
  seenAfterMs: number | null;
  mirrors: readonly MirrorView[];
  copies: readonly CopyView[];
  /** Has a file fetched again. */
  onRetryCopy: (wantedId: string) => void;
};

/** Source time to received is up to the source's clock; the rest is ours. */
export function SignalTrail(props: SignalTrailProps) {
  const { stamps, seenAfterMs, mirrors, copies, onRetryCopy } = props;
  const missing = copies.filter(
    ({ state, attempt }) =>
      state === "failed" || state === "expired" || (state !== "stored" && attempt > 0),
  );
  const { sourceAtMs, receivedAtMs, committedAtMs } = stamps;
  return (
    <div className={styles.trail}>
      <dl className={styles.stamps}>
        <Stamp name="Source to received" ms={receivedAtMs - sourceAtMs} />
        <Stamp name="Received to committed" ms={committedAtMs - receivedAtMs} />
        {seenAfterMs !== null && <Stamp name="Received to painted" ms={seenAfterMs} />}
      </dl>
      {mirrors.length > 0 && (
        <ul className={styles.mirrors} aria-label="Mirrors">
          {mirrors.map((mirror) => (
            <MirrorLine key={mirror.mirrorId} mirror={mirror} />
          ))}
        </ul>
      )}
      {missing.length > 0 && (
        <ul className={styles.mirrors} aria-label="Files not copied">
          {missing.map((copy) => (
            <CopyLine key={copy.wantedId} copy={copy} onRetry={() => onRetryCopy(copy.wantedId)} />
          ))}
        </ul>
      )}
    </div>
  );
}

const COPY_STATES: Record<Exclude<CopyView["state"], "stored">, { tone: Tone; text: string }> = {
  due: { tone: "warn", text: "Waiting to retry" },
  fetching: { tone: "info", text: "Being copied" },
  expired: { tone: "warn", text: "Link has run out" },
  failed: { tone: "bad", text: "Not copied" },
};

function CopyLine({ copy, onRetry }: { copy: CopyView; onRetry: () => void }) {
  const { name, state, attempt, code } = copy;
  if (state === "stored") return null;
  const { tone, text } = COPY_STATES[state];
  return (
    <li className={styles.mirror}>
      <Badge tone={tone}>{text}</Badge>
      <span className={styles.target}>{name}</span>
      {attempt > 0 && <span className={styles.revision}>attempt {attempt}</span>}
      {code !== null && <span className={styles.reason}>{code}</span>}
      {state === "failed" && <Button onClick={onRetry}>Try again</Button>}
    </li>
  );
}

function Stamp({ name, ms }: { name: string; ms: number }) {
  return (
    <div className={styles.stamp}>
      <dt>{name}</dt>
      <dd>{msText(ms)}</dd>
    </div>
  );
}

const STATES: Record<MirrorView["state"], { tone: Tone; text: string }> = {
  due: { tone: "info", text: "Due" },
  waiting: { tone: "warn", text: "Waiting to retry" },
  applied: { tone: "good", text: "Applied" },
  failed: { tone: "bad", text: "Failed" },
};

function MirrorLine({ mirror }: { mirror: MirrorView }) {
  const { tone, text } = STATES[mirror.state];
  const reason = [mirror.code, mirror.message].filter((part) => part !== null).join(": ");
  return (
    <li className={styles.mirror}>
      <Badge tone={tone}>{mirror.state === "applied" && mirror.deleted ? "Deleted" : text}</Badge>
      <span className={styles.target}>{mirror.targetName}</span>
      <span className={styles.revision}>{revisionText(mirror)}</span>
      {mirror.state !== "applied" && mirror.attempt > 0 && (
        <span className={styles.revision}>attempt {mirror.attempt}</span>
      )}
      {reason !== "" && <span className={styles.reason}>{reason}</span>}
    </li>
  );
}

function revisionText({ wantedRevision, appliedRevision, deleted }: MirrorView): string {
  const wanted = deleted ? "wants it gone" : `wants revision ${wantedRevision}`;
  return `${wanted}, shows ${appliedRevision === null ? "nothing" : `revision ${appliedRevision}`}`;
}
