// Owns the checks of a pack against itself: names, units, points, rules; each mistake with its line.
import type { Problem, YamlFile } from '../core/config/yaml-file.ts';
import { Fault } from '../core/fault.ts';
import { isUnit, parseUnit, sameDimensions, type Unit } from '../core/units.ts';
import { unitOf } from './evaluate.ts';
import { namesIn } from './expression.ts';
import { chooseFactor, factorFigure } from './factors.ts';
import { expressionOf } from './figure.ts';
import type { Pack, PackThreshold } from './pack-schema.ts';
import { quantityIds, vocabulary } from './vocabulary.ts';

/** What a verdict may speak of beside the names of the pack. */
export const verdictFacts = ['prerequisites', 'all_met', 'core_met', 'guiding_met', 'core_targets_met'] as const;

export function checkPack({ value: pack, problems: found, problemAt }: YamlFile<Pack>): Problem[] {
  const problems = [...found];
  if (pack === undefined) return problems;
  const units = new Map<string, Unit>();
  const check = (path: PropertyKey[], work: () => void) => {
    try {
      work();
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      problems.push(problemAt(path, error.text));
    }
  };
  const define = (path: PropertyKey[], name: string, unit: string) =>
    check(path, () => {
      if (units.has(name))
        throw new Fault('name_twice', { zh: `名称 “${name}” 重复`, en: `the name "${name}" is used twice` });
      units.set(name, parseUnit(unit));
    });
  const unitIn = (formula: string): Unit => unitOf(expressionOf(formula), (name) => lookUp(units, name));
  const fits = (formula: string, unit: string) => {
    const found = unitIn(formula);
    if (sameDimensions(found, parseUnit(unit))) return;
    throw new Fault('unit_mismatch', {
      zh: `公式的单位是 ${found.symbol}，不能写成 ${unit}`,
      en: `the formula has the unit ${found.symbol}, which is not ${unit}`,
    });
  };

  for (const id of quantityIds) units.set(id, parseUnit(vocabulary[id].unit));
  for (const [index, { id, unit }] of pack.inputs.entries()) define(['inputs', index, 'unit'], id, unit);
  for (const [id, { unit }] of Object.entries(pack.constants)) define(['constants', id, 'unit'], id, unit);
  for (const [id, query] of Object.entries(pack.factors)) {
    check(['factors', id], () => {
      const { trace } = factorFigure(id, query.name, chooseFactor({ ...query, year: 2100 }));
      units.set(id, parseUnit(trace.unit));
    });
  }
  for (const [index, { id, unit, options }] of pack.choices.entries()) {
    for (const [o, { formula }] of options.entries())
      check(['choices', index, 'options', o, 'formula'], () => fits(formula, unit));
    define(['choices', index, 'unit'], id, unit);
  }
  for (const [index, { id, formula, unit }] of pack.steps.entries()) {
    check(['steps', index, 'formula'], () => fits(formula, unit));
    define(['steps', index, 'unit'], id, unit);
  }
  for (const [index, { formula }] of pack.prerequisites.entries())
    if (formula !== undefined) check(['prerequisites', index, 'formula'], () => fits(formula, '1'));

  const groups = new Set(pack.groups.map(({ id }) => id));
  const seen = new Set<string>();
  for (const [index, one] of pack.indicators.entries()) {
    const path = ['indicators', index];
    const problem = (key: string[], zh: string, en: string) => problems.push(problemAt([...path, ...key], { zh, en }));
    if (seen.has(one.id)) problem(['id'], `编号 “${one.id}” 重复`, `the id "${one.id}" is used twice`);
    seen.add(one.id);
    if ((one.formula === undefined) === (one.attested === undefined))
      problem([], 'formula 与 attested 须且只须有一个', 'exactly one of formula and attested is needed');
    if (one.group !== undefined && !groups.has(one.group))
      problem(['group'], `没有分组 “${one.group}”`, `there is no group "${one.group}"`);
    const { formula, appliesWhen, symbol } = one;
    if (!isUnit(one.unit)) check([...path, 'unit'], () => parseUnit(one.unit));
    else if (formula !== undefined) check([...path, 'formula'], () => fits(formula, one.unit));
    if (appliesWhen !== undefined) check([...path, 'appliesWhen'], () => fits(appliesWhen, '1'));
    for (const [t, { when }] of [...one.threshold, ...(one.target ?? [])].entries())
      if (when !== undefined) check([...path, 'threshold', t, 'when'], () => fits(when, '1'));
    if ((one.points === undefined) !== (one.rule === undefined))
      problem([], 'points 与 rule 须同时给出或同时省略', 'points and rule come together');
    if (symbol !== undefined) define([...path, 'symbol'], symbol, one.unit);
  }
  problems.push(...checkPoints(pack, problemAt), ...checkRules(pack, problemAt));
  if (problems.length === 0) problems.push(...checkBases(pack, problemAt));

  if ('levels' in pack.verdict) {
    if (pack.points !== undefined) units.set('total', parseUnit('1'));
    for (const fact of verdictFacts) units.set(fact, parseUnit('1'));
    for (const [index, { when }] of pack.verdict.levels.entries())
      check(['verdict', 'levels', index, 'when'], () => fits(when, '1'));
  }
  return problems;
}

