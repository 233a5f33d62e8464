// Owns how far slots must be made again: what a late reading reaches, what new knowledge of a device reaches, and the reading of it.
import { type Calendar, day, type Period } from '../../core/calendar.ts';
import { canonicalJson } from '../../core/canonical.ts';
import { points, toSteps } from '../../core/points.ts';
import { countsInTotals } from '../../core/quality.ts';
import type { SeriesFacts, SeriesKey } from '../../core/sample.ts';
import type { Around } from '../../core/store.ts';
import type { SampleSource } from './read-ahead.ts';
import { SeriesSlots } from './series-slots.ts';

export const forever = Number.MAX_SAFE_INTEGER;

/** Around a stretch of a counter only readings that count matter; of a gauge any reading ends the hold of the one before it. */
const aroundOf = ({ point }: SeriesKey): Around => (points[point].kind === 'counter' ? 'counting' : 'any');

/** A day before which nothing can have changed by a reading at this time. */
export async function startOfChange(
  store: SampleSource,
  key: SeriesKey,
  at: number,
  calendar: Calendar,
): Promise<number> {
  return calendar.dayOf(await reach(store, key, at, 'before')).start;
}

/** The end of a day, and another one, after which nothing can have changed. */
export async function endOfChange(
  store: SampleSource,
  key: SeriesKey,
  at: number,
  calendar: Calendar,
): Promise<number> {
  return calendar.dayOf(calendar.dayOf(await reach(store, key, at, 'after')).end).end;
}

/** How far a reading reaches: to the third that counts on its side, because one of them may be doubted and another confirm it. */
async function reach(store: SampleSource, key: SeriesKey, at: number, side: 'before' | 'after'): Promise<number> {
  const isBefore = side === 'before';
  for (let edge = isBefore ? at - day : at + 1 + day; ; ) {
    const period = isBefore ? { start: edge, end: at } : { start: at + 1, end: edge };
    const { time, quality } = await store.samples(key, period, 'counting');
    const counting = time.filter(
      (one, row) => (isBefore ? one < at : one > at) && countsInTotals(quality[row] as number),
    );
    const third = isBefore ? counting.at(-3) : counting[2];
    const furthest = (isBefore ? counting[0] : counting.at(-1)) ?? at;
    if (third !== undefined) return third;
    if (isBefore ? furthest >= edge : furthest < edge) return furthest;
    edge = isBefore ? furthest : furthest + 1;
  }
}

/** The readings of a period as slots. With a lead-in: what a doubtful reading at midnight meant shows only with those before it. */
export async function slotsFrom(
  store: SampleSource,
  key: SeriesKey,
  facts: SeriesFacts | undefined,
  { start, end }: Period,
  calendar: Calendar,
): Promise<SeriesSlots> {
  const leadIn = Math.min(start - day, await reach(store, key, start, 'before'));
  const { time, value, quality } = await store.samples(key, { start: leadIn, end }, aroundOf(key));
  const slots = new SeriesSlots(key.point, facts, calendar);
  for (let row = 0; row < time.length; row++) {
    const reading = value[row] as number | null;
    slots.push(time[row] as number, reading === null ? null : toSteps(reading, key.point), quality[row] as number);
  }
  return slots;
}

/** From when on what is known now makes a difference; other devices before count from their own beginning. */
export function changedFrom(known: SeriesFacts | undefined, now: SeriesFacts, newest: number): number | undefined {
  if (known === undefined) return newest;
  const [before, after] = [known.installations, now.installations];
  const fromOf = (index: number) => Math.min(before[index]?.from ?? forever, after[index]?.from ?? forever);
  for (let index = 0; index < Math.max(before.length, after.length); index++) {
    const [old, one] = [before[index], after[index]];
    if (canonicalJson(old ?? null) === canonicalJson(one ?? null)) continue;
    if (index > 0) return fromOf(index);
    if ((old?.multiplier ?? 1) !== (one?.multiplier ?? 1)) return 0;
    // The first device also stands for the time before it was known; only where it ends can something change.
    if (Math.max(before.length, after.length) > 1) return fromOf(1);
  }
  return known.modulus === now.modulus && known.maxPerHour === now.maxPerHour ? undefined : newest;
}
