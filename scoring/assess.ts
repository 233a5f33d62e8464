// Owns the judgement: a standard's indicators over known figures, each met or not or not assessable, its points, and the verdict.
import { Rational } from '../core/rational.ts';
import { qualityWord } from '../core/slots.ts';
import type { Text } from '../core/text.ts';
import type { Trace } from '../core/trace.ts';
import { parseUnit } from '../core/units.ts';
import { type Quantity, truth } from './evaluate.ts';
import { namesIn } from './expression.ts';
import { derive, expressionOf, type Figure, missing } from './figure.ts';
import type { LoadedPack } from './pack.ts';
import { limitOf } from './pack-check.ts';
import { figuresFor, type Grounds, markOf } from './pack-figures.ts';
import type { PackIndicator } from './pack-schema.ts';
import { compare, type Figures, pointsOf, quantityOf, type ThresholdResult, truthOf } from './threshold.ts';
import { passProbability, type Uncertainty, uncertaintyOf } from './uncertainty.ts';

export type Verdict = 'met' | 'not_met' | 'not_assessable' | 'none';

export type Alternative = { options: Record<string, string>; name: Text; value: number | null; met: boolean | null };

export type IndicatorResult = {
  id: string;
  group: string | null;
  role: 'core' | 'guiding';
  name: Text;
  clause: string;
  phrase: string;
  value: number | null;
  unit: string;
  threshold: number | null;
  direction: ThresholdResult['direction'];
  thresholdPhrase: Text;
  /** Null: not assessable, and the trace says why. */
  met: boolean | null;
  /** How far the value is from the threshold, in its own unit; negative is missing. */
  margin: number | null;
  target: ThresholdResult | null;
  points: number | null;
  score: number | null;
  /** Why the indicator has no object here; it then counts neither for nor against. */
  notApplicable: Text | null;
  /** What each reading of the source gives, while nobody has chosen one. */
  alternatives: Alternative[];
  /** What the source does not state, and what the plant supplied in its place. */
  marks: Text[];
  /** True when the value exists but too few readings are behind it. */
  withheld: boolean;
  coverage: number | null;
  quality: ReturnType<typeof qualityWord>;
  /** Null where there is no value. */
  uncertainty: (Uncertainty & { passProbability: number | null }) | null;
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

export type Assessment = {
  verdict: Verdict;
  verdictName: Text | null;
  /** Null where the standard has no points. */
  total: { score: number | null; of: number } | null;
  indicators: IndicatorResult[];
  prerequisites: PrerequisiteResult[];
  reported: Trace[];
};

type Rated = { result: IndicatorResult; exact: Rational | null; points: Rational | null };

export function assess(pack: LoadedPack, grounds: Grounds): Assessment {
  const figures = figuresFor(pack, grounds, {});
  const known = sufficient(figures, grounds);
  const rated = pack.indicators.map((indicator) => rate(indicator, pack, grounds, figures, known));
  const prerequisites = pack.prerequisites.map((one) => prerequisite(one, grounds, known));
  const points = rated.map((one) => one.points);
  const total =
    pack.points === undefined || points.includes(null) || points.length === 0
      ? null
      : points.reduce<Rational>((sum, one) => sum.plus(one as Rational), Rational.zero);
  const results = rated.map(({ result }) => result);
  return {
    ...decide(pack, known, rated, prerequisites, total),
    total: pack.points === undefined ? null : { score: total?.toNumber() ?? null, of: pack.points.total },
    indicators: results,
    prerequisites,
    reported: pack.steps.flatMap(({ id, reported }) => (reported ? [(figures[id] as Figure).trace] : [])),
  };
}

function figureOf(
  { id, name, unit, clause, formula, attested }: PackIndicator,
  grounds: Grounds,
  figures: Figures,
): Figure {
  const naming = { id, name, unit, clause };
  if (formula !== undefined) return derive(naming, formula, figures);
  const statement = grounds.attested(attested ?? clause);
  if (statement === undefined)
    return missing(naming, { zh: `没有关于条款 ${attested} 的声明`, en: `nothing is attested for clause ${attested}` });
  return {
    exact: statement.figure.exact,
    trace: { ...statement.figure.trace, id, name, unit, clause, value: statement.met ? 1 : 0 },
  };
}

const isPartial = ({ coverage }: Trace, { coverageLimit }: Grounds): boolean =>
  coverage !== null && coverage < coverageLimit;

/** A part of a year decides nothing: neither a prerequisite, nor whether an indicator applies, nor in which case. */
const sufficient = (figures: Figures, grounds: Grounds): Figures =>
  Object.fromEntries(
    Object.entries(figures).map(([id, figure]) => [
      id,
      isPartial(figure.trace, grounds) ? { ...figure, exact: null } : figure,
    ]),
  );

/** On unrounded values: 29.99999 % prints as 30.00 % and is not met. */
function rate(indicator: PackIndicator, pack: LoadedPack, grounds: Grounds, figures: Figures, known: Figures): Rated {
  const { id, group, role, name, clause, phrase, unit } = indicator;
  const { exact, trace } = figureOf(indicator, grounds, figures);
  const withheld = exact !== null && isPartial(trace, grounds);
  if (withheld) {
    const percent = (share: number) => `${(share * 100).toFixed(2)} %`;
    trace.notes.push({
      zh: `数据完整率 ${percent(trace.coverage ?? 0)} 低于 ${percent(grounds.coverageLimit)}，暂不给出结论`,
      en: `readings cover ${percent(trace.coverage ?? 0)}, below ${percent(grounds.coverageLimit)}: withheld`,
    });
  }
  const value = withheld ? null : exact;
  const notApplicable = reasonNotToApply(indicator, grounds, known);
  const compared = compare(indicator.threshold, value, known);
  const met = notApplicable === null ? compared.met : null;
  const target = indicator.target === undefined ? null : compare(indicator.target, value, known);
  const points = pointsOf(indicator, value, met);
  const doubt = value === null ? null : uncertaintyOf(trace);
  const result: IndicatorResult = {
    id,
    group: group ?? null,
    role,
    name,
    clause,
    phrase,
    value: value?.toNumber() ?? null,
    unit,
    threshold: compared.limit,
    direction: compared.direction,
    thresholdPhrase: compared.phrase,
    met,
    margin: compared.margin,
    target: target === null || notApplicable === null ? target : { ...target, met: null },
    points: typeof indicator.points === 'number' ? indicator.points : null,
    score: points?.toNumber() ?? null,
    notApplicable,
    alternatives: alternativesOf(indicator, pack, grounds),
    marks: marksOf(indicator, pack),
    withheld,
    coverage: trace.coverage,
    quality: qualityWord({ quality: trace.quality, estimated: estimatedIn(trace) }),
    uncertainty: doubt && {
      ...doubt,
      passProbability: compared.margin === null ? null : passProbability(compared.margin, doubt),
    },
    trace,
  };
  return { result, exact: value, points };
}

const estimatedIn = ({ meter, parts }: Trace): number =>
  parts.reduce((sum, part) => sum + estimatedIn(part), meter?.estimated ?? 0);

function reasonNotToApply(
  { id, appliesWhen, mayNotApply }: PackIndicator,
  grounds: Grounds,
  figures: Figures,
): Text | null {
  if (appliesWhen !== undefined && truthOf(appliesWhen, figures) === false)
    return { zh: `不适用：不满足 ${appliesWhen}`, en: `does not apply: ${appliesWhen} is not so` };
  const reason = mayNotApply === undefined ? undefined : grounds.exempted(id);
  return reason === undefined ? null : { zh: `不适用：${reason}`, en: `does not apply: ${reason}` };
}

/** What the source is silent about and nobody has said yet, and what the plant said. */
function marksOf({ id, points, rule, threshold, target }: PackIndicator, pack: LoadedPack): Text[] {
  const silent: Text[] = [
    ...(points === 'not_stated' ? [{ zh: '分值', en: 'points' }] : []),
    ...(rule === 'not_stated' ? [{ zh: '计分规则', en: 'scoring rule' }] : []),
    ...(threshold.some((one) => limitOf(one) === 'not_stated') ? [{ zh: '阈值', en: 'threshold' }] : []),
    ...(target?.some((one) => limitOf(one) === 'not_stated') ? [{ zh: '目标值', en: 'target' }] : []),
  ];
  const open = silent.map(({ zh, en }) => ({ zh: `来源未载明：${zh}`, en: `not stated in the source: ${en}` }));
  return [...open, ...pack.supplied.filter(({ about }) => about === id).map(markOf)];
}

/** Every reading of what the source leaves open, for an indicator that depends on it. */
function alternativesOf(indicator: PackIndicator, pack: LoadedPack, grounds: Grounds): Alternative[] {
  const open = pack.choices.filter(({ id, chosen }) => chosen === undefined && dependsOn(pack, indicator, id));
  let readings: { options: Record<string, string>; names: Text[] }[] =
    open.length === 0 ? [] : [{ options: {}, names: [] }];
  for (const { id, options } of open)
    readings = readings.flatMap((one) =>
      options.map((option) => ({ options: { ...one.options, [id]: option.id }, names: [...one.names, option.name] })),
    );
  return readings.map(({ options, names }) => {
    const figures = figuresFor(pack, grounds, options);
    const { exact, trace } = figureOf(indicator, grounds, figures);
    const judged = isPartial(trace, grounds) ? null : exact;
    const name = { zh: names.map(({ zh }) => zh).join('；'), en: names.map(({ en }) => en).join('; ') };
    return {
      options,
      name,
      value: exact?.toNumber() ?? null,
      met: compare(indicator.threshold, judged, sufficient(figures, grounds)).met,
    };
  });
}

function dependsOn(pack: LoadedPack, { formula, threshold }: PackIndicator, choice: string): boolean {
  const formulas = new Map(pack.steps.map((step) => [step.id, step.formula]));
  const reaches = (source: string): boolean =>
    namesIn(expressionOf(source)).some((name) => {
      const inner = formulas.get(name);
      return name === choice || (inner !== undefined && reaches(inner));
    });
  return [formula, ...threshold.map(({ when }) => when)].some((source) => source !== undefined && reaches(source));
}

function prerequisite(
  { id, clause, phrase, name, formula }: LoadedPack['prerequisites'][number],
  grounds: Grounds,
  figures: Figures,
): PrerequisiteResult {
  if (formula !== undefined) return { id, clause, phrase, name, met: truthOf(formula, figures), evidence: formula };
  const statement = grounds.attested(clause);
  return { id, clause, phrase, name, met: statement?.met ?? null, evidence: statement?.evidence ?? null };
}

function decide(
  pack: LoadedPack,
  known: Figures,
  rated: readonly Rated[],
  prerequisites: readonly PrerequisiteResult[],
  total: Rational | null,
): { verdict: Verdict; verdictName: Text | null } {
  if ('none' in pack.verdict) return { verdict: 'none', verdictName: null };
  const one = parseUnit('1');
  const results = rated.map(({ result }) => result);
  const core = results.filter(({ role }) => role === 'core');
  const facts: Record<string, boolean | null> = {
    prerequisites: all(prerequisites.map(({ met }) => met)),
    all_met: all(counted(results).map(({ met }) => met)),
    core_met: all(counted(core).map(({ met }) => met)),
    guiding_met: all(counted(results.filter(({ role }) => role === 'guiding')).map(({ met }) => met)),
    core_targets_met: all(counted(core).map(({ target, met }) => (target === null ? met : target.met))),
  };
  const lookUp = (name: string): Quantity | null => {
    if (name === 'total') return total && { value: total, unit: one };
    const fact = facts[name];
    if (fact !== undefined) return fact === null ? null : { value: fact ? Rational.one : Rational.zero, unit: one };
    const at = pack.indicators.findIndex(({ symbol }) => symbol === name);
    const judged = rated[at];
    if (judged !== undefined) return judged.exact && { value: judged.exact, unit: parseUnit(judged.result.unit) };
    return quantityOf(known[name]);
  };
  let open = false;
  for (const { name, when } of pack.verdict.levels) {
    const reached = truth(expressionOf(when), lookUp);
    if (reached === true && !open) return { verdict: 'met', verdictName: name };
    open ||= reached !== false;
  }
  return { verdict: open ? 'not_assessable' : 'not_met', verdictName: null };
}

const counted = (results: readonly IndicatorResult[]): IndicatorResult[] =>
  results.filter(({ notApplicable }) => notApplicable === null);

/** One that fails decides; otherwise one that is unknown leaves it open. */
function all(known: (boolean | null)[]): boolean | null {
  if (known.includes(false)) return false;
  return known.includes(null) ? null : true;
}
