// Owns what standards ask differently about one thing, read from their data: thresholds, formulas, bases of coal, factors, claims.
import type { Text } from '../core/text.ts';
import { parseUnit, sameDimensions } from '../core/units.ts';
import { namesIn } from './expression.ts';
import { expressionOf } from './figure.ts';
import type { LoadedPack } from './pack.ts';
import type { PackIndicator } from './pack-schema.ts';
import { vocabulary } from './vocabulary.ts';

/** What some standards say alike. */
export type Stand = { packs: string[]; says: Text };
export type Conflict = { id: string; topic: Text; stands: Stand[] };

/** Standards that say nothing about a thing take no part in it; a thing about which all say the same is none. */
export function conflictsOf(packs: readonly LoadedPack[]): Conflict[] {
  const topics = new Map<string, Text>();
  for (const { indicators } of packs)
    for (const { about, name } of indicators) if (about !== undefined && !topics.has(about)) topics.set(about, name);
  const compared = [
    ...[...topics].map(([id, topic]) => conflict(id, topic, packs, (pack) => demandOf(pack, id))),
    conflict('coal_electricity', { zh: '电力折标准煤', en: 'electricity as standard coal' }, packs, coalBasisOf),
    conflict('grid_factor', { zh: '下网电力的排放因子', en: 'the factor of grid electricity' }, packs, gridFactorOf),
    ...(['certificates_retired', 'green_power_contracted', 'credits_retired'] as const).map((id) =>
      conflict(id, vocabulary[id].name, packs, (pack) => claimOf(pack, id)),
    ),
  ];
  return compared.filter(({ stands }) => stands.length > 1);
}

function conflict(
  id: string,
  topic: Text,
  packs: readonly LoadedPack[],
  say: (pack: LoadedPack) => Text | undefined,
): Conflict {
  const stands: Stand[] = [];
  for (const pack of packs) {
    const says = say(pack);
    const same = stands.find((stand) => stand.says.zh === says?.zh && stand.says.en === says.en);
    if (same !== undefined) same.packs.push(pack.id);
    else if (says !== undefined) stands.push({ packs: [pack.id], says });
  }
  return { id, topic, stands };
}

const join = (texts: readonly Text[], zh: string, en: string): Text => ({
  zh: texts.map((text) => text.zh).join(zh),
  en: texts.map((text) => text.en).join(en),
});

function demandOf(pack: LoadedPack, about: string): Text | undefined {
  const found = pack.indicators.filter((one) => one.about === about).map((one) => demandIn(pack, one));
  return found.length === 0 ? undefined : join(found, '；', '; ');
}

function demandIn(pack: LoadedPack, { formula, unit, threshold, target = [] }: PackIndicator): Text {
  const { zh, en } = join(
    [...threshold, ...target].map(({ phrase }) => phrase),
    '，',
    ', ',
  );
  if (formula === undefined) return { zh: `${zh}（声明）`, en: `${en} (attested)` };
  const whole = expanded(pack, formula);
  return { zh: `${zh} [${unit}] = ${whole}`, en: `${en} [${unit}] = ${whole}` };
}

/** A formula with the formulas of its steps in place of their names. */
function expanded(pack: LoadedPack, formula: string): string {
  return formula.replaceAll(/[A-Za-z_]\w*/g, (name) => {
    const step = pack.steps.find(({ id }) => id === name);
    if (step === undefined) return name;
    const inner = expanded(pack, step.formula);
    return formula.trim() === name || /^\w+$/.test(inner) ? inner : `(${inner})`;
  });
}

type Reach = Map<string, 'always' | 'by_choice'>;

