// Owns the planner: the cheapest set of measures that reaches a grade, exact for up to thirty, or the proof that none does.
import { Rational } from '../core/rational.ts';
import type { Text } from '../core/text.ts';
import { parseUnit } from '../core/units.ts';
import { assess } from './assess.ts';
import { evaluate } from './evaluate.ts';
import type { Expression } from './expression.ts';
import { expressionOf } from './figure.ts';
import { type Changes, changed, levers } from './levers.ts';
import type { Measure } from './measures.ts';
import type { LoadedPack } from './pack.ts';
import { figuresFor, type Grounds } from './pack-figures.ts';
import type { PackIndicator } from './pack-schema.ts';

export type Plan = {
  level: Text;
  /** Null: no set of the measures reaches the grade, which the search has shown. */
  chosen: string[] | null;
  /** What the chosen are called. */
  names: Text[] | null;
  cost: number | null;
  /** How many sets were looked at. */
  looked: number;
};

export function cheapestPlan(
  pack: LoadedPack,
  grounds: Grounds,
  measures: readonly Measure[],
  levelName: string,
): Plan {
  if ('none' in pack.verdict) throw new RangeError('this standard gives no verdict');
  const at = pack.verdict.levels.findIndex(({ name }) => name.zh === levelName);
  const level = pack.verdict.levels[at];
  if (level === undefined) throw new RangeError(`there is no level ${levelName}`);
  const wanted = pack.verdict.levels.slice(0, at + 1).map(({ name }) => name.zh);
  const sorted = [...measures].sort((a, b) => a.cost - b.cost || (a.id < b.id ? -1 : 1));
  const reaches = (chosen: readonly Measure[]): boolean =>
    wanted.includes(assess(pack, after(grounds, chosen)).verdictName?.zh ?? '');
  const requirements = requirementsOf(pack, grounds, sorted, expressionOf(level.when));
  const search = new Search(sorted, requirements, (chosen) => withinLimits(grounds, chosen) && reaches(chosen));
  search.run();
  return {
    level: level.name,
    chosen: search.best?.map(({ id }) => id) ?? null,
    names: search.best?.map(({ name }) => name) ?? null,
    cost: search.best === null ? null : search.cost,
    looked: search.looked,
  };
}

/** The plant with these measures done. */
export function after(grounds: Grounds, chosen: readonly Measure[]): Grounds {
  const changes = chosen.flatMap(({ effect }) => changesOf(effect, grounds));
  const clauses = new Set(chosen.flatMap(({ attests }) => attests));
  const figure = Object.values(grounds.figures)[0];
  return {
    ...changed(grounds, ...changes),
    attested(clause) {
      const known = grounds.attested(clause);
      if (!clauses.has(clause) || known?.met === true || figure === undefined) return known;
      const unit = '个';
      const name = { zh: clause, en: clause };
      const trace = { ...figure.trace, id: clause, name, unit, value: 1, coverage: null, parts: [], notes: [] };
      return { met: true, figure: { exact: Rational.one, trace }, evidence: null };
    },
  };
}

const changesOf = (effect: Measure['effect'], grounds: Grounds): Changes[] =>
  levers.flatMap((lever) => {
    const amount = effect[lever.id];
    return amount === undefined ? [] : [lever.changes(Rational.fromDecimal(amount), grounds)];
  });

/**
 * No more certificates than off-take, no more own use than was exported: beyond, a set cannot be done. What one measure
 * leaves is all that the others have: certificates of power that was saved cover nothing.
 */
export function withinLimits(grounds: Grounds, chosen: readonly Measure[]): boolean {
  const ids = new Set(chosen.map(({ id }) => id));
  if (chosen.some(({ excludes }) => excludes.some((id) => ids.has(id)))) return false;
  const left = after(grounds, chosen);
  return levers.every((lever) => {
    if (!lever.hard || chosen.every(({ effect }) => effect[lever.id] === undefined)) return true;
    const limit = lever.limit(left);
    return limit !== null && limit.compare(Rational.zero) >= 0;
  });
}

/** A condition that every set must meet: `now` plus the gains of its measures must not be negative. */
type Requirement = { now: number; gains: readonly number[] };

/**
 * What the grade cannot do without, as sums over measures: value ≥ limit is N − limit × D ≥ 0, and N and D add up. What does
 * not add up, or what the grade could do without, bounds nothing; the search is exact all the same, only longer.
 */
