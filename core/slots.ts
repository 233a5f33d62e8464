// Owns slots: what a series amounted to in each quarter of an hour, hour and day, and how far that is known.
import { type Calendar, type Period, slotLength } from './calendar.ts';
import { fromSteps, type PointId, points } from './points.ts';
import { levelOf } from './quality.ts';

export type Resolution = 'quarter' | 'hour' | 'day';
export const resolutions: readonly Resolution[] = ['quarter', 'hour', 'day'];

/** Kept on disk: append, never renumber. */
export const marks = { reset: 1, wrapped: 2, replaced: 4, late: 8, spanning: 16, jumped: 32, corrected: 64 } as const;
export type Mark = keyof typeof marks;

export const marksOf = (bits: number): Mark[] => (Object.keys(marks) as Mark[]).filter((mark) => bits & marks[mark]);

/** Amounts are in the point's smallest steps, so that slots add up without rounding. */
export type Slot = {
  start: number;
  /** Counter: the amount in the slot. Gauge: the mean over the covered time. */
  value: number;
  /** The part of a counter's amount that a gap's two ends prove, but whose time within the gap is only assumed. */
  estimated: number;
  /** Milliseconds of the slot that readings cover. */
  covered: number;
  min: number;
  max: number;
  /** The worst quality among the readings that were used. */
  quality: number;
  marks: number;
  /** How many readings went in. Of a counter, the slot has those that an amount of it ends with. */
  readings: number;
};

/** Slots in columns, in the order of these fields: so they go to another thread without being copied. */
export type SlotColumns = readonly Float64Array<ArrayBuffer>[];
export const slotFields = [
  'start',
  'value',
  'estimated',
  'covered',
  'min',
  'max',
  'quality',
  'marks',
  'readings',
] as const satisfies (keyof Slot)[];

/** The rows from `from` up to, not including, `to`. */
export function slotsFrom(columns: SlotColumns, from = 0, to = columns[0]?.length ?? 0): Slot[] {
  const [starts, values, estimated, covered, min, max, quality, marks, readings] = columns;
  const slots: Slot[] = [];
  for (let row = from; row < to; row++)
    slots.push({
      start: starts?.[row] as number,
      value: values?.[row] as number,
      estimated: estimated?.[row] as number,
      covered: covered?.[row] as number,
      min: min?.[row] as number,
      max: max?.[row] as number,
      quality: quality?.[row] as number,
      marks: marks?.[row] as number,
      readings: readings?.[row] as number,
    });
  return slots;
}

export const columnsFrom = (slots: readonly Slot[]): SlotColumns =>
  slotFields.map((field) => Float64Array.from(slots, (slot) => slot[field]));

export const emptySlot = (start: number): Slot => ({
  start,
  value: 0,
  estimated: 0,
  covered: 0,
  min: Number.POSITIVE_INFINITY,
  max: Number.NEGATIVE_INFINITY,
  quality: 0,
  marks: 0,
  readings: 0,
});

/** Slots that still grow are written once a minute: those of the last moments are not missing, but on their way. */
export const writtenWithin = 90_000;

/** Readings cover it, and no part of it is only assumed. A meter that is read each second may miss some: one in a hundred changes no mean. */
export const isWhole = ({ covered, estimated }: Slot): boolean => covered >= 0.99 * slotLength && estimated === 0;

/** Nothing is known about its time: as if it were not there. */
export const isEmpty = (slot: Slot): boolean => slot.covered === 0 && slot.marks === 0;

/** Adds `part` to `whole`: sums for counters, means weighted by covered time for gauges. */
export function mergeSlot(whole: Slot, part: Slot, kind: 'counter' | 'gauge'): void {
  if (kind === 'counter') whole.value += part.value;
  else if (part.covered > 0)
    whole.value = (whole.value * whole.covered + part.value * part.covered) / (whole.covered + part.covered);
  whole.estimated += part.estimated;
  whole.covered += part.covered;
  whole.min = Math.min(whole.min, part.min);
  whole.max = Math.max(whole.max, part.max);
  whole.quality = Math.max(whole.quality, part.quality);
  whole.marks |= part.marks;
  whole.readings += part.readings;
}

export function slotPeriod(start: number, resolution: Resolution, calendar: Calendar): Period {
  if (resolution === 'quarter') return { start, end: start + slotLength };
  return resolution === 'hour' ? calendar.hourOf(start) : calendar.dayOf(start);
}

/** Coarser slots are made of finer ones, in order of time, and of nothing else. */
export function coarsen(
  quarters: Iterable<Slot>,
  resolution: 'hour' | 'day',
  point: PointId,
  calendar: Calendar,
): Slot[] {
  const kind = points[point].kind === 'gauge' ? 'gauge' : 'counter';
  const result: Slot[] = [];
  let period: Period = { start: 0, end: 0 };
  let current: Slot | undefined;
  for (const quarter of quarters) {
    if (current === undefined || quarter.start >= period.end) {
      period = slotPeriod(quarter.start, resolution, calendar);
      current = emptySlot(period.start);
      result.push(current);
    }
    mergeSlot(current, quarter, kind);
  }
  return result;
}

/** What a counter amounted to in a period; `value` is null when no reading says anything about it. */
export type Total = {
  value: number | null;
  /** The same in the point's smallest steps. */
  steps: number;
  estimated: number;
  coverage: number;
  quality: number;
  marks: number;
  slots: number;
  readings: number;
};

export function totalOf(slots: readonly Slot[], point: PointId, period: Period): Total {
  const sum = { value: 0, estimated: 0, covered: 0, quality: 0, marks: 0, readings: 0 };
  let count = 0;
  for (const slot of slots) {
    if (slot.start < period.start || slot.start >= period.end || isEmpty(slot)) continue;
    sum.value += slot.value;
    sum.estimated += slot.estimated;
    sum.covered += slot.covered;
    sum.quality = Math.max(sum.quality, slot.quality);
    sum.marks |= slot.marks;
    sum.readings += slot.readings;
    count++;
  }
  return writeTotal(sum, count, point, period);
}

type Sum = Pick<Slot, 'value' | 'estimated' | 'covered' | 'quality' | 'marks' | 'readings'>;

export const writeTotal = (sum: Sum, count: number, point: PointId, { start, end }: Period): Total => ({
  value: count === 0 ? null : fromSteps(sum.value, point),
  steps: sum.value,
  estimated: fromSteps(sum.estimated, point),
  coverage: Math.min(1, sum.covered / (end - start)),
  quality: sum.quality,
  marks: sum.marks,
  slots: count,
  readings: sum.readings,
});

export const qualityWord = (total: {
  quality: number;
  estimated: number;
}): 'good' | 'estimated' | 'uncertain' | 'bad' =>
  levelOf(total.quality) === 'good' && total.estimated > 0 ? 'estimated' : levelOf(total.quality);
