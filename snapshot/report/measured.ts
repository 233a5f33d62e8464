// Owns what a plant used in any period: the account and the flow of its slots, with what the ledger booked within it.
import { Calendar, day, type Period, slotLength } from '../../core/calendar.ts';
import type { Site } from '../../core/config/site.ts';
import { exitCodes, Fault } from '../../core/fault.ts';
import type { Ledger, Revision } from '../../core/ledger.ts';
import { seriesName } from '../../core/sample.ts';
import { type Slot, totalOf } from '../../core/slots.ts';
import type { Store } from '../../core/store.ts';
import { type Account, accountFor } from '../../scoring/emissions.ts';
import { type EnergyFlow, flowOf } from '../../scoring/energy-flow.ts';
import { type Inputs, seriesOf } from '../../scoring/inputs.ts';
import { partsOf, type ReportPeriod } from './period.ts';

export type Measured = {
  inputs: Inputs;
  account: Account;
  flow: EnergyFlow;
  /** Bookings that reach over an end of the period: their amount within it is nobody's to say. */
  split: string[];
};

export type Source = {
  site: Site;
  /** With the ledger's corrections in its slots. */
  store: Pick<Store, 'slots' | 'facts'>;
  ledger: Pick<Ledger, 'current'>;
};

/** Longer periods are summed over days: sums of slots are the same, and there are a hundred times fewer. */
const longestByQuarters = 3 * day;

/** A period that is not over is told up to its last whole slot, or its last whole day where it is made of days. */
export function reached({ period, span, name }: ReportPeriod, now: number, calendar: Calendar): number {
  const until = span === 'day' ? Math.floor(now / slotLength) * slotLength : calendar.dayOf(now).start;
  if (until > period.start) return Math.min(period.end, until);
  throw new Fault(
    'period_empty',
    {
      zh: `${name.zh}尚无完整的${span === 'day' ? '时段' : '一天'}：请选择更早的期间`,
      en: `${name.en} has no whole ${span === 'day' ? 'slot' : 'day'} yet: choose an earlier period`,
    },
    { exitCode: exitCodes.data },
  );
}

export async function measure({ site, store, ledger }: Source, asked: ReportPeriod, end: number): Promise<Measured> {
  const calendar = new Calendar(site.timezone);
  const period = { start: asked.period.start, end };
  const keys = seriesOf(site);
  const slots = await store.slots(keys, end - period.start > longestByQuarters ? 'day' : 'quarter', period);
  const { kept, split } = within(ledger.current(), calendar, period);
  const inputs: Inputs = {
    site,
    year: asked.year,
    period,
    slots: new Map(keys.map((key, index) => [seriesName(key), slots[index] ?? []])),
    facts: new Map((await store.facts()).map((facts) => [seriesName(facts), facts])),
    ledger: kept,
  };
  return { inputs, account: accountFor(inputs), flow: flowOf(inputs), split };
}

/** Of the ledger's bookings, those whose days all lie in the period. */
function within(all: readonly Revision[], calendar: Calendar, { start, end }: Period) {
  const [first, last] = [calendar.formatDay(start), calendar.formatDay(end - 1)];
  const split: string[] = [];
  const kept = all.filter(({ entry }) => {
    if (entry.kind !== 'booking') return true;
    const inside = entry.from >= first && entry.to <= last;
    if (!inside && entry.from <= last && entry.to >= first) split.push(entry.id);
    return inside;
  });
  return { kept, split };
}

export type Part = { name: string; electricity: number | null; fuel: number | null; heat: number | null };

/** Hour by hour, day by day or month by month: what came in by meters, without what is booked. */
export function courseOf({ inputs }: Measured, asked: ReportPeriod): Part[] {
  const calendar = new Calendar(inputs.site.timezone);
  const site = {
    ...inputs.site,
    meters: inputs.site.meters.filter(({ role }) => role !== 'feeder'),
    virtual: inputs.site.virtual.filter(({ role }) => role !== 'feeder'),
  };
  const own = seriesOf(site).map(seriesName);
  return partsOf(asked, calendar)
    .filter(({ period }) => period.start < inputs.period.end)
    .map(({ name, period: whole }) => {
      const period = { start: whole.start, end: Math.min(whole.end, inputs.period.end) };
      const cut = (slots: readonly Slot[]) => slots.filter(({ start }) => start >= period.start && start < period.end);
      const slots = new Map(own.map((one) => [one, cut(inputs.slots.get(one) ?? [])]));
      const account = accountFor({ ...inputs, site, slots, period, ledger: [] });
      return {
        name,
        electricity: account.electricity_consumed.trace.value,
        fuel: account.energy_fuels.trace.value,
        heat: account.heat_purchased.trace.value,
      };
    });
}

export const seriesTotals = ({ inputs }: Measured) =>
  seriesOf(inputs.site).map((key) => ({
    ...key,
    ...totalOf(inputs.slots.get(seriesName(key)) ?? [], key.point, inputs.period),
  }));