function requirementsOf(
  pack: LoadedPack,
  grounds: Grounds,
  measures: readonly Measure[],
  when: Expression,
): Requirement[] {
  const parts = conjuncts(when);
  const facts = new Set(parts.flatMap((one) => (one.kind === 'name' ? [one.name] : [])));
  // One that may turn out not to apply is nothing that the grade cannot do without.
  const needed = pack.indicators.filter(
    ({ id, role, appliesWhen, mayNotApply }) =>
      appliesWhen === undefined &&
      (mayNotApply === undefined || grounds.exempted(id) === undefined) &&
      (facts.has('all_met') ||
        (facts.has('core_met') && role === 'core') ||
        (facts.has('guiding_met') && role === 'guiding')),
  );
  const limits = parts.flatMap((one): { name: string; limit: number }[] =>
    one.kind === 'binary' && one.operator === '>=' && one.left.kind === 'name' && one.right.kind === 'number'
      ? [{ name: one.left.name, limit: one.right.value }]
      : [],
  );
  return [
    ...needed.flatMap((indicator) => additive(thresholdWorth(pack, indicator), grounds, measures)),
    ...limits.flatMap(({ name, limit }) => {
      if (name === 'total') return [pointsNeeded(pack, grounds, measures, limit)];
      const formula = pack.indicators.find(({ symbol }) => symbol === name)?.formula;
      return formula === undefined
        ? []
        : additive(worthOf(pack, formula, Rational.fromDecimal(limit), 'atLeast'), grounds, measures);
    }),
  ];
}

type Worth = (grounds: Grounds) => Rational | null;

function additive(worth: Worth, grounds: Grounds, measures: readonly Measure[]): Requirement[] {
  const base = worth(grounds);
  if (base === null) return [];
  const gains = measures.map((one) => worth(after(grounds, [one]))?.minus(base) ?? null);
  const whole = worth(after(grounds, measures));
  if (gains.includes(null) || whole === null) return [];
  const sum = gains.reduce<Rational>((all, gain) => all.plus(gain as Rational), base);
  if (sum.compare(whole) !== 0) return [];
  const size = Math.abs(base.toNumber()) + 1; // floats only bound; what is chosen is judged exactly
  return [{ now: base.toNumber() / size, gains: gains.map((gain) => (gain as Rational).toNumber() / size) }];
}

/** Points can at most grow by what each measure adds in proportion; whatever else a measure moves counts as won already. */
function pointsNeeded(pack: LoadedPack, grounds: Grounds, measures: readonly Measure[], limit: number): Requirement {
  const base = assess(pack, grounds).indicators;
  const single = measures.map((one) => assess(pack, after(grounds, [one])).indicators);
  const whole = assess(pack, after(grounds, measures)).indicators;
  let now = -limit;
  const gains = measures.map(() => 0);
  for (const [at, { rule, points, attested }] of pack.indicators.entries()) {
    if (typeof points !== 'number') continue;
    const value = base[at]?.value ?? null;
    const moved = single.map((one) => (one[at]?.value ?? 0) - (value ?? 0));
    const sum = moved.reduce((all, one) => all + one, value ?? 0);
    const addsUp = value !== null && Math.abs(sum - (whole[at]?.value ?? Number.NaN)) <= 1e-9 * (1 + Math.abs(sum));
    if (attested !== undefined) {
      now += base[at]?.score ?? 0;
      for (const [index, one] of measures.entries())
        if (one.attests.includes(attested) && base[at]?.met !== true) gains[index] = (gains[index] ?? 0) + points;
    } else if (addsUp && typeof rule === 'object' && 'linear' in rule) {
      now += base[at]?.score ?? 0;
      const perValue = points / (rule.linear.full - rule.linear.zero);
      for (const [index, one] of moved.entries()) gains[index] = (gains[index] ?? 0) + Math.max(0, one * perValue);
    } else now += value !== null && moved.every((one) => one === 0) ? (base[at]?.score ?? 0) : points;
  }
  return { now, gains };
}

const conjuncts = (expression: Expression): Expression[] =>
  expression.kind === 'binary' && expression.operator === 'and'
    ? [...conjuncts(expression.left), ...conjuncts(expression.right)]
    : [expression];

