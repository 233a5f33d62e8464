// Owns what each workshop used in a period, against the period before, and how much of it flowed all the time, work or not.
import { setImmediate } from 'node:timers/promises';
import { Calendar, type Period } from '../core/calendar.ts';
import type { Site } from '../core/config/site.ts';
import { fromSteps } from '../core/points.ts';
import { isWhole, type Slot, totalOf } from '../core/slots.ts';
import type { Reader } from './inputs.ts';

export type WorkshopUse = {
  meter: string;
  kWh: number | null;
  coverage: number;
  /** In the period that it is compared with. */
  before: number | null;
  /** The power that a day of work stays above nine tenths of its time, as the middle one of such days has it. */
  standbyKW: number | null;
  /** Of the energy, the part at or below that power. */
  standbyKWh: number | null;
};

const point = 'energy_import';
/** Of a day with fewer quarters of an hour nothing is said: the one that is running, or one with a long gap. */
const fewestSlots = 86;
/**
 * Of slots that readings cover whole; a gap that is only assumed to be even would look like standby. A day on which
 * less than half of the greatest day was used has no work in it: how many of them there are moves nothing.
 */
export function standbyOf(slots: readonly Slot[], calendar: Calendar): { kW: number; kWh: number } | null {
  const whole = slots.filter(isWhole);
  const days = daysOf(whole, calendar)
    .filter((amounts) => amounts.length >= fewestSlots)
    .map((amounts) => ({
      mean: amounts.reduce((sum, amount) => sum + amount, 0) / amounts.length,
      level: amounts.sort()[Math.floor(amounts.length / 10)] as number,
    }));
  const greatest = Math.max(...days.map(({ mean }) => mean));
  const levels = Float64Array.from(
    days.filter(({ mean }) => mean >= greatest / 2),
    ({ level }) => level,
  ).sort();
  const level = levels[Math.floor((levels.length - 1) / 2)];
  if (level === undefined) return null;
  return { kW: level * 4, kWh: whole.reduce((sum, { value }) => sum + Math.min(fromSteps(value, point), level), 0) };
}

/** The amounts of each day of the plant, of slots in the order of time. */
function daysOf(slots: readonly Slot[], calendar: Calendar): Float64Array[] {
  const days: number[][] = [];
  let end = Number.NEGATIVE_INFINITY;
  for (const { start, value } of slots) {
    if (start >= end) {
      end = calendar.dayOf(start).end;
      days.push([]);
    }
    days.at(-1)?.push(fromSteps(value, point));
  }
  return days.map((amounts) => Float64Array.from(amounts));
}

/** Where the most flows whether anybody works or not comes first; of whom nothing is known, last. */
export const heaviestFirst = (uses: readonly WorkshopUse[]): WorkshopUse[] =>
  [...uses].sort((one, other) => (other.standbyKWh ?? -1) - (one.standbyKWh ?? -1));

/** A month that is over is compared with a whole month, also a longer one; one that runs, with as much time as has passed. */
export function earlierOf(asked: Period, passed: number, start: number, end?: number): Period {
  const asLong = start + passed - asked.start;
  if (end === undefined) return { start, end: asLong };
  return { start, end: passed >= asked.end ? end : Math.min(end, asLong) };
}

export async function workshopUses(
  site: Site,
  store: Pick<Reader, 'slots'>,
  period: Period,
  before: Period | null,
): Promise<WorkshopUse[]> {
  const meters = site.meters.filter(({ role, carrier }) => role === 'feeder' && carrier === 'electricity');
  const keys = meters.map(({ id }) => ({ meter: id, point }) as const);
  const [now, then] = await Promise.all([
    store.slots(keys, 'quarter', period),
    before === null ? [] : store.slots(keys, 'quarter', before),
  ]);
  const calendar = new Calendar(site.timezone);
  const uses: WorkshopUse[] = [];
  for (const [index, { id }] of meters.entries()) {
    await setImmediate(); // a year of many meters takes long: others are served between two of them
    const slots = now[index] ?? [];
    const { value, coverage } = totalOf(slots, point, period);
    const standby = standbyOf(slots, calendar);
    uses.push({
      meter: id,
      kWh: value,
      coverage,
      before: before === null ? null : totalOf(then[index] ?? [], point, before).value,
      standbyKW: standby?.kW ?? null,
      standbyKWh: standby?.kWh ?? null,
    });
  }
  return heaviestFirst(uses);
}
