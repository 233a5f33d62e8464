// Owns what the ledger declares for a year: bookings, retired certificates and credits, measures.
import type { EntryOf, LedgerKind, Revision } from '../../core/ledger.ts';
import { Rational } from '../../core/rational.ts';
import type { Text } from '../../core/text.ts';
import { derive, type Figure, leaf, missing, type Naming, sumOf } from '../figure.ts';
import { potentialOf } from '../gases.ts';
import type { Inputs } from '../inputs.ts';
import { naming } from './electricity.ts';

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

export function certificatesRetired(inputs: Inputs, gridImport: Figure): Figure {
  const own = entriesOf(inputs, 'certificate').filter(({ entry }) => entry.generationYear === inputs.year);
  const counted = own.filter(({ entry }) => entry.tradable && entry.retiredFor === inputs.year && entry.retired > 0);
  const notes: Text[] = [];
  const held = own
    .filter(({ entry }) => entry.tradable)
    .reduce((sum, { entry }) => sum + entry.count - (entry.retiredFor === inputs.year ? entry.retired : 0), 0);
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
  const figures = counted.map((revision) =>
    ledgerFigure(
      { zh: `绿证 ${revision.entry.id}`, en: `certificates ${revision.entry.id}` },
      'MWh',
      revision.entry.retired,
      revision,
    ),
  );
  const total = sumOf({ ...naming('certificates_retired'), notes }, figures, true);
  const overCap =
    total.exact !== null &&
    gridImport.exact !== null &&
    total.exact.times(Rational.of(1_000)).compare(gridImport.exact) > 0;
  if (overCap) {
    total.trace.notes.push({
      zh: '核销量超过下网电量：发改能源〔2026〕622号 规定交易认定量不超过下网电量（本标准未载明）',
      en: 'more is retired than was taken from the grid: 发改能源〔2026〕622号 caps it at the off-take (this standard does not say)',
    });
  }
  return total;
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

/** A yearly fact of the site, for the year itself or for the year that the plant measures declines against. */
export function factOf(inputs: Inputs, naming: Naming, fact: string, of: 'current' | 'base'): Figure {
  const [base] = entriesOf(inputs, 'base_year');
  const year = of === 'base' ? base?.entry.year : inputs.year;
  if (year === undefined) return missing(naming, { zh: '台账中没有基准年', en: 'the ledger names no base year' });
  const known = entriesOf(inputs, 'fact').filter(({ entry }) => entry.name === fact && entry.year === year);
  if (known.length === 0)
    return missing(naming, { zh: `台账中没有 ${year} 年的 ${fact}`, en: `the ledger has no ${fact} of ${year}` });
  const parts = known.map((revision) => ledgerFigure(naming.name, revision.entry.unit, revision.entry.value, revision));
  return sumOf(naming, parts, false);
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
