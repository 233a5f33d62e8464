// Owns the linter of packs: beyond what loading refuses, what a careful author would want to be told.
import { type Path, type Problem, readYaml } from '../core/config/yaml-file.ts';
import { Rational } from '../core/rational.ts';
import type { Text } from '../core/text.ts';
import { parseUnit } from '../core/units.ts';
import { truth } from './evaluate.ts';
import { type Expression, namesIn } from './expression.ts';
import { expressionOf } from './figure.ts';
import { checkPack, verdictFacts } from './pack-check.ts';
import { type Pack, packSchema } from './pack-schema.ts';
import { differencesOf, unitsOf } from './worked-case.ts';

export function lintPack(file: string): Problem[] {
  const read = readYaml(file, packSchema);
  const problems = checkPack(read);
  const pack = read.value;
  if (pack === undefined || problems.length > 0) return problems;
  const tell = (path: Path, zh: string, en: string) => problems.push(read.problemAt(path, { zh, en }));
  if (pack.indicators.length === 0 && pack.tailoring === undefined)
    tell(['indicators'], '没有指标', 'there are no indicators');
  for (const { level, name, zh, en } of verdictFindings(pack))
    tell(['verdict', 'levels', level, 'when'], `${name.zh}：${zh}`, `${name.en}: ${en}`);
  const known = unitsOf(pack);
  for (const [index, worked] of pack.cases.entries()) {
    const unknown = Object.keys(worked.given).filter((name) => !known.has(name));
    if (unknown.length > 0)
      tell(['cases', index, 'given'], `未知名称：${unknown.join('、')}`, `unknown names: ${unknown.join(', ')}`);
    for (const { zh, en } of differencesOf(pack, worked)) tell(['cases', index], zh, en);
  }
  for (const [index, { id }] of pack.indicators.entries()) {
    const worked = pack.cases.some(
      ({ expect }) => id in expect.values || id in expect.met || id in expect.alternatives,
    );
    const scored = pack.cases.some(({ expect }) => typeof expect.total === 'number');
    if (!worked && !scored) tell(['indicators', index], `指标 ${id} 没有算例`, `no worked case speaks of ${id}`);
  }
  return problems;
}

type Finding = { level: number; name: Text; zh: string; en: string };

/**
 * Walks all that a verdict may meet: each fact true and false, each number at, just below and just above every limit.
 * A level that is never the first to be reached is dead; two at once are a contradiction, unless their order is declared.
 */
function verdictFindings(pack: Pack): Finding[] {
  if ('none' in pack.verdict) return [];
  const { levels, ordered } = pack.verdict;
  const names = [...new Set(levels.flatMap(({ when }) => namesIn(expressionOf(when))))];
  const limits = [
    ...new Set([
      0,
      ...(pack.points === undefined ? [] : [pack.points.total]),
      ...levels.flatMap(({ when }) => numbersIn(expressionOf(when))),
    ]),
  ];
  const numbers = limits.flatMap((limit) => [limit - 0.5, limit, limit + 0.5]);
  const facts: readonly string[] = verdictFacts;
  const unit = parseUnit('1');
  let worlds: Record<string, number>[] = [{}];
  for (const name of names) {
    const possible = name === 'total' ? numbers.filter((one) => one >= 0 && one <= (pack.points?.total ?? 0)) : numbers;
    const values = facts.includes(name) ? [0, 1] : possible;
    worlds = worlds.flatMap((world) => values.map((value) => ({ ...world, [name]: value })));
  }
  const reached = worlds.map((world) =>
    levels.map(({ when }) =>
      truth(expressionOf(when), (name) => ({ value: Rational.fromDecimal(world[name] ?? 0), unit })),
    ),
  );
  return levels.flatMap(({ name }, index): Finding[] => {
    const first = reached.some((world) => world.indexOf(true) === index);
    const overlap = reached.some((world) => world[index] === true && world.indexOf(true) < index);
    if (!first) return [{ level: index, name, zh: '永远不会达到', en: 'is never reached' }];
    if (overlap && !ordered)
      return [
        {
          level: index,
          name,
          zh: '与前面的等级重叠；若有意，写 ordered: true',
          en: 'overlaps a level before it; if that is meant, say ordered: true',
        },
      ];
    return [];
  });
}

function numbersIn(expression: Expression): number[] {
  switch (expression.kind) {
    case 'number':
      return [expression.value];
    case 'name':
      return [];
    case 'negate':
    case 'not':
      return numbersIn(expression.of);
    case 'binary':
      return [...numbersIn(expression.left), ...numbersIn(expression.right)];
    case 'call':
      return expression.of.flatMap(numbersIn);
    case 'choice':
      return [expression.when, expression.yes, expression.no].flatMap(numbersIn);
  }
}
