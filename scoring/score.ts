// Owns the score: a pack's indicators over a plant's account, met or not or not assessable, and the verdict.

import { Rational } from '../core/rational.ts';
import { qualityWord } from '../core/slots.ts';
import type { Text } from '../core/text.ts';
import type { Trace } from '../core/trace.ts';
import { parseUnit } from '../core/units.ts';
import { entriesOf, ledgerFigure } from './account/declared.ts';
import { type Account, accountFor } from './emissions.ts';
import { type Quantity, truth } from './evaluate.ts';
import { chooseFactor, factorFigure } from './factors.ts';
import { derive, expressionOf, type Figure, missing } from './figure.ts';
import type { Inputs } from './inputs.ts';
import type { Pack, PackIndicator } from './pack.ts';

export type Verdict = 'met' | 'not_met' | 'not_assessable';

export type IndicatorResult = {
  id: string;
  name: Text;
  clause: string;
  phrase: string;
  value: number | null;
  unit: string;
  threshold: number;
  thresholdPhrase: Text;
  /** Null: not assessable, and the trace says why. */
  met: boolean | null;
  /** How far the value is from the threshold, in its own unit; negative is missing. */
  margin: number | null;
  /** True when the value exists but too few readings are behind it. */
  withheld: boolean;
  coverage: number | null;
  quality: ReturnType<typeof qualityWord>;
  trace: Trace;
};

export type PrerequisiteResult = {
  id: string;
  clause: string;
  phrase: string;
  name: Text;
  met: boolean | null;
  evidence: string | null;
};

export type Score = {
  site: string;
  pack: string;
  packName: Text;
  year: number;
  verdict: Verdict;
  verdictName: Text | null;
  verdictPhrase: string;
  indicators: IndicatorResult[];
  prerequisites: PrerequisiteResult[];
  emissions: Record<'total_tCO2e' | 'electricity_tCO2e' | 'fuel_tCO2e' | 'heat_tCO2e', number | null>;
  energy: Record<
    | 'grid_import_kWh'
    | 'grid_export_kWh'
    | 'generated_kWh'
    | 'self_used_kWh'
    | 'consumed_kWh'
    | 'natural_gas_Nm3'
    | 'heat_GJ',
    number | null
  >;
  /** The traces of every figure above that is not an indicator's. */
  account: Record<string, Trace>;
  contradictions: Pack['contradictions'];
  notStated: Pack['notStated'];
};

export function scoreSite(inputs: Inputs, pack: Pack): Score {
  const account = accountFor(inputs);
  const figures = figuresFor(inputs, pack, account);
  const indicators = pack.indicators.map((indicator) =>
    rate(indicator, figureOf(indicator, inputs, pack, figures), inputs),
  );
  const prerequisites = pack.prerequisites.map((one) => prerequisite(one, inputs, pack));
  const value = (id: keyof Account) => account[id].trace.value;
  return {
    site: inputs.site.site,
    pack: pack.id,
    packName: pack.name,
    year: inputs.year,
    ...decide(pack, indicators, prerequisites),
    verdictPhrase: pack.verdict.phrase,
    indicators,
    prerequisites,
    emissions: {
      total_tCO2e: value('emissions_total'),
      electricity_tCO2e: value('emissions_electricity'),
      fuel_tCO2e: value('emissions_fuel'),
      heat_tCO2e: value('emissions_heat'),
    },
    energy: {
      grid_import_kWh: value('grid_import'),
      grid_export_kWh: value('grid_export'),
      generated_kWh: value('electricity_generated'),
      self_used_kWh: value('electricity_self_used'),
      consumed_kWh: value('electricity_consumed'),
      natural_gas_Nm3: value('natural_gas_consumed'),
      heat_GJ: value('heat_purchased'),
    },
    account: Object.fromEntries(Object.entries(account).map(([id, { trace }]) => [id, trace])),
    contradictions: pack.contradictions,
    notStated: pack.notStated,
  };
}

