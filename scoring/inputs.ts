// Owns what a score is made from: slots, ledger and configuration of one site and year, gathered before anything is computed.
import { Calendar, type Period } from '../core/calendar.ts';
import { countersOf } from '../core/config/roles.ts';
import type { Site } from '../core/config/site.ts';
import { corrected, correctionsIn, correctionsOf } from '../core/corrections.ts';
import type { Ledger, Revision } from '../core/ledger.ts';
import { type SeriesFacts, type SeriesKey, seriesName } from '../core/sample.ts';
import { type Slot, slotsFrom } from '../core/slots.ts';
import type { Store } from '../core/store.ts';
import { checkVirtualMeters, termsOf } from './account/virtual.ts';
import { type FactorScope, factorsEntered } from './factors.ts';
import { PackedSlots } from './packed-slots.ts';

/** What of a site decides its figures; addresses and secrets do not. */
export type Plant = Pick<
  Site,
  'site' | 'name' | 'timezone' | 'meters' | 'virtual' | 'packs' | 'factors' | 'coverageLimit' | 'folder'
>;

export type Inputs = {
  site: Plant;
  year: number;
  period: Period;
  /** Quarters of an hour, by series. */
  slots: ReadonlyMap<string, readonly Slot[]>;
  facts: ReadonlyMap<string, SeriesFacts>;
  /** The newest revision of every entry. */
  ledger: readonly Revision[];
  /** The factors to choose among, where they are not those of today: the ones that a snapshot holds. */
  factors?: FactorScope;
};

/** What is chosen among the factors when this year is computed. A closed year keeps those of the day it was closed. */
export function factorScope({ site, year, ledger, factors }: Omit<Inputs, 'period' | 'slots' | 'facts'>): FactorScope {
  if (factors !== undefined) return factors;
  const closings = ledger.flatMap(({ entry }) => (entry.kind === 'closing' && entry.year === year ? [entry] : []));
  return {
    year,
    folder: site.folder,
    asOf: closings.map(({ factorsAsOf }) => factorsAsOf).sort()[0],
    entered: factorsEntered(ledger, year, new Calendar(site.timezone)),
  };
}

/** Every series that the account of a site reads: by the roles of its meters, and by the terms of its virtual ones. */
export function seriesOf(site: Plant): SeriesKey[] {
  const named = new Map<string, SeriesKey>();
  const add = (key: SeriesKey) => named.set(seriesName(key), key);
  for (const meter of site.meters) for (const point of countersOf(meter)) add({ meter: meter.id, point });
  for (const { meter, point } of termsOf(site)) add({ meter, point });
  return [...named.values()];
}

/** Series whose slots are in memory as the store gives them, before they are packed. */
const readTogether = 16;

export type Reader = Pick<Store, 'slots' | 'slotColumns' | 'facts'>;

export async function gatherInputs(
  site: Site,
  year: number,
  store: Reader,
  ledger: Pick<Ledger, 'current'>,
  asOf?: number,
): Promise<Inputs> {
  const period = new Calendar(site.timezone).year(year);
  checkVirtualMeters(site);
  const keys = seriesOf(site);
  const revisions = ledger.current(asOf);
  const corrections = correctionsIn(revisions);
  const slots = new PackedSlots();
  for (let from = 0; from < keys.length; from += readTogether) {
    const some = keys.slice(from, from + readTogether);
    const columns = await store.slotColumns?.(some, 'quarter', period);
    const read = columns === undefined ? await store.slots(some, 'quarter', period) : [];
    for (const [index, key] of some.entries()) {
      const own = columns?.[index];
      if (own !== undefined && correctionsOf(key, period, corrections).length === 0)
        slots.addColumns(seriesName(key), own);
      else {
        const given = own === undefined ? (read[index] ?? []) : slotsFrom(own);
        slots.add(seriesName(key), corrected(given, key, period, corrections));
      }
    }
  }
  return {
    site,
    year,
    period,
    slots,
    facts: new Map((await store.facts()).map((facts) => [seriesName(facts), facts])),
    ledger: revisions,
  };
}
