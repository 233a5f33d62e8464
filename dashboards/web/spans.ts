// Owns the arithmetic of the page's ranges: the last seven days, what a range is compared with, how much of it has passed, and how days are written.
import { type Calendar, day, type Period } from '../../core/calendar.ts';

export const comparisons = ['none', 'before', 'week', 'year'] as const;
export type Comparison = (typeof comparisons)[number];

/** Seven days, of which the day of `now` is the last. Noon: where clocks change, a day is not 24 hours long. */
export function lastWeek(now: number, plant: Calendar): Period {
  const today = plant.dayOf(now);
  return { start: plant.dayOf(today.start + day / 2 - 6 * day).start, end: today.end };
}

const isMonthStart = (time: number, plant: Calendar): boolean => plant.monthOf(time).start === time;

/** Of a range that is exactly a month, a quarter or a year of the calendar: how many months it has. */
function unitOf({ start, end }: Period, plant: Calendar): number | null {
  if (!isMonthStart(start, plant)) return null;
  const { year, month } = plant.local(start);
  const fits = (months: number) => (month - 1) % months === 0 && plant.startOf(year, month + months) === end;
  return [1, 3, 12].find(fits) ?? null;
}

/** A month or a year that has only begun: the same days of the one before. The 31st of a month that has none is its end. */
function begunBefore({ start, end }: Period, plant: Calendar): Period | null {
  if (!isMonthStart(start, plant)) return null;
  const { year, month } = plant.local(start);
  const last = plant.local(end - 1);
  if (last.year !== year) return null;
  const months = last.month === month ? 1 : month === 1 ? 12 : null;
  if (months === null) return null;
  const whole = plant.startOf(year, last.month - months + 1);
  return {
    start: plant.startOf(year, month - months),
    end: Math.min(whole, plant.startOf(year, last.month - months, last.day + 1)),
  };
}

/** A month is compared with the month before, however long that was, as reports do; other ranges with as many days. */
export function compared(range: Period, how: Comparison, plant: Calendar): Period | null {
  if (how === 'none') return null;
  const unit = how === 'before' ? unitOf(range, plant) : null;
  if (unit !== null) {
    const { year, month } = plant.local(range.start);
    return { start: plant.startOf(year, month - unit), end: range.start };
  }
  const begun = how === 'before' ? begunBefore(range, plant) : null;
  if (begun !== null) return begun;
  const moved = (time: number): number => {
    if (how === 'year') {
      const { year, month, day: date } = plant.local(time);
      return plant.startOf(year - 1, month, date);
    }
    const days = how === 'week' ? 7 : Math.round((range.end - range.start) / day);
    return plant.dayOf(time + day / 2 - days * day).start;
  };
  return { start: moved(range.start), end: moved(range.end) };
}

/** Whether the months of two ranges stand side by side, whole beside whole. */
export const monthsAlign = (one: Period, other: Period, plant: Calendar): boolean =>
  [one, other].every(({ start }) => isMonthStart(start, plant)) ||
  plant.formatDay(one.start).slice(5) === plant.formatDay(other.start).slice(5);

/** 2026-09-01 – 09-30: the year is written again only where it is another. */
export function daysText({ start, end }: Period, plant: Calendar): string {
  const [first, last] = [plant.formatDay(start), plant.formatDay(end - 1)];
  if (first === last) return first;
  return `${first} – ${first.slice(0, 4) === last.slice(0, 4) ? last.slice(5) : last}`;
}

/** The share of a period that has passed; null when it is over. */
export const elapsedOf = ({ start, end }: Period, now: number): number | null =>
  now >= end ? null : Math.max(0, now - start) / (end - start);

/** Of a coverage of the whole period, that of the part that has passed: what has not been cannot be missing. */
export const coverageSoFar = (coverage: number, elapsed: number | null): number =>
  elapsed === null || elapsed === 0 ? coverage : Math.min(1, coverage / elapsed);
