/**
 * How a feed's sequence numbers are cut into segments, the unit that is
 * subscribed to and pushed.
 *
 *        segment -1          segment 0           segment 1
 *   [-8 -7 ... -2 -1]  [0 | 1 2 ... 6 7]  [8 9 ... 14 15]
 *     imported history <-'  '-> live signals
 *
 * [SEG1] Segment n holds the seqs 8n .. 8n+7, also below zero.
 * [SEG2] A segment is sealed once every one of its seqs has been given out.
 */

/** Seqs per segment: what one push carries at most. */
export const SEGMENT_SIZE = 8;

/** The seq of a feed's first live signal; imported history takes 0 and below. */
export const FIRST_LIVE_SEQ = 1;

/** First and last seq of a segment, both inside it. */
export interface SeqRange {
  readonly firstSeq: number;
  readonly lastSeq: number;
}

/** The segment a seq lies in. */
export function segmentOf(seq: number): number {
  return Math.floor(seq / SEGMENT_SIZE);
}

/** The seqs a segment holds when it is full. */
export function seqRange(segment: number): SeqRange {
  const firstSeq = segment * SEGMENT_SIZE;
  return { firstSeq, lastSeq: firstSeq + SEGMENT_SIZE - 1 };
}

/** The segment the next signal goes into, given the next free seq. */
export function openSegment(nextSeq: number): number {
  return segmentOf(nextSeq);
}

/** Whether no new signal can enter the segment any more, given the next free seq. */
export function isSealed(segment: number, nextSeq: number): boolean {
  return seqRange(segment).lastSeq < nextSeq;
}