/** What a standard's indicators and verdict rest on: whatever is chosen, or only under some reading that it leaves open. */
function reachOf(pack: LoadedPack): Reach {
  const reach: Reach = new Map();
  const walk = (formula: string, how: 'always' | 'by_choice') => {
    for (const name of namesIn(expressionOf(formula))) {
      if (reach.get(name) === 'always' || reach.get(name) === how) continue;
      reach.set(name, how);
      const step = pack.steps.find(({ id }) => id === name);
      if (step !== undefined) walk(step.formula, how);
      const choice = pack.choices.find(({ id }) => id === name);
      for (const { id, formula: reading } of choice?.options ?? [])
        if (choice?.chosen === undefined || choice.chosen === id)
          walk(reading, choice?.chosen === undefined ? 'by_choice' : how);
    }
  };
  for (const { formula, threshold } of pack.indicators)
    for (const source of [formula, ...threshold.map(({ when }) => when)])
      if (source !== undefined) walk(source, 'always');
  if ('levels' in pack.verdict) for (const { when } of pack.verdict.levels) walk(when, 'always');
  return reach;
}

const inDimensionsOf = (unit: string, asked: string): boolean => sameDimensions(parseUnit(unit), parseUnit(asked));

function coalBasisOf(pack: LoadedPack): Text | undefined {
  const reach = reachOf(pack);
  const open = pack.choices.filter(({ id, unit }) => reach.has(id) && inDimensionsOf(unit, 'kgce/kWh'));
  const calorific = { zh: '当量值', en: 'calorific' };
  const equivalent = { zh: '等价值', en: 'equivalent' };
  const said: Text[] = open.map(({ options, chosen }) => {
    const readings = options.filter(({ id }) => chosen === undefined || id === chosen).map(({ name }) => name);
    const { zh, en } = join(readings, ' | ', ' | ');
    return chosen === undefined ? { zh: `未载明：${zh}`, en: `not stated: ${en}` } : { zh, en };
  });
  for (const [id, { name, value, unit, clause }] of Object.entries(pack.constants)) {
    if (!reach.has(id) || !inDimensionsOf(unit, 'kgce/kWh')) continue;
    const amount =
      value === 'not_stated' ? { zh: '数值未载明', en: 'the value is not stated' } : { zh: value, en: value };
    said.push({ zh: `${name.zh}（${clause}）：${amount.zh}`, en: `${name.en} (${clause}): ${amount.en}` });
  }
  if (said.length === 0)
    for (const [id, { kind }] of Object.entries(pack.factors))
      if (reach.has(id) && kind.startsWith('coal_')) said.push(kind === 'coal_equivalent' ? calorific : equivalent);
  if (said.length === 0 && (reach.has('energy_total') || reach.has('energy_electricity'))) said.push(calorific);
  return said.length === 0 ? undefined : join(said, '；', '; ');
}

function gridFactorOf(pack: LoadedPack): Text | undefined {
  const reach = reachOf(pack);
  for (const [id, { name, value, unit }] of Object.entries(pack.constants))
    if (reach.has(id) && inDimensionsOf(unit, 'kgCO2/kWh'))
      return { zh: `${name.zh}：${value} ${unit}`, en: `${name.en}: ${value} ${unit}` };
  if (reach.has('emissions_total_market') || reach.has('emissions_electricity_market'))
    return {
      zh: '基于市场：扣除非化石交易电量后的因子',
      en: 'market-based: the factor without traded non-fossil power',
    };
  if (reach.has('emissions_total') || reach.has('emissions_electricity'))
    return { zh: '基于位置：站点所选的平均因子', en: "location-based: the average factor of the site's choice" };
  return undefined;
}

/** Only of standards that compute at all. */
function claimOf(pack: LoadedPack, id: string): Text | undefined {
  const reach = reachOf(pack);
  if (![...reach.keys()].some((name) => name in vocabulary)) return undefined;
  const how = reach.get(id);
  if (how === undefined) return { zh: '不计入', en: 'does not count' };
  return how === 'always'
    ? { zh: '计入', en: 'counts' }
    : { zh: '未载明，由选择决定', en: 'not stated, a choice decides' };
}
