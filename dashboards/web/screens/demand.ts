// Owns what a load curve says: demands by the hour, their maximum with its time, and which slots may not be read so.
import { type Calendar, slotLength } from '../../../core/calendar.ts';
import type { LoadCurve } from '../../api/answers.ts';

const slotsAnHour = 4;

/** Demands that are sure, and apart from them what a gap's ends only prove as a sum. */
export function demandsOf({ amount, whole }: LoadCurve): { demands: (number | null)[]; pale: (number | null)[] } {
  const hourly = (one: number | null) => (one === null ? null : one * slotsAnHour);
  return {
    demands: amount.map((one, at) => (whole[at] === 1 ? hourly(one) : null)),
    pale: amount.map((one, at) => (whole[at] === 1 ? null : hourly(one))),
  };
}

export type Summary = {
  total: number | null;
  mean: number | null;
  maximum: number | null;
  /** The slot's place in the curve. */
  maximumAt: number | null;
  incomplete: number;
};

/** Of the slots from `from` up to, not including, `to`: a year of them is looked through more than once. */
export function summaryOf({ amount, whole }: LoadCurve, from = 0, to = amount.length): Summary {
  let total = 0;
  let known = 0;
  let sure = 0;
  let count = 0;
  let incomplete = 0;
  let [maximum, maximumAt]: [number | null, number | null] = [null, null];
  for (let at = from; at < to; at++) {
    const one = amount[at] ?? null;
    if (one !== null) {
      total += one;
      known++;
    }
    if (whole[at] !== 1) {
      incomplete++;
      continue;
    }
    const demand = (one ?? 0) * slotsAnHour;
    sure += demand;
    count++;
    if (maximum === null || demand > maximum) {
      maximum = demand;
      maximumAt = at;
    }
  }
  return {
    total: known === 0 ? null : total,
    mean: count === 0 ? null : sure / count,
    maximum,
    maximumAt,
    incomplete,
  };
}

/** The same for each day of the plant; the place of its maximum is counted from the day's first slot. */
export function byDay(curve: LoadCurve, plant: Calendar): (Summary & { start: number })[] {
  const days: (Summary & { start: number })[] = [];
  for (let first = 0; first < curve.amount.length; ) {
    const start = curve.start + first * slotLength;
    const next = Math.min(curve.amount.length, (plant.dayOf(start).end - curve.start) / slotLength);
    const summary = summaryOf(curve, first, next);
    days.push({ ...summary, maximumAt: summary.maximumAt === null ? null : summary.maximumAt - first, start });
    first = next;
  }
  return days;
}
