// Owns how a score and a trace look on a terminal.
import { Calendar } from '../core/calendar.ts';
import type { Language, Text } from '../core/text.ts';
import type { Trace } from '../core/trace.ts';
import { formatNumber, formatQuantity } from '../scoring/figure.ts';
import type { Way } from '../scoring/main.ts';
import type { IndicatorResult, Score } from '../scoring/score.ts';

const words = {
  met: { zh: '达标', en: 'met' },
  not_met: { zh: '未达标', en: 'not met' },
  not_assessable: { zh: '不可评估', en: 'not assessable' },
  none: { zh: '本标准不作评定', en: 'this standard gives no verdict' },
  draft: { zh: '状态', en: 'status' },
  points: { zh: '得分', en: 'points' },
  target: { zh: '目标', en: 'target' },
  reading: { zh: '若按', en: 'read as' },
  contradiction: { zh: '来源中的矛盾', en: 'contradiction in the source' },
  silent: { zh: '来源未载明', en: 'not stated in the source' },
  taken: { zh: '取法', en: 'taken' },
  supplied: { zh: '用户提供', en: 'supplied by the user' },
  ledger: { zh: '台账', en: 'ledger' },
  because: { zh: '理由', en: 'reason' },
  withheld: { zh: '数据不足，暂不给出', en: 'withheld: too few readings' },
  coverage: { zh: '数据完整率', en: 'readings cover' },
  prerequisite: { zh: '基本要求', en: 'prerequisite' },
  total: { zh: '碳排放总量', en: 'total emissions' },
} as const satisfies Record<string, Text>;

const symbolOf = (met: boolean | null): string => (met === null ? '?' : met ? '✓' : '✗');

export function printScore(score: Score, language: Language): string {
  const say = (text: Text) => text[language];
  const verdict = score.noVerdict ?? words[score.verdict];
  const lines = [
    `${say(score.packName)}`,
    `${say(words.draft)}: ${say(score.status)} [${score.confidence}]`,
    `${score.site} ${score.year}: ${say(verdict)}${score.verdictName === null ? '' : `（${say(score.verdictName)}）`}`,
    ...(score.total === null ? [] : [`${say(words.points)}: ${amount(score.total.score)} / ${score.total.of}`]),
    '',
    ...score.prerequisites.map(
      ({ met, clause, name }) => `  ${symbolOf(met)} ${say(words.prerequisite)} ${clause}  ${say(name)}`,
    ),
    '',
    ...score.indicators.flatMap((indicator) => linesOf(indicator, language)),
    '',
    ...score.reported.map((trace) => `  ${say(trace.name)} [${trace.id}]: ${formatQuantity(trace)}`),
    `  ${say(words.total)}: ${score.emissions.total_tCO2e === null ? '—' : `${formatNumber(score.emissions.total_tCO2e)} tCO2e`}`,
    '',
    ...score.ledgerFindings.map(({ id, text }) => `  ! ${say(words.ledger)} ${id}: ${say(text)}`),
    ...score.supplied
      .filter(({ about }) => score.indicators.every(({ id }) => id !== about)) // those stand at their indicators
      .map(
        ({ about, what, reason }) =>
          `  * ${say(words.supplied)} ${about}: ${say(what)} (${say(words.because)}: ${reason})`,
      ),
    ...score.contradictions.map(
      ({ clause, text, taken }) =>
        `  ! ${say(words.contradiction)} ${clause}: ${say(text)} — ${say(words.taken)}: ${say(taken)}`,
    ),
    ...score.notStated.map(
      ({ what, taken }) => `  ? ${say(words.silent)}: ${say(what)} — ${say(words.taken)}: ${say(taken)}`,
    ),
  ];
  return lines.join('\n');
}

const amount = (value: number | null): string => (value === null ? '—' : formatNumber(value));

function linesOf(indicator: IndicatorResult, language: Language): string[] {
  const { id, name, met, notApplicable, points, score, target, alternatives, marks, unit } = indicator;
  const say = (text: Text) => text[language];
  const scored = points === null ? '' : `  [${amount(score)} / ${formatNumber(points)}]`;
  const result = notApplicable === null ? resultOf(indicator, language) : say(notApplicable);
  return [
    `  ${notApplicable === null ? symbolOf(met) : '–'} ${id}  ${say(name)}: ${result}${scored}`,
    ...(target === null ? [] : [`      ${symbolOf(target.met)} ${say(words.target)} ${say(target.phrase)}`]),
    ...alternatives.map(
      (one) =>
        `      ${symbolOf(one.met)} ${say(words.reading)} ${say(one.name)}: ${formatQuantity({ value: one.value, unit })}`,
    ),
    ...marks.map((mark) => `      ! ${say(mark)}`),
  ];
}

