// Owns what each workshop used in a period, against the period before, and how much of it flowed all the time, work or not.
import { setImmediate } from 'node:timers/promises';
import { type Period, slotLength } from '../core/calendar.ts';
import type { Site } from '../core/config/site.ts';
import { fromSteps } from '../core/points.ts';
import { type Slot, totalOf } from '../core/slots.ts';
import type { Reader } from './inputs.ts';

export type WorkshopUse = {
  meter: string;
  kWh: number | null;
  coverage: number;
  /** In the period that it is compared with. */
  before: number | null;
  /** The power that it stays above in nine quarters of an hour out of ten: what runs whether anybody works or not. */
  standbyKW: number | null;
  /** Of the energy, the part at or below that power. */
  standbyKWh: number | null;
};

const point = 'energy_import';
/** A day's worth: of less nothing is said. */
const fewestSlots = 96;
const wholeFrom = 0.99;

/** Of slots that readings cover whole; a gap that is only assumed to be even would look like standby. */
export function standbyOf(slots: readonly Slot[]): { kW: number; kWh: number } | null {
  const whole = slots.filter(({ covered, estimated }) => covered >= wholeFrom * slotLength && estimated === 0);
  const amounts = Float64Array.from(whole, ({ value }) => fromSteps(value, point)).sort();
  if (amounts.length < fewestSlots) return null;
  const level = amounts[Math.floor(amounts.length / 10)] as number;
  return { kW: level * 4, kWh: amounts.reduce((sum, amount) => sum + Math.min(amount, level), 0) };
}

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
  const uses: WorkshopUse[] = [];
  for (const [index, { id }] of meters.entries()) {
    await setImmediate(); // a year of many meters takes long: others are served between two of them
    const slots = now[index] ?? [];
    const { value, coverage } = totalOf(slots, point, period);
    const standby = standbyOf(slots);
    uses.push({
      meter: id,
      kWh: value,
      coverage,
      before: before === null ? null : totalOf(then[index] ?? [], point, before).value,
      standbyKW: standby?.kW ?? null,
      standbyKWh: standby?.kWh ?? null,
    });
  }
  return uses;
}
