// Owns what the ledger declares for a year: bookings, retired certificates and credits, measures.
import { metersIn } from '../../core/config/roles.ts';
import type { EntryOf, LedgerKind, Revision } from '../../core/ledger.ts';
import { Rational, sum } from '../../core/rational.ts';
import type { Text } from '../../core/text.ts';
import { parseUnit, sameDimensions } from '../../core/units.ts';
import { derive, type Figure, formatNumber, leaf, missing, type Naming, sumOf } from '../figure.ts';
import { potentialOf } from '../gases.ts';
import type { Inputs } from '../inputs.ts';
import { naming } from '../vocabulary.ts';
import { roleFigure } from './meters.ts';

type RevisionOf<K extends LedgerKind> = Omit<Revision, 'entry'> & { entry: EntryOf<K> };

/** By id, so that the order in which people entered them decides nothing. */
export const entriesOf = <K extends LedgerKind>(inputs: Inputs, kind: K): RevisionOf<K>[] =>
  inputs.ledger
    .filter((revision): revision is RevisionOf<K> => revision.entry.kind === kind)
    .sort((a, b) => (a.entry.id < b.entry.id ? -1 : 1));

export const ledgerFigure = (name: Text, unit: string, amount: number, { number, hash, entry }: Revision): Figure =>
  leaf({ id: entry.id, name, unit }, Rational.fromDecimal(amount), {
    ledger: { entry: entry.id, revision: number, hash, evidence: entry.evidence ?? null },
    notes: entry.evidence === undefined ? [{ zh: '没有佐证材料', en: 'there is no evidence' }] : [],
  });

/** What people declared as emitted, times the warming potential of its gas in the site's set. */
export function declaredEmissions(inputs: Inputs, sources: readonly EntryOf<'emission'>['source'][]): Figure[] {
  return entriesOf(inputs, 'emission')
    .filter(({ entry }) => sources.includes(entry.source) && entry.year === inputs.year)
    .map((revision) => {
      const { id, title, gas, amount, unit, activity, factor } = revision.entry;
      const name = { zh: title, en: title };
      const potential = potentialOf(inputs, gas);
      const asked = { id: `emission.${id}`, name, unit: 'tCO2e' };
      if (amount !== undefined)
        return derive(asked, 'amount * gwp', { amount: ledgerFigure(name, unit, amount, revision), gwp: potential });
      const figures = {
        activity: ledgerFigure(name, activity?.unit ?? '', activity?.amount ?? 0, revision),
        factor: ledgerFigure(
          { zh: factor?.source ?? '', en: factor?.source ?? '' },
          factor?.unit ?? '',
          factor?.value ?? 0,
          revision,
        ),
      };
      // A factor in tCO2 has its gas in its unit; one in mass has not.
      if (factor?.unit.includes('CO2')) return derive(asked, 'activity * factor', figures);
      return derive(asked, 'activity * factor * gwp', { ...figures, gwp: potential });
    });
}

/** Bookings whose days lie in the year. One that reaches over New Year belongs to nobody until it is split. */
export function bookings(inputs: Inputs, carrier: EntryOf<'booking'>['carrier']): Figure[] {
  const of = (date: string) => Number(date.slice(0, 4));
  return entriesOf(inputs, 'booking')
    .filter(({ entry }) => entry.carrier === carrier && of(entry.from) === inputs.year && of(entry.to) === inputs.year)
    .map((revision) => {
      const { from, to, amount, unit } = revision.entry;
      return ledgerFigure({ zh: `${from} 至 ${to}`, en: `${from} to ${to}` }, unit, amount, revision);
    });
}

