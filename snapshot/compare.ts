// Owns the comparison of snapshots: each figure's change, parted by cause so that the parts add up to it exactly.
import { Rational } from '../core/rational.ts';
import type { Text } from '../core/text.ts';
import { factorScope } from '../scoring/inputs.ts';
import type { Score } from '../scoring/score.ts';
import type { Opened } from './open.ts';
import { type Basis, basisOf, scoresOf } from './recompute.ts';

export type Cause = 'activity' | 'factor' | 'method' | 'data_correction';

export const causeNames: Record<Cause, Text> = {
  activity: { zh: '活动水平', en: 'activity' },
  factor: { zh: '排放因子', en: 'factors' },
  method: { zh: '方法与边界', en: 'method and boundary' },
  data_correction: { zh: '数据更正', en: 'data correction' },
};

/** What was computed, and what it was computed from. */
export type Side = { basis: Basis; scores: Score[] };

export const sideOf = (opened: Opened): Side => ({ basis: basisOf(opened), scores: opened.snapshot.scores });
export const sideNow = (basis: Basis): Side => ({ basis, scores: scoresOf(basis) });

/** `change` is an exact decimal: a binary sum of parts would miss the whole by a last digit. */
export type BridgeStep = { causes: Cause[]; detail: Text; change: string };
export type Bridge = {
  pack: string;
  id: string;
  name: Text;
  unit: string;
  from: number | null;
  to: number | null;
  /** Null where one end has no value: there is nothing to add up. */
  steps: BridgeStep[] | null;
};

type Stage = { cause: Cause; detail: Text; scores: Score[] };

/**
 * One thing after another is replaced, in an order that is always the same: readings, ledger, factors, then the standard and
 * the boundary. Each step is the change that its replacement makes, so that the steps meet from one sealed figure to the other.
 */
function stagesBetween(a: Side, b: Side): Stage[] {
  const [from, to] = [a.basis.inputs, b.basis.inputs];
  const scope = factorScope(from);
  const asBefore = { ...from, factors: scope };
  const readings = { ...asBefore, slots: to.slots, facts: to.facts };
  const booked = { ...readings, year: to.year, period: to.period, ledger: to.ledger };
  const factored = { ...booked, factors: factorScope(to), site: { ...from.site, factors: to.site.factors } };
  const score = (inputs: Basis['inputs']) => scoresOf({ inputs, packs: a.basis.packs });
  const sameYear = from.year === to.year;
  const stage = (cause: Cause, zh: string, en: string, scores: Score[]): Stage => ({
    cause,
    detail: { zh, en },
    scores,
  });
  return [
    stage('method', '程序', 'program', score(asBefore)),
    ...(sameYear ? [stage('data_correction', '读数', 'readings', score(readings))] : []),
    sameYear
      ? stage('data_correction', '台账', 'ledger', score(booked))
      : stage('activity', '读数与台账', 'readings and ledger', score(booked)),
    stage('factor', '因子', 'factors', score(factored)),
    stage('method', '标准、边界与程序', 'standard, boundary and program', b.scores),
  ];
}

/** Over several snapshots in a row: a year, its correction, the next year. */
export function bridge(sides: readonly Side[]): Bridge[] {
  const [first] = sides;
  const last = sides.at(-1);
  if (first === undefined || last === undefined) return [];
  const stages = sides.slice(1).flatMap((side, index) => stagesBetween(sides[index] as Side, side));
  const ends = new Map(figuresIn(last.scores).map((figure) => [figure.key, figure]));
  const tables = stages.map(({ scores }) => new Map(figuresIn(scores).map(({ key, value }) => [key, value])));
  return figuresIn(first.scores).map(({ key, value, ...naming }) => {
    const to = ends.get(key)?.value ?? null;
    const steps = value === null || to === null ? null : stepsFrom(value, stages, tables, key);
    return { ...naming, from: value, to, steps };
  });
}

/** A stage that leaves a figure without a value is told together with the next one that gives it one again. */
function stepsFrom(
  start: number,
  stages: readonly Stage[],
  tables: readonly Map<string, number | null>[],
  key: string,
) {
  const steps: BridgeStep[] = [];
  let at = Rational.fromDecimal(start);
  let open: Stage[] = [];
  for (const [index, stage] of stages.entries()) {
    open.push(stage);
    const value = tables[index]?.get(key) ?? null;
    if (value === null) continue;
    const next = Rational.fromDecimal(value);
    if (next.compare(at) !== 0) {
      const join = (language: keyof Text) => open.map(({ detail }) => detail[language]).join(' + ');
      const causes = [...new Set(open.map(({ cause }) => cause))];
      steps.push({ causes, detail: { zh: join('zh'), en: join('en') }, change: decimalOf(next.minus(at)) });
    }
    at = next;
    open = [];
  }
  return steps;
}

export type YearSeries = {
  pack: string;
  id: string;
  name: Text;
  unit: string;
  values: { year: number; value: number | null }[];
};

/** The sealed figures year by year, under the names that the last year gives them. */
export function seriesOverYears(years: readonly { year: number; scores: Score[] }[]): YearSeries[] {
  const tables = years.map(({ year, scores }) => ({
    year,
    values: new Map(figuresIn(scores).map(({ key, value }) => [key, value])),
  }));
  return figuresIn(years.at(-1)?.scores ?? []).map(({ key, pack, id, name, unit }) => ({
    pack,
    id,
    name,
    unit,
    values: tables.map(({ year, values }) => ({ year, value: values.get(key) ?? null })),
  }));
}

type FigureValue = { key: string; pack: string; id: string; name: Text; unit: string; value: number | null };

/** Every indicator of every standard, and the account once. */
function figuresIn(scores: readonly Score[]): FigureValue[] {
  const [first] = scores;
  const account = Object.values(first?.account ?? {}).map(({ id, name, unit, value }) => ({
    pack: '',
    id,
    name,
    unit,
    value,
  }));
  const indicators = scores.flatMap(({ pack, indicators: all }) =>
    all.map(({ id, name, unit, value }) => ({ pack, id, name, unit, value })),
  );
  return [...indicators, ...account].map((figure) => ({ ...figure, key: `${figure.pack} ${figure.id}` }));
}

/** Sums and differences of decimals are decimals: all their digits. */
export function decimalOf({ numerator, denominator }: Rational): string {
  let digits = 0;
  let scale = 1n;
  for (; scale % denominator !== 0n; digits++) scale *= 10n;
  const whole = (numerator * scale) / denominator;
  const text = (whole < 0n ? -whole : whole).toString().padStart(digits + 1, '0');
  const cut = text.length - digits;
  return `${whole < 0n ? '-' : ''}${text.slice(0, cut)}${digits === 0 ? '' : `.${text.slice(cut)}`}`;
}