function resultOf(
  { value, unit, thresholdPhrase, margin, withheld, coverage, uncertainty }: IndicatorResult,
  language: Language,
): string {
  const covered = coverage === null ? '' : `, ${words.coverage[language]} ${(coverage * 100).toFixed(2)} %`;
  if (withheld) return `${words.withheld[language]}${covered}`;
  const gap = margin === null ? '' : `, ${margin >= 0 ? '+' : '−'}${formatNumber(Math.abs(margin))}`;
  const doubt =
    uncertainty === null || uncertainty.standard === 0
      ? ''
      : `, ± ${formatNumber(Number((1.96 * uncertainty.standard).toPrecision(2)))}`;
  return `${formatQuantity({ value, unit })}  (${thresholdPhrase[language]}${gap}${doubt}${covered})`;
}

/** The tree of a figure: every line a number, its formula, and where it comes from. */
export function printTrace(trace: Trace, language: Language, zone: string): string {
  const calendar = new Calendar(zone);
  const lines: string[] = [];
  const show = (node: Trace, first: string, rest: string): void => {
    lines.push(
      `${first}${node.name[language]} [${node.id}] = ${formatQuantity(node)}${node.clause === undefined ? '' : `  (${node.clause})`}`,
    );
    const below = node.parts.length > 0 ? `${rest}│  ` : `${rest}   `;
    if (node.formula !== undefined) lines.push(`${below}${node.formula}`);
    if (node.numbers !== undefined) lines.push(`${below}${node.numbers}`);
    for (const line of originOf(node, language, calendar)) lines.push(`${below}${line}`);
    for (const note of node.notes) lines.push(`${below}! ${note[language]}`);
    for (const [index, part] of node.parts.entries()) {
      const last = index === node.parts.length - 1;
      show(part, `${rest}${last ? '└─ ' : '├─ '}`, `${rest}${last ? '   ' : '│  '}`);
    }
  };
  show(trace, '', '');
  return lines.join('\n');
}

function originOf({ meter, factor, ledger, coverage }: Trace, language: Language, calendar: Calendar): string[] {
  const chinese = language === 'zh';
  if (meter !== undefined) {
    const { start, end, slots, estimated, marks, source } = meter;
    return [
      `${chinese ? '表计' : 'meter'} ${meter.meter}.${meter.point}  ${calendar.format(start)} … ${calendar.format(end)}`,
      `${slots} × 15 min, ${words.coverage[language]} ${((coverage ?? 0) * 100).toFixed(2)} %${estimated > 0 ? `, ${chinese ? '估算' : 'estimated'} ${formatNumber(estimated)}` : ''}${marks.length > 0 ? `, ${marks.join(' ')}` : ''}`,
      ...(source === '' ? [] : [source]),
    ];
  }
  if (factor !== undefined) {
    return [
      `${chinese ? '因子' : 'factor'} ${factor.factor} (${factor.region})  ${factor.publisher} ${factor.notice}`,
      `${factor.fit[language]}; ${factor.confidence}; ${factor.source}`,
    ];
  }
  if (ledger === undefined) return [];
  return [
    `${chinese ? '台账' : 'ledger'} ${ledger.entry} #${ledger.revision}  ${ledger.evidence ?? '—'}  sha256 ${ledger.hash.slice(0, 12)}…`,
  ];
}

/** What to do: each gap with what closes it, the next grade, and the cheapest set of measures. */
export function printWay({ gaps, next, plan, forecast }: Way, language: Language): string {
  const chinese = language === 'zh';
  const say = (text: Text) => text[language];
  const lines = gaps.flatMap(({ indicator, steps, reason }) => [
    `  ✗ ${indicator}`,
    ...steps.map(({ text }) => `      ${say(text)}`),
    ...(reason === null ? [] : [`      ${say(reason)}`]),
  ]);
  if (next === null)
    lines.push(chinese ? '没有更高等级，或数据不足以判断' : 'there is no higher grade, or too little is known to tell');
  else {
    lines.push('', `${chinese ? '下一等级' : 'next grade'}: ${say(next.level)}`);
    lines.push(...next.steps.map(({ text }) => `      ${say(text)}`));
    if (next.reachable && next.steps.length === 0)
      lines.push(chinese ? '      需多项并举' : '      it takes several of them together');
    lines.push(...next.blockers.map(({ id, text }) => `  ✗ ${id}: ${say(text)}`));
  }
  if (forecast !== null) {
    lines.push('', `${chinese ? '年末预测' : 'forecast of the year'}: ${say(forecast.method)}`);
    for (const { id, value, interval, unit, passProbability } of forecast.indicators) {
      const within = interval === null ? '' : `  (${formatNumber(interval[0])} … ${formatNumber(interval[1])})`;
      const chance = passProbability === null ? '' : `  ${(passProbability * 100).toFixed(1)} %`;
      lines.push(`      ${id}: ${formatQuantity({ value, unit })}${within}${chance}`);
    }
    lines.push(...forecast.notes.map((note) => `      ! ${say(note)}`));
  }
  if (plan === null) return lines.join('\n');
  const chosen = plan.chosen?.join(', ') ?? (chinese ? '所列措施的任何组合都不足' : 'no set of the measures is enough');
  const cost = plan.cost === null ? '' : ` (${formatNumber(plan.cost)} 万元)`;
  return [...lines, '', `${chinese ? '最省的措施组合' : 'cheapest measures'}: ${chosen}${cost}`].join('\n');
}
