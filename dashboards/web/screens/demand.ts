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

export function summaryOf({ amount, whole }: LoadCurve): Summary {
  let total = 0;
  let known = 0;
  let sure = 0;
  let count = 0;
  let incomplete = 0;
  let [maximum, maximumAt]: [number | null, number | null] = [null, null];
  for (const [at, one] of amount.entries()) {
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
    if (maximum === null || demand > maximum) [maximum, maximumAt] = [demand, at];
  }
  return {
    total: known === 0 ? null : total,
    mean: count === 0 ? null : sure / count,
    maximum,
    maximumAt,
    incomplete,
  };
}

/** The same for each day of the plant. */
export function byDay(curve: LoadCurve, plant: Calendar): (Summary & { start: number })[] {
  const days: (Summary & { start: number })[] = [];
  for (let first = 0; first < curve.amount.length; ) {
    const start = curve.start + first * slotLength;
    const next = (plant.dayOf(start).end - curve.start) / slotLength;
    days.push({
      start,
      ...summaryOf({ start, amount: curve.amount.slice(first, next), whole: curve.whole.slice(first, next) }),
    });
    first = next;
  }
  return days;
}
