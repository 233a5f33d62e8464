// Owns a year's emissions by month and source: what meters read in a month, and what is only known over longer, spread over its days.
import { Calendar, day, type Period } from '../../core/calendar.ts';
import type { Revision } from '../../core/ledger.ts';
import { Rational } from '../../core/rational.ts';
import type { Text } from '../../core/text.ts';
import { isSilent, metersOfWay, standingBills } from '../account/grid.ts';
import { accountFor, type EmissionSource, sourcesOf } from '../emissions.ts';
import type { Inputs } from '../inputs.ts';
import { slotsWithin } from '../packed-slots.ts';

export type MonthlySource = {
  id: string;
  name: Text;
  scope: EmissionSource['scope'];
  /** tCO2e; of it `apportioned` is known only over a longer time, and was spread over its days. */
  emission: Rational;
  apportioned: Rational;
  activity: Rational | null;
  /** Share of the month that the meters' readings cover; null without a meter. */
  coverage: number | null;
  /** A meter of it has no readings: what is here is a part. */
  missing: boolean;
};

export type EmissionMonth = Period & { month: number; sources: MonthlySource[] };

/** They add up to the year's own figures exactly: factors are the year's, and every slot and every day is in one month. */
export function monthsOf(inputs: Inputs): EmissionMonth[] {
  const calendar = new Calendar(inputs.site.timezone);
  const spread = spreadEntries(inputs);
  const dated = new Set(spread.map(({ revision }) => revision));
  const ledger = inputs.ledger.filter((revision) => !dated.has(revision));
  const bills = standingBills(inputs, 'grid_import');
  const mains = metersOfWay(inputs, 'grid_import');
  const isBilled = (place: string, { start, end }: Period): boolean => {
    const within = bills
      .filter((bill) => bill.place === place)
      .map(({ days }) => Math.min(days.end, end) - Math.max(days.start, start));
    return within.reduce((time, one) => time + Math.max(0, one), 0) >= end - start;
  };
  return Array.from({ length: 12 }, (_, index) => {
    const period = calendar.month(inputs.year, index + 1);
    // A main meter that was silent all month is not missing where bills speak of all of its days.
    const billed = mains.filter(
      (meter) => isBilled(meter.id, period) && isSilent(inputs, meter, 'energy_import', period),
    );
    const site = { ...inputs.site, meters: inputs.site.meters.filter((meter) => !billed.includes(meter)) };
    const metered = { ...inputs, site, period, slots: slotsWithin(inputs.slots, period), ledger };
    const sources = new Map<string, MonthlySource>();
    for (const source of sourcesOf(metered, accountFor(metered)))
      sources.set(source.id, {
        ...naming(source),
        emission: source.figure.exact ?? Rational.zero,
        apportioned: Rational.zero,
        activity: source.activity?.exact ?? null,
        coverage: source.figure.trace.coverage,
        missing: source.figure.exact === null,
      });
    if (bills.length > 0 && billed.length === mains.length && bills.every(({ place }) => isBilled(place, period)))
      sources.delete('emissions_electricity');
    for (const { sources: own, days } of spread)
      for (const source of own) add(sources, source, shareOf(days, inputs.year, index + 1));
    return { ...period, month: index + 1, sources: [...sources.values()] };
  });
}

const naming = ({ id, scope, figure }: EmissionSource) => ({ id, scope, name: figure.trace.name });

function add(sources: Map<string, MonthlySource>, source: EmissionSource, share: Rational): void {
  const emission = (source.figure.exact ?? Rational.zero).times(share);
  if (emission.isZero) return;
  const own = sources.get(source.id);
  const activity = source.activity?.exact?.times(share) ?? null;
  sources.set(source.id, {
    ...naming(source),
    emission: own?.emission.plus(emission) ?? emission,
    apportioned: own?.apportioned.plus(emission) ?? emission,
    activity: own?.activity == null ? activity : own.activity.plus(activity ?? Rational.zero),
    coverage: own?.coverage ?? null,
    missing: own?.missing ?? false,
  });
}

type Spread = { revision: Revision; sources: EmissionSource[]; days: { first: number; last: number } };

/** Bookings and declared emissions, each as if it were all that the plant had. */
function spreadEntries(inputs: Inputs): Spread[] {
  const factors = inputs.ledger.filter(({ entry: { kind } }) => kind === 'closing' || kind === 'factor');
  // Alone there is no meter: a bill that stands for a silent one is of a supply.
  const bills = new Map(
    standingBills(inputs, 'grid_import').map(({ entry: { meter: _, ...entry }, place }) => [
      entry.id,
      { ...entry, supply: place },
    ]),
  );
  return inputs.ledger.flatMap((revision): Spread[] => {
    const { entry } = revision;
    if (entry.kind !== 'booking' && entry.kind !== 'emission') return [];
    const own = { ...revision, entry: bills.get(entry.id) ?? entry };
    const alone = {
      ...inputs,
      site: { ...inputs.site, meters: [], virtual: [] },
      slots: new Map(),
      ledger: [own, ...factors],
    };
    const sources = sourcesOf(alone, accountFor(alone)).filter(({ figure }) => figure.exact !== null);
    const [from, to] =
      entry.kind === 'booking' ? [entry.from, entry.to] : [`${inputs.year}-01-01`, `${inputs.year}-12-31`];
    return [{ revision, sources, days: { first: Date.parse(from), last: Date.parse(to) } }];
  });
}

/** Of the days from the first to the last, how many lie in the month. Dates, not instants: UTC counts them. */
function shareOf({ first, last }: Spread['days'], year: number, month: number): Rational {
  const start = Math.max(first, Date.UTC(year, month - 1, 1));
  const end = Math.min(last, Date.UTC(year, month, 0));
  return start > end ? Rational.zero : Rational.of((end - start) / day + 1, (last - first) / day + 1);
}
