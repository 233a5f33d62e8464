// Owns today's energy flow: where the electricity came from and where it went, from midnight at the plant to the last whole slot.
import { Calendar, type Period, slotStart } from '../core/calendar.ts';
import { counterOf, metersIn } from '../core/config/roles.ts';
import type { Site } from '../core/config/site.ts';
import type { MeterConfig } from '../core/config/site-schema.ts';
import type { PointId } from '../core/points.ts';
import { type Slot, type Total, totalOf, writtenWithin } from '../core/slots.ts';
import type { Text } from '../core/text.ts';
import type { RateFactors } from './carbon-rate.ts';
import type { Reader } from './inputs.ts';

export type Flow = { id: string; name: Text; kWh: number | null; coverage: number };

export type TodaysFlow = {
  /** Up to the end of the last quarter of an hour that is over: where the cost and the demand of the day end too. */
  period: Period;
  /** Both sides add up to the same when every meter is known. */
  sources: Flow[];
  uses: Flow[];
  /** Kilograms of CO2e since midnight, at the factors of the live rate; null when a metered source is not known. */
  carbon: number | null;
};

/** In kWh, the step in which the page writes energy: by less than it, meters that agree may seem to disagree. */
const resolution = 1;

/** Less than nothing cannot be used; what is more than the meters' resolution below it is an error to be shown. */
export const remainderOf = (supplied: number, metered: number): number => {
  const rest = supplied - metered;
  return rest < 0 && rest > -resolution ? 0 : rest;
};

/** In the first minutes of a day nothing has passed, and nothing is missing. */
function totalSoFar(slots: readonly Slot[], point: PointId, period: Period): Total {
  const total = totalOf(slots, point, period);
  return period.end > period.start ? total : { ...total, coverage: 1 };
}

export async function todaysFlow(
  site: Site,
  store: Pick<Reader, 'slots'>,
  factors: RateFactors,
  now: number,
): Promise<TodaysFlow> {
  const day = { start: new Calendar(site.timezone).dayOf(now).start, end: now };
  const period = { start: day.start, end: Math.max(day.start, slotStart(now - writtenWithin)) };
  const amountOf = async (
    role: MeterConfig['role'],
    point: PointId,
    carrier?: MeterConfig['carrier'],
  ): Promise<{ amount: number | null; coverage: number }> => {
    const meters = metersIn(site.meters, role, carrier);
    if (meters.length === 0) return { amount: 0, coverage: 1 };
    const slots = await store.slots(
      meters.map((meter) => ({ meter: meter.id, point: counterOf(meter, point) })),
      'quarter',
      day,
    );
    const totals = slots.map((list) => totalSoFar(list, point, period));
    const values = totals.map(({ value }) => value);
    return {
      amount: values.includes(null) ? null : values.reduce<number>((sum, value) => sum + (value ?? 0), 0),
      coverage: Math.min(...totals.map(({ coverage }) => coverage)),
    };
  };
  const of = async (role: MeterConfig['role'], point: PointId): Promise<{ kWh: number | null; coverage: number }> => {
    const { amount, coverage } = await amountOf(role, point);
    return { kWh: amount, coverage };
  };
  const [imported, exported, generated, gas, heat] = await Promise.all([
    of('grid_import', 'energy_import'),
    of('grid_export', 'energy_export'),
    of('generation', 'energy_generated'),
    amountOf('fuel', 'gas_volume', 'natural_gas'),
    amountOf('heat', 'heat_energy'),
  ]);
  const feeders = metersIn(site.meters, 'feeder');
  const lists = await store.slots(
    feeders.map((meter) => ({ meter: meter.id, point: counterOf(meter, 'energy_import') })),
    'quarter',
    day,
  );
  const uses: Flow[] = feeders.map(({ id, name }, index) => {
    const { value, coverage } = totalSoFar(lists[index] ?? [], 'energy_import', period);
    return { id, name, kWh: value, coverage };
  });
  const all = [imported.kWh, generated.kWh, exported.kWh, ...uses.map(({ kWh }) => kWh)];
  const supplied = (imported.kWh ?? 0) + (generated.kWh ?? 0) - (exported.kWh ?? 0);
  const unmetered = all.includes(null)
    ? null
    : remainderOf(
        supplied,
        uses.reduce((sum, { kWh }) => sum + (kWh ?? 0), 0),
      );
  const coverage = Math.min(
    imported.coverage,
    exported.coverage,
    generated.coverage,
    ...uses.map((use) => use.coverage),
  );
  const emitted = [
    [imported.kWh, factors.perKilowattHour],
    [gas.amount, factors.perNormalCubicMetre],
    [heat.amount, factors.perGigajoule],
  ] as const;
  return {
    period,
    carbon: emitted.some(([amount]) => amount === null)
      ? null
      : emitted.reduce((sum, [amount, factor]) => sum + (amount ?? 0) * factor, 0),
    sources: [
      { id: 'grid', name: { zh: '下网', en: 'grid' }, ...imported },
      { id: 'generation', name: { zh: '光伏', en: 'PV' }, ...generated },
    ],
    uses: [
      ...uses,
      { id: 'unmetered', name: { zh: '未计量', en: 'not metered' }, kWh: unmetered, coverage },
      { id: 'export', name: { zh: '上网', en: 'export' }, ...exported },
    ],
  };
}