function figuresFor(inputs: Inputs, pack: Pack, account: Account): Record<string, Figure> {
  const figures: Record<string, Figure> = { ...account };
  for (const [id, { name, ...query }] of Object.entries(pack.factors))
    figures[id] = factorFigure(id, name, chooseFactor({ ...query, year: inputs.year }));
  for (const { formula, ...naming } of pack.steps) figures[naming.id] = derive(naming, formula, figures);
  return figures;
}

function figureOf(
  { id, name, unit, clause, formula, attested }: PackIndicator,
  inputs: Inputs,
  pack: Pack,
  figures: Record<string, Figure>,
): Figure {
  const naming = { id, name, unit, clause };
  if (formula !== undefined) return derive(naming, formula, figures);
  const statement = attestationOf(inputs, pack, attested ?? clause);
  if (statement === undefined)
    return missing(naming, { zh: `没有关于条款 ${attested} 的声明`, en: `nothing is attested for clause ${attested}` });
  const figure = ledgerFigure(name, unit, statement.entry.met ? 1 : 0, statement);
  return { exact: figure.exact, trace: { ...figure.trace, id, clause } };
}

const attestationOf = (inputs: Inputs, pack: Pack, clause: string) =>
  entriesOf(inputs, 'attestation').find(
    ({ entry }) => entry.pack === pack.id && entry.clause === clause && entry.year === inputs.year,
  );

function prerequisite(
  { id, clause, phrase, name }: Pack['prerequisites'][number],
  inputs: Inputs,
  pack: Pack,
): PrerequisiteResult {
  const statement = attestationOf(inputs, pack, clause);
  return { id, clause, phrase, name, met: statement?.entry.met ?? null, evidence: statement?.entry.evidence ?? null };
}

/** On unrounded values: 29.99999 % prints as 30.00 % and is not met. */
function rate(
  { id, name, clause, phrase, unit, threshold }: PackIndicator,
  { exact, trace }: Figure,
  { site }: Inputs,
): IndicatorResult {
  const withheld = exact !== null && trace.coverage !== null && trace.coverage < site.coverageLimit;
  if (withheld) {
    const percent = (share: number) => `${(share * 100).toFixed(2)} %`;
    trace.notes.push({
      zh: `数据完整率 ${percent(trace.coverage ?? 0)} 低于 ${percent(site.coverageLimit)}，暂不给出结论`,
      en: `readings cover ${percent(trace.coverage ?? 0)}, below ${percent(site.coverageLimit)}: withheld`,
    });
  }
  const limit = Rational.fromDecimal(threshold.atLeast);
  const value = withheld ? null : exact;
  return {
    id,
    name,
    clause,
    phrase,
    value: value?.toNumber() ?? null,
    unit,
    threshold: threshold.atLeast,
    thresholdPhrase: threshold.phrase,
    met: value === null ? null : value.compare(limit) >= 0,
    margin: value?.minus(limit).toNumber() ?? null,
    withheld,
    coverage: trace.coverage,
    quality: qualityWord({ quality: trace.quality, estimated: estimatedIn(trace) }),
    trace,
  };
}

const estimatedIn = ({ meter, parts }: Trace): number =>
  parts.reduce((sum, part) => sum + estimatedIn(part), meter?.estimated ?? 0);

function decide(
  pack: Pack,
  indicators: IndicatorResult[],
  prerequisites: PrerequisiteResult[],
): { verdict: Verdict; verdictName: Text | null } {
  const one = parseUnit('1');
  const facts: Record<string, boolean | null> = {
    prerequisites: all(prerequisites.map(({ met }) => met)),
    all_met: all(indicators.map(({ met }) => met)),
  };
  const lookUp = (name: string): Quantity | null => {
    const known = facts[name] ?? null;
    return known === null ? null : { value: known ? Rational.one : Rational.zero, unit: one };
  };
  let open = false;
  for (const { name, when } of pack.verdict.levels) {
    const reached = truth(expressionOf(when), lookUp);
    if (reached === true && !open) return { verdict: 'met', verdictName: name };
    open ||= reached === null;
  }
  return { verdict: open ? 'not_assessable' : 'not_met', verdictName: null };
}

/** One that fails decides; otherwise one that is unknown leaves it open. */
function all(known: (boolean | null)[]): boolean | null {
  if (known.includes(false)) return false;
  return known.includes(null) ? null : true;
}