/** 当量 and 等价 in one indicator would count the same kWh at two values: refused, whatever is chosen. */
function checkBases(pack: Pack, problemAt: YamlFile<unknown>['problemAt']): Problem[] {
  const electricity = Object.entries(pack.factors).filter(([, { carrier }]) => carrier === 'electricity');
  const kinds = new Map(electricity.map(([id, { kind }]) => [id, kind]));
  const calorific = ['energy_electricity', 'energy_total'];
  const formulas = new Map(pack.steps.map(({ id, formula }) => [id, [formula]]));
  const basesOf = (source: string, chosen: ReadonlyMap<string, string>): Set<string> => {
    const bases = new Set<string>();
    for (const name of namesIn(expressionOf(source))) {
      const kind = kinds.get(name);
      if (kind === 'coal_equivalent' || calorific.includes(name)) bases.add('calorific');
      if (kind === 'coal_equivalent_primary') bases.add('primary');
      const option = chosen.get(name);
      for (const inner of option === undefined ? (formulas.get(name) ?? []) : [option])
        for (const basis of basesOf(inner, chosen)) bases.add(basis);
    }
    return bases;
  };
  let readings: Map<string, string>[] = [new Map()];
  for (const { id, options } of pack.choices)
    readings = readings.flatMap((one) => options.map(({ formula }) => new Map([...one, [id, formula]])));
  return pack.indicators.flatMap(({ formula }, index) =>
    formula !== undefined && readings.some((chosen) => basesOf(formula, chosen).size > 1)
      ? [
          problemAt(['indicators', index, 'formula'], {
            zh: '同一指标混用了电力的当量值与等价值',
            en: 'the calorific and the equivalent value of electricity are mixed in one indicator',
          }),
        ]
      : [],
  );
}

/** Points that the source states must sum to its total; where some are not stated, those that are may not exceed it. */
function checkPoints(pack: Pack, problemAt: YamlFile<unknown>['problemAt']): Problem[] {
  if (pack.points === undefined) return [];
  const { total } = pack.points;
  const stated = pack.indicators.map(({ points = 0 }) => points);
  const sum = stated.reduce<number>((all, points) => all + (points === 'not_stated' ? 0 : points), 0);
  const open = stated.includes('not_stated');
  if (sum === total || (open && sum < total) || pack.indicators.length === 0) return [];
  return [
    problemAt(['points', 'total'], {
      zh: `各项分值之和为 ${sum}，应为 ${total}`,
      en: `the points sum to ${sum}, not to ${total}`,
    }),
  ];
}

/** A band that lies above the one before it is never reached, or covers what another one covers. */
function checkRules(pack: Pack, problemAt: YamlFile<unknown>['problemAt']): Problem[] {
  return pack.indicators.flatMap(({ rule, threshold }, index) => {
    const path = ['indicators', index, 'rule'];
    if (typeof rule === 'object' && 'linear' in rule && rule.linear.zero === rule.linear.full)
      return [problemAt(path, { zh: 'zero 与 full 相同', en: 'zero and full are the same' })];
    if (typeof rule === 'object' && 'bands' in rule) {
      const out = rule.bands.findIndex(
        ({ atLeast, share }, band) =>
          band > 0 && (atLeast >= (rule.bands[band - 1]?.atLeast ?? 0) || share >= (rule.bands[band - 1]?.share ?? 0)),
      );
      if (out > 0)
        return [
          problemAt([...path, 'bands', out], {
            zh: '分档重叠或不可达：下限与得分应逐档降低',
            en: 'the band overlaps another or is never reached: limits and shares must fall from band to band',
          }),
        ];
    }
    const open = threshold.findIndex(({ when }) => when === undefined);
    if (open >= 0 && open < threshold.length - 1)
      return [
        problemAt(['indicators', index, 'threshold', open + 1], {
          zh: '前一阈值没有 when，本阈值不可达',
          en: 'never reached: the threshold before it has no when',
        }),
      ];
    return [];
  });
}

const lookUp = (units: ReadonlyMap<string, Unit>, name: string): Unit => {
  const unit = units.get(name);
  if (unit !== undefined) return unit;
  const account: readonly string[] = quantityIds;
  const own = [...units.keys()].filter((known) => !account.includes(known)).join(' ');
  const near = nearest(name, [...units.keys()]).join(' ');
  throw new Fault('name_unknown', {
    zh: `未知名称 “${name}”${near && `，是否为 ${near}`}；本标准的名称：${own || '无'}；账目的名称见 tanbiao packs quantities`,
    en: `unknown name "${name}"${near && `, did you mean ${near}`}; names of this standard: ${own || 'none'}; those of the account: tanbiao packs quantities`,
  });
};

/** Up to three names that differ in few letters, the closest first. */
function nearest(name: string, known: readonly string[]): string[] {
  const most = Math.max(2, Math.floor(name.length / 4));
  return known
    .map((one) => ({ one, distance: distanceOf(name, one) }))
    .filter(({ distance }) => distance <= most)
    .sort((a, b) => a.distance - b.distance)
    .slice(0, 3)
    .map(({ one }) => one);
}

/** Letters to add, drop or change. */
function distanceOf(left: string, right: string): number {
  let row = Array.from({ length: right.length + 1 }, (_, at) => at);
  for (let l = 1; l <= left.length; l++) {
    const next = [l];
    for (let r = 1; r <= right.length; r++) {
      const change = (row[r - 1] ?? 0) + (left[l - 1] === right[r - 1] ? 0 : 1);
      next.push(Math.min(change, (row[r] ?? 0) + 1, (next[r - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[right.length] ?? 0;
}

export const limitOf = ({ atLeast, atMost }: PackThreshold): number | 'not_stated' =>
  (atLeast ?? atMost) as number | 'not_stated';
