// Owns what is usual for a meter: the median of each quarter of an hour over past days, working days and weekends apart.
import { type Calendar, slotLength } from '../../core/calendar.ts';
import type { LoadCurve } from '../api/answers.ts';

/** Fewer days say nothing. */
const fewest = 5;

export type Usual = { week: (number | null)[]; weekend: (number | null)[] };

const kilowatts = (amount: number): number => amount * 4;

export const isWeekend = (time: number, calendar: Calendar): boolean =>
  [0, 6].includes(new Date(time + calendar.offsetAt(time)).getUTCDay());

const quarterOf = (time: number, calendar: Calendar): number => {
  const { hour, minute } = calendar.local(time);
  return hour * 4 + Math.floor(minute / 15);
};

export function median(values: readonly number[]): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const [low, high] = [sorted[(sorted.length - 1) >> 1], sorted[middle]];
  return low === undefined || high === undefined ? null : (low + high) / 2;
}

/** kW; only of quarters that readings cover whole. */
export function usualOf(curve: LoadCurve, calendar: Calendar): Usual {
  const seen = {
    week: Array.from({ length: 96 }, () => [] as number[]),
    weekend: Array.from({ length: 96 }, () => [] as number[]),
  };
  for (const [at, amount] of curve.amount.entries()) {
    if (amount === null || curve.whole[at] !== 1) continue;
    const time = curve.start + at * slotLength;
    seen[isWeekend(time, calendar) ? 'weekend' : 'week'][quarterOf(time, calendar)]?.push(kilowatts(amount));
  }
  const medians = (lists: number[][]) => lists.map((list) => (list.length < fewest ? null : median(list)));
  return { week: medians(seen.week), weekend: medians(seen.weekend) };
}

export const usualAt = (usual: Usual, time: number, calendar: Calendar): number | null =>
  usual[isWeekend(time, calendar) ? 'weekend' : 'week'][quarterOf(time, calendar)] ?? null;

export const mostOf = ({ week, weekend }: Usual): number =>
  Math.max(0, ...[...week, ...weekend].map((one) => one ?? 0));

/** kW of each quarter; null where its demand is not known. */
export const demandsOf = ({ start, amount, whole }: LoadCurve): { start: number; value: number | null }[] =>
  amount.map((one, at) => ({
    start: start + at * slotLength,
    value: one === null || whole[at] !== 1 ? null : kilowatts(one),
  }));

/** Hours may go over midnight: from 22 to 6. */
export function isWithin(time: number, from: number, to: number, calendar: Calendar): boolean {
  const { hour, minute } = calendar.local(time);
  const clock = hour + minute / 60;
  return from <= to ? clock >= from && clock < to : clock >= from || clock < to;
}
