// Owns readings whose clock cannot be right: they are kept apart with their reason, the rest of their batch is stored.
import { Fault } from '../core/fault.ts';
import { type Batch, rowsOf } from '../core/sample.ts';
import { firstSound, mostAhead } from '../core/sound-time.ts';

const faults = {
  past: (first: number) =>
    new Fault('clock_past', {
      zh: `读数的时间早于 2000 年（${date(first)}）：检查设备或网关的时钟`,
      en: `readings from before the year 2000 (${date(first)}): look at the clock of the device or gateway`,
    }),
  future: (first: number) =>
    new Fault('clock_future', {
      zh: `读数的时间在 5 分钟以后（${date(first)}）：检查设备或网关的时钟`,
      en: `readings from more than 5 minutes ahead (${date(first)}): look at the clock of the device or gateway`,
    }),
};

const date = (time: number): string => new Date(time).toISOString();

export type Split = { sound: Batch; apart: { batch: Batch; reason: Fault }[] };

/** Nearly every batch is sound, and is given back as it is. */
export function withoutClockNonsense(batch: Batch, now: number): Split {
  const side = (time: number) => (time < firstSound ? 'past' : time > now + mostAhead ? 'future' : 'sound');
  if (allWithin(batch.time, firstSound, now + mostAhead)) return { sound: batch, apart: [] };
  const rows = Map.groupBy(batch.time.keys(), (row) => side(batch.time[row] as number));
  const apart = (['past', 'future'] as const).flatMap((name) => {
    const [first, ...others] = rows.get(name) ?? [];
    if (first === undefined) return [];
    return [{ batch: rowsOf(batch, [first, ...others]), reason: faults[name](batch.time[first] as number) }];
  });
  return { sound: { ...rowsOf(batch, rows.get('sound') ?? []), lost: batch.lost }, apart };
}

function allWithin(times: readonly number[], first: number, last: number): boolean {
  for (const time of times) if (time < first || time > last) return false;
  return true;
}