/** Not negative exactly when the indicator is met. */
function thresholdWorth(pack: LoadedPack, { formula, threshold, unit }: PackIndicator): Worth {
  const [only, ...others] = threshold;
  const limit = only?.atLeast ?? only?.atMost;
  if (formula === undefined || typeof limit !== 'number' || others.length > 0 || only?.when !== undefined)
    return () => null;
  const { numerator, denominator } = parseUnit(unit);
  const inBase = Rational.fromDecimal(limit).times(Rational.of(numerator, denominator));
  return worthOf(pack, formula, inBase, only?.atLeast === undefined ? 'atMost' : 'atLeast');
}

function worthOf(pack: LoadedPack, formula: string, limit: Rational, direction: 'atLeast' | 'atMost'): Worth {
  const expression = expressionOf(formula);
  const isRatio = expression.kind === 'binary' && expression.operator === '/';
  const [over, under] = isRatio ? [expression.left, expression.right] : [expression, undefined];
  return (grounds) => {
    const figures = figuresFor(pack, grounds, {});
    const inBase = (part: Expression): Rational | null => {
      const found = evaluate(part, (name) => {
        const figure = figures[name];
        return figure?.exact == null ? null : { value: figure.exact, unit: parseUnit(figure.trace.unit) };
      });
      return found?.value.times(Rational.of(found.unit.numerator, found.unit.denominator)) ?? null;
    };
    const [top, bottom] = [inBase(over), under === undefined ? Rational.one : inBase(under)];
    if (top === null || bottom === null || bottom.compare(Rational.zero) <= 0) return null;
    const worth = top.minus(bottom.times(limit));
    return direction === 'atLeast' ? worth : worth.negated();
  };
}

const slack = 1e-9;

/** Branch and bound: take or leave each measure, cheapest first; leave a branch when it is too dear or can never suffice. */
class Search {
  best: Measure[] | null = null;
  cost = Number.POSITIVE_INFINITY;
  looked = 0;
  readonly #measures: readonly Measure[];
  readonly #requirements: readonly Requirement[];
  readonly #suffices: (chosen: readonly Measure[]) => boolean;
  /** For each requirement, what helps it, best value for money first. */
  readonly #byValue: readonly (readonly number[])[];

  constructor(
    measures: readonly Measure[],
    requirements: readonly Requirement[],
    suffices: (chosen: readonly Measure[]) => boolean,
  ) {
    this.#measures = measures;
    this.#requirements = requirements;
    this.#suffices = suffices;
    const price = (index: number, gains: readonly number[]) =>
      (measures[index] as Measure).cost / (gains[index] as number);
    this.#byValue = requirements.map(({ gains }) =>
      [...measures.keys()].filter((index) => (gains[index] ?? 0) > 0).sort((a, b) => price(a, gains) - price(b, gains)),
    );
  }

  run(): void {
    this.#visit(
      0,
      [],
      0,
      this.#requirements.map(({ now }) => now),
    );
  }

  #visit(next: number, chosen: Measure[], cost: number, worth: readonly number[]): void {
    if (cost + this.#leastToPay(next, worth) >= this.cost - slack) return;
    this.looked++;
    if (worth.every((one) => one >= -slack) && this.#suffices(chosen)) {
      this.best = [...chosen];
      this.cost = cost;
      return;
    }
    const measure = this.#measures[next];
    if (measure === undefined) return;
    const gained = worth.map((one, index) => one + (this.#requirements[index]?.gains[next] ?? 0));
    this.#visit(next + 1, [...chosen, measure], cost + measure.cost, gained);
    this.#visit(next + 1, chosen, cost, worth);
  }

  /** What the dearest shortage costs at the least, if measures could be done in part. Infinite when it cannot be made up. */
  #leastToPay(next: number, worth: readonly number[]): number {
    let most = 0;
    for (const [at, { gains }] of this.#requirements.entries()) {
      let short = -(worth[at] ?? 0) - slack;
      let pay = 0;
      for (const index of this.#byValue[at] ?? []) {
        if (short <= 0) break;
        if (index < next) continue;
        const gain = gains[index] as number;
        pay += (this.#measures[index] as Measure).cost * Math.min(1, short / gain);
        short -= gain;
      }
      if (short > 0) return Number.POSITIVE_INFINITY;
      most = Math.max(most, pay);
    }
    return most;
  }
}