export function certificatesRetired(inputs: Inputs): Figure {
  const own = entriesOf(inputs, 'certificate').filter(({ entry }) => entry.generationYear === inputs.year);
  const tradable = own.filter(({ entry }) => entry.tradable);
  const notes: Text[] = [];
  const taken = tradable.map((holding) => retiredFrom(inputs, holding, notes));
  const held = taken.reduce((sum, { left }) => sum + left, 0);
  const untradable = own.filter(({ entry }) => !entry.tradable).reduce((sum, { entry }) => sum + entry.count, 0);
  if (held > 0)
    notes.push({
      zh: `持有但未核销的 ${held} 个绿证不计入`,
      en: `${held} certificates that are held but not retired are not counted`,
    });
  if (untradable > 0) {
    notes.push({
      zh: `${untradable} 个不可交易绿证对应自发自用电量，已由电表计入，不重复计`,
      en: `${untradable} non-tradable certificates describe self-used power that the meter already counts: not counted again`,
    });
  }
  const figures = taken.flatMap(({ figures: own }) => own);
  return sumOf({ ...naming('certificates_retired'), notes }, figures, true);
}

/** What of a holding was retired for its own year: never more than it holds, whatever the order of the entries. */
function retiredFrom(
  inputs: Inputs,
  holding: RevisionOf<'certificate'>,
  notes: Text[],
): { figures: Figure[]; left: number } {
  const { id, count, retired, retiredFor } = holding.entry;
  const claims = [
    ...(retired > 0 ? [{ revision: holding as Revision, date: '', count: retired, year: retiredFor }] : []),
    ...entriesOf(inputs, 'retirement')
      .filter(({ entry }) => entry.certificate === id)
      .map((revision) => ({
        revision,
        date: revision.entry.date,
        count: revision.entry.count,
        year: revision.entry.forYear,
      })),
  ].sort((a, b) => (a.date === b.date ? 0 : a.date < b.date ? -1 : 1));
  let left = count;
  const figures = claims.flatMap((claim) => {
    const taken = Math.min(left, claim.count);
    left -= taken;
    if (taken < claim.count)
      notes.push({
        zh: `${claim.revision.entry.id}：核销超过持有，${claim.count - taken} 个不计入`,
        en: `${claim.revision.entry.id}: more is retired than is held, ${claim.count - taken} are not counted`,
      });
    if (claim.year !== inputs.year && taken > 0)
      notes.push({
        zh: `${claim.revision.entry.id}：为 ${claim.year} 年核销的 ${taken} 个不计入`,
        en: `${claim.revision.entry.id}: ${taken} are retired for ${claim.year}, and not counted`,
      });
    if (claim.year !== inputs.year || taken === 0) return [];
    return [ledgerFigure({ zh: `绿证 ${id}`, en: `certificates ${id}` }, 'MWh', taken, claim.revision)];
  });
  return { figures, left };
}

/** Contracts without certificates of their own. Where certificates come with the power, those count, once retired. */
export function greenPowerContracted(inputs: Inputs): Figure {
  const figures = entriesOf(inputs, 'contract')
    .filter(({ entry }) => entry.year === inputs.year && entry.certificate === undefined)
    .map((revision) =>
      ledgerFigure(
        { zh: revision.entry.seller, en: revision.entry.seller },
        revision.entry.unit,
        revision.entry.amount,
        revision,
      ),
    );
  return sumOf(naming('green_power_contracted'), figures, true);
}

/** Certificates and contracts together: each alone may well stay below what both exceed. */
export function noteOffTake(gridImport: Figure, traded: readonly Figure[]): void {
  if (gridImport.exact === null || traded.some(({ exact }) => exact === null)) return;
  const all = sum(traded.map(({ exact }) => exact as Rational)).times(Rational.of(1_000));
  if (all.compare(gridImport.exact) <= 0) return;
  const [megawattHours, taken] = [all.over(Rational.of(1_000)), gridImport.exact.over(Rational.of(1_000))].map((one) =>
    formatNumber(one.toNumber()),
  );
  for (const { trace } of traded.filter(({ exact }) => exact?.isZero === false))
    trace.notes.push({
      zh: `核销绿证与绿电合同共 ${megawattHours} MWh，超过下网电量 ${taken} MWh：发改能源〔2026〕622号 规定交易认定量不超过下网电量（本标准未载明）`,
      en: `certificates and contracts are ${megawattHours} MWh, more than the ${taken} MWh that were taken from the grid: 发改能源〔2026〕622号 caps them at the off-take (this standard does not say)`,
    });
}

