// Owns which batches of a gateway's epoch are in the store, and from when to when the readings in each unbroken range are.
import type { Range } from './ranges.ts';
import type { Batch } from './sample.ts';

/** `oldest` and `newest` are null where no reading tells: batches may hold nothing but losses. */
export type ReceivedRange = { first: number; last: number; oldest: number | null; newest: number | null };

export function receiptOf({ seq, time }: Batch): ReceivedRange {
  let [oldest, newest] = [time[0] ?? null, time[0] ?? null];
  for (const at of time) {
    if (oldest === null || at < oldest) oldest = at;
    if (newest === null || at > newest) newest = at;
  }
  return { first: seq, last: seq, oldest, newest };
}

export class ReceiptSet {
  readonly ranges: ReceivedRange[] = [];

  has(seq: number): boolean {
    const range = this.ranges.findLast(({ first }) => first <= seq);
    return range !== undefined && seq <= range.last;
  }

  /** Gives the range that it is part of now. */
  add(added: ReceivedRange): ReceivedRange {
    // Gateways count upwards, so the search begins at the end.
    let end = this.ranges.length;
    while (end > 0 && (this.ranges[end - 1] as ReceivedRange).first > added.last + 1) end--;
    let start = end;
    while (start > 0 && (this.ranges[start - 1] as ReceivedRange).last >= added.first - 1) start--;
    const whole = this.ranges.slice(start, end).reduce(joined, added);
    this.ranges.splice(start, end - start, whole);
    return whole;
  }

  /** The numbers that are missing from 1 on, and the time in which their readings must lie. */
  gaps(): { batches: Range; after: number | null; before: number | null }[] {
    let before: ReceivedRange = { first: 0, last: 0, oldest: null, newest: null };
    return this.ranges.flatMap((range) => {
      const { last, newest: after } = before;
      before = range;
      return range.first > last + 1 ? [{ batches: [last + 1, range.first - 1], after, before: range.oldest }] : [];
    });
  }
}

function joined(a: ReceivedRange, b: ReceivedRange): ReceivedRange {
  return {
    first: Math.min(a.first, b.first),
    last: Math.max(a.last, b.last),
    oldest: chosenOf(a.oldest, b.oldest, Math.min),
    newest: chosenOf(a.newest, b.newest, Math.max),
  };
}

const chosenOf = (a: number | null, b: number | null, choose: (a: number, b: number) => number): number | null =>
  a === null ? b : b === null ? a : choose(a, b);
