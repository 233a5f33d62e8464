// Owns the arithmetic of the page's ranges: the seven days that end today.
import { type Calendar, day, type Period } from '../../core/calendar.ts';

/** Seven days, of which the day of `now` is the last. Noon: where clocks change, a day is not 24 hours long. */
export function lastWeek(now: number, plant: Calendar): Period {
  const today = plant.dayOf(now);
  return { start: plant.dayOf(today.start + day / 2 - 6 * day).start, end: today.end };
}