export function creditsRetired(inputs: Inputs): Figure {
  const figures = entriesOf(inputs, 'credit')
    .filter(({ entry }) => entry.retiredFor === inputs.year)
    .map((revision) =>
      ledgerFigure(
        { zh: `${revision.entry.program} ${revision.entry.id}`, en: `${revision.entry.program} ${revision.entry.id}` },
        'tCO2e',
        revision.entry.tonnes,
        revision,
      ),
    );
  return sumOf(naming('credits_retired'), figures, true);
}

/** What was made of a product in the year, as the ledger has it; where it says nothing, as the counters on the lines do. */
export function producedOf(inputs: Inputs, naming: Naming, product: string): Figure {
  const known = entriesOf(inputs, 'production').filter(
    ({ entry }) => entry.product === product && Number(entry.from.slice(0, 4)) === inputs.year,
  );
  if (known.length === 0)
    return (
      counted(inputs, naming, product) ??
      missing(naming, {
        zh: `台账中没有 ${product} 的产量，也没有计数表`,
        en: `the ledger has no production of ${product}, and no meter counts it`,
      })
    );
  const parts = known.map((revision) => {
    const { from, to, amount, unit } = revision.entry;
    return ledgerFigure({ zh: `${from} 至 ${to}`, en: `${from} to ${to}` }, unit, amount, revision);
  });
  return sumInUnit(naming, parts);
}

/** A yearly fact of the site, for the year itself or for the year that the plant measures declines against. */
export function factOf(inputs: Inputs, naming: Naming, fact: string, of: 'current' | 'base'): Figure {
  const [base] = entriesOf(inputs, 'base_year');
  const year = of === 'base' ? base?.entry.year : inputs.year;
  if (year === undefined) return missing(naming, { zh: '台账中没有基准年', en: 'the ledger names no base year' });
  const known = entriesOf(inputs, 'fact').filter(({ entry }) => entry.name === fact && entry.year === year);
  if (known.length === 0)
    return missing(naming, { zh: `台账中没有 ${year} 年的 ${fact}`, en: `the ledger has no ${fact} of ${year}` });
  const parts = known.map((revision) => ledgerFigure(naming.name, revision.entry.unit, revision.entry.value, revision));
  return sumInUnit(naming, parts);
}

/** Of a topic that nobody ever recorded it is not known that there was nothing. */
export function activitiesOf(inputs: Inputs, naming: Naming, topic: string): Figure {
  const all = entriesOf(inputs, 'activity').filter(({ entry }) => entry.topic === topic);
  const ofYear = all.filter(({ entry }) => Number(entry.date.slice(0, 4)) === inputs.year);
  if (all.length === 0)
    return missing(naming, { zh: `台账中没有活动 ${topic}`, en: `the ledger has no activity ${topic}` });
  const parts = ofYear.map((revision) =>
    ledgerFigure({ zh: revision.entry.title, en: revision.entry.title }, naming.unit, 1, revision),
  );
  return sumOf(naming, parts, true);
}

/** What was entered in a unit that the standard cannot take is not counted as anything else. */
function sumInUnit(naming: Naming, parts: readonly Figure[]): Figure {
  const odd = parts.find(({ trace }) => !sameDimensions(parseUnit(trace.unit), parseUnit(naming.unit)));
  if (odd === undefined) return sumOf(naming, parts, false);
  const { id, unit, meter } = odd.trace;
  const [zh, en] = meter === undefined ? ['台账', 'ledger entry'] : ['表计', 'meter'];
  return missing(naming, {
    zh: `${zh} ${id} 的单位是 ${unit}，本标准要求 ${naming.unit}`,
    en: `${en} ${id} is in ${unit}, the standard wants ${naming.unit}`,
  });
}

/** Without a counter of the product on any line: undefined. */
function counted(inputs: Inputs, naming: Naming, product: string): Figure | undefined {
  const meters = metersIn(inputs.site.meters, 'product').filter((meter) => meter.product === product);
  if (meters.length === 0) return undefined;
  return sumInUnit(
    naming,
    meters.map((meter) => roleFigure(inputs, meter, 'product_count')),
  );
}
