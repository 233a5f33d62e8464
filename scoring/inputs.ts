// Owns what a score is made from: slots, ledger and configuration of one site and year, gathered before anything is computed.
import { Calendar, type Period } from '../core/calendar.ts';
import type { Site } from '../core/config/site.ts';
import type { MeterConfig } from '../core/config/site-schema.ts';
import { corrected, correctionsIn } from '../core/corrections.ts';
import type { Ledger, Revision } from '../core/ledger.ts';
import type { PointId } from '../core/points.ts';
import { type SeriesFacts, type SeriesKey, seriesName } from '../core/sample.ts';
import type { Slot } from '../core/slots.ts';
import type { Store } from '../core/store.ts';

export type Inputs = {
  site: Site;
  year: number;
  period: Period;
  /** Quarters of an hour, by series. */
  slots: ReadonlyMap<string, readonly Slot[]>;
  facts: ReadonlyMap<string, SeriesFacts>;
  /** The newest revision of every entry. */
  ledger: readonly Revision[];
};

/** The counters of a meter that its role makes use of. */
export function countersOf({ role, carrier }: MeterConfig): PointId[] {
  if (role === 'grid') return ['energy_import', 'energy_export'];
  if (role === 'generation') return ['energy_generated'];
  if (role === 'feeder') return ['energy_import'];
  if (role === 'fuel' && carrier === 'natural_gas') return ['gas_volume'];
  if (role === 'heat') return ['heat_energy'];
  return role === 'water' ? ['water_volume'] : [];
}

export type Reader = Pick<Store, 'slots' | 'facts'>;

export async function gatherInputs(
  site: Site,
  year: number,
  store: Reader,
  ledger: Pick<Ledger, 'current'>,
  asOf?: number,
): Promise<Inputs> {
  const period = new Calendar(site.timezone).year(year);
  const keys: SeriesKey[] = site.meters.flatMap((meter) =>
    countersOf(meter).map((point) => ({ meter: meter.id, point })),
  );
  const slots = await store.slots(keys, 'quarter', period);
  const revisions = ledger.current(asOf);
  const corrections = correctionsIn(revisions);
  return {
    site,
    year,
    period,
    slots: new Map(
      keys.map((key, index) => [seriesName(key), corrected(slots[index] ?? [], key, period, corrections)]),
    ),
    facts: new Map((await store.facts()).map((facts) => [seriesName(facts), facts])),
    ledger: revisions,
  };
}
