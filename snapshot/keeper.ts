// Owns the snapshots that nobody has to ask for: the closed year after its grace, the month's draft, and what was missed.

import { existsSync } from 'node:fs';
import { Calendar, day, hour, minute } from '../core/calendar.ts';
import { messageOf } from '../core/fault.ts';
import type { Log } from '../core/log.ts';
import { seriesOf } from '../scoring/inputs.ts';
import { plantKey } from './key.ts';
import { citeSealed, draftYear, type Made, sealYear, type Workshop } from './make.ts';
import { draftName, fileOf, sealedIn, shelfOf, sweepShelf } from './shelf.ts';

/** Runs beside the plant until the signal. What fails is told and tried again in an hour; it stops nothing else. */
export async function keepSnapshots(shop: Workshop, log: Log, signal: AbortSignal): Promise<void> {
  const attempt = async (work: () => Promise<void> | void) => {
    try {
      await work();
    } catch (error) {
      log.error({ reason: messageOf(error) }, 'a snapshot could not be made');
    }
  };
  const slept = (wait: number) =>
    shop.clock.sleep(wait, signal).then(
      () => true,
      () => false, // given up: the plant ends
    );
  await attempt(() => {
    plantKey(shop.dataFolder);
    sweepShelf(shelfOf(shop.dataFolder));
  });
  for (
    let wait = minute;
    await slept(wait);
    wait = hour // the first minute belongs to the start
  )
    await attempt(async () => {
      for (const { file, hash } of await makeDue(shop)) log.info({ file, hash }, 'a snapshot was made');
    });
}

/** Years that were missed while the machine was off come first, in their order. */
export async function makeDue(shop: Workshop): Promise<Made[]> {
  const { site, clock, dataFolder } = shop;
  const calendar = new Calendar(site.timezone);
  const shelf = shelfOf(dataFolder);
  const due = calendar.yearOf(clock.now() - site.snapshots.graceDays * day) - 1;
  const last = Math.max(...sealedIn(shelf).map(({ year }) => year));
  citeSealed(shop); // what a crash left untold
  const made: Made[] = [];
  for (let year = Number.isFinite(last) ? last + 1 : (site.snapshots.since ?? due); year <= due; year++)
    if (await hasReadings(shop, calendar.year(year))) made.push(await sealYear(shop, year));
  const closed = calendar.monthOf(calendar.monthOf(clock.now()).start - 1);
  const { year, month } = calendar.local(closed.start);
  const isOpen = year > due && sealedIn(shelf).every((one) => one.year !== year);
  if (isOpen && !existsSync(fileOf(shelf, draftName(year, month))) && (await hasReadings(shop, closed)))
    made.push(await draftYear(shop, year, month));
  return made;
}

async function hasReadings({ site, store }: Workshop, period: { start: number; end: number }): Promise<boolean> {
  const days = await store.slots(seriesOf(site), 'day', period);
  return days.some((slots) => slots.length > 0);
}
