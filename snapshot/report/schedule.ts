// Owns croner: when a schedule of cron's five fields comes next and came last, by the plant's own clock.
import { Cron } from 'croner';

export const nextAfter = (at: string, zone: string, time: number): number | null =>
  new Cron(at, { timezone: zone }).nextRun(new Date(time))?.getTime() ?? null;

/** Null: it never came. */
export const lastUpTo = (at: string, zone: string, time: number): number | null =>
  new Cron(at, { timezone: zone }).previousRuns(1, new Date(time + 1_000))[0]?.getTime() ?? null;
