// Owns the report of gaps and measures: how far each indicator is from its threshold, what would close it, and the cheapest way on.
import type { Text } from '../../core/text.ts';
import type { Step } from '../../scoring/gap.ts';
import type { Way } from '../../scoring/main.ts';
import type { Measure } from '../../scoring/measures.ts';
import type { Score } from '../../scoring/score.ts';
import { verdictOf } from './indicators.ts';
import { type Block, type Cell, figure, type Report, type Section, standsOn } from './model.ts';

export type Standing = { score: Score; way: Way };

export function planReport(
  name: Text,
  year: number,
  standings: readonly Standing[],
  measures: readonly Measure[],
): Report {
  return {
    title: name,
    subtitle: { zh: `差距与措施方案　${year} 年`, en: `Gaps and plan of measures ${year}` },
    sections: standings.map((standing) => sectionOf(standing, measures)),
  };
}

function sectionOf({ score, way }: Standing, measures: readonly Measure[]): Section {
  const { next, plan, forecast, gaps } = way;
  const open = score.indicators.filter(({ met, notApplicable }) => met === null && notApplicable === null);
  const blocks: (Block | false)[] = [
    {
      kind: 'facts',
      rows: [
        [{ zh: '目前结论', en: 'Verdict as things stand' }, verdictOf(score)],
        ...(next === null ? [] : [[{ zh: '下一等级', en: 'Next grade' }, next.level] as [Text, Cell]]),
        ...(forecast === null
          ? []
          : ([[{ zh: '年末推算', en: 'Forecast to the end of the year' }, forecast.method]] as [Text, Cell][])),
      ],
    },
    gaps.length > 0 && {
      kind: 'table',
      title: { zh: '差距', en: 'Gaps' },
      columns: [
        { title: { zh: '条款', en: 'Clause' }, look: 'short' },
        { title: { zh: '指标', en: 'Indicator' } },
        { title: { zh: '现值', en: 'Value' }, look: 'right' },
        { title: { zh: '要求', en: 'Threshold' } },
        { title: { zh: '差', en: 'Short by' }, look: 'right' },
        { title: { zh: '单独一项即可补上', en: 'One of these alone is enough' } },
      ],
      rows: gaps.flatMap(({ indicator, margin, steps, reason }): Cell[][] => {
        const one = score.indicators.find(({ id }) => id === indicator);
        if (one === undefined) return [];
        const { clause, name, value, unit, thresholdPhrase, trace } = one;
        return [
          [
            clause,
            name,
            { ...figure(value, unit), from: standsOn(trace) },
            thresholdPhrase,
            figure(margin === null ? null : Math.abs(margin), unit),
            reason ?? joined(steps),
          ],
        ];
      }),
    },
    gaps.length === 0 && {
      kind: 'text',
      text: { zh: '没有未达标的指标。', en: 'No indicator misses its threshold.' },
    },
    next !== null &&
      next.steps.length > 0 && {
        kind: 'table',
        title: {
          zh: `达到“${next.level.zh}”：单独一项的最小量`,
          en: `To “${next.level.en}”: the least of one lever alone`,
        },
        columns: [
          { title: { zh: '手段', en: 'Lever' } },
          { title: { zh: '最小量', en: 'Least amount' }, look: 'right' },
        ],
        rows: next.steps.map(({ text, amount, unit }) => [text, figure(amount, unit)]),
      },
    next !== null &&
      next.blockers.length > 0 && {
        kind: 'table',
        title: { zh: '各手段用尽仍不能达到', en: 'What no amount of the levers reaches' },
        columns: [{ title: { zh: '事项', en: 'Matter' } }, { title: { zh: '原因', en: 'Why' } }],
        rows: next.blockers.map(({ name, text }) => [name, text]),
      },
    plan !== null && planTable(plan, measures),
    open.length > 0 && {
      kind: 'table',
      title: { zh: '不可评估：先补资料', en: 'Not assessable: what is missing comes first' },
      columns: [
        { title: { zh: '条款', en: 'Clause' }, look: 'short' },
        { title: { zh: '指标', en: 'Indicator' } },
        { title: { zh: '缺少', en: 'Missing' } },
      ],
      rows: open.map(({ clause, name, trace }) => [clause, name, missingIn(trace)]),
    },
  ];
  return { title: score.packName, blocks: blocks.filter((block) => block !== false) };
}

const joined = (steps: readonly Step[]): Text => ({
  zh: steps.map(({ text }) => text.zh).join('；'),
  en: steps.map(({ text }) => text.en).join('; '),
});

/** The notes of the trace, each once: they say what was not there. */
function missingIn(trace: Score['indicators'][number]['trace']): Text {
  const notes = new Map<string, Text>();
  const look = ({ notes: own, value, parts }: typeof trace): void => {
    if (value === null) for (const one of own) notes.set(one.zh, one);
    for (const part of parts) look(part);
  };
  look(trace);
  const all = [...notes.values()];
  return all.length === 0
    ? { zh: '—', en: '—' }
    : { zh: all.map(({ zh }) => zh).join('；'), en: all.map(({ en }) => en).join('; ') };
}

function planTable({ level, chosen, cost, looked }: NonNullable<Way['plan']>, measures: readonly Measure[]): Block {
  if (chosen === null)
    return {
      kind: 'text',
      text: {
        zh: `备选措施的任何组合都达不到“${level.zh}”（已证明，查看了 ${looked} 种组合）。`,
        en: `No set of the plant's measures reaches “${level.en}”: shown by looking at ${looked} sets.`,
      },
    };
  const rows = chosen.flatMap((id) => measures.find((one) => one.id === id) ?? []);
  return {
    kind: 'table',
    title: { zh: `达到“${level.zh}”的最省组合`, en: `The cheapest set that reaches “${level.en}”` },
    columns: [
      { title: { zh: '措施', en: 'Measure' } },
      { title: { zh: '效果', en: 'Effect' } },
      { title: { zh: '费用', en: 'Cost' }, look: 'right', unit: '万元' },
    ],
    rows: [
      ...rows.map(({ id, name, effect, cost: own }): Cell[] => [
        name,
        Object.entries(effect)
          .map(([what, amount]) => `${what} ${amount}`)
          .join('; '),
        { figure: own, from: `measures.yaml ${id}` },
      ]),
      [{ zh: '合计', en: 'Total' }, '', figure(cost)],
    ],
    sums: [{ row: rows.length, column: 2, of: rows.map((_, index) => index) }],
  };
}
