// Owns how long readings are kept: by the kind of their point, and for ever where a sealed snapshot cites them. Slots always stay.
import { type Calendar, day, type Period } from './calendar.ts';
import type { Revision } from './ledger.ts';
import { type PointKind, points } from './points.ts';
import { type SeriesKey, seriesName } from './sample.ts';

/** Milliseconds; a kind that is not named is kept for ever. */
export type Retention = Partial<Record<PointKind, number | undefined>>;

type Cited = { period: Period; series: readonly string[] | undefined };

/** What the first and the last slot of a period were made from lies beside it. */
const margin = 2 * day;

/** Every seal that was ever written: nothing takes one back. */
export function citedIn(history: readonly Revision[], calendar: Calendar): Cited[] {
  return history.flatMap(({ entry }): Cited[] => {
    if (entry.kind !== 'seal') return [];
    const at = (date: string, days: number) => {
      const [year = 0, month = 1, dayOfMonth = 1] = date.split('-').map(Number);
      return calendar.startOf(year, month, dayOfMonth + days);
    };
    return [{ period: { start: at(entry.from, 0) - margin, end: at(entry.to, 1) + margin }, series: entry.series }];
  });
}

/** Tells of which series the readings of a period may go. */
export function mayGo(
  retention: Retention,
  cited: readonly Cited[],
  now: number,
): (key: SeriesKey, period: Period) => boolean {
  return (key, { start, end }) => {
    const kept = retention[points[key.point].kind];
    if (kept === undefined || end > now - kept) return false;
    const name = seriesName(key);
    return !cited.some(
      ({ period, series }) => period.start < end && period.end > start && (series?.includes(name) ?? true),
    );
  };
}
