// Owns laying an interval over the slots it touches, without losing a step to rounding.
import { minute, slotLength, slotStart } from '../../core/calendar.ts';
import { emptySlot, marks, mergeSlot, type Slot } from '../../core/slots.ts';
import type { Interval } from './counter.ts';

/**
 * Up to here a counter's interval counts as measured: 重点用能单位在线监测 takes readings every 15 min and allows 1 h where
 * that is hard. Beyond it the amount is known, but when it was used is not: one spanning interval.
 */
const longestInterval = 65 * minute;

/** The parts of an interval, one a slot, in order of time. Their amounts add up to the interval's exactly. */
export function* partsOf(interval: Interval): Generator<Slot> {
  const { from, to, amount, quality, marks: mark, readings } = interval;
  const length = to - from;
  const spanning = length > longestInterval;
  let given = 0;
  for (let start = slotStart(from); start < to; start += slotLength) {
    const end = Math.min(to, start + slotLength);
    const part = emptySlot(start);
    part.quality = quality;
    if (end === to) part.readings = readings;
    part.marks = mark | (spanning ? marks.spanning : 0);
    if (amount !== null) {
      const upToEnd = end === to ? amount : Math.round((amount * (end - from)) / length);
      part.value = upToEnd - given;
      part.estimated = spanning ? part.value : 0;
      part.covered = spanning ? 0 : end - Math.max(from, start);
      given = upToEnd;
    }
    yield part;
  }
}

/** Slots of one series as they come to an end. */
export class OpenSlot {
  #open: Slot | undefined;
  readonly #kind: 'counter' | 'gauge';

  constructor(kind: 'counter' | 'gauge') {
    this.#kind = kind;
  }

  get current(): Slot | undefined {
    return this.#open;
  }

  /** Adds a part; gives the slot that it left behind, when it begins another. */
  add(part: Slot): Slot | undefined {
    if (this.#open?.start === part.start) {
      mergeSlot(this.#open, part, this.#kind);
      return undefined;
    }
    const closed = this.#open;
    this.#open = part;
    return closed;
  }
}
