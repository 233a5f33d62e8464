// Owns how a score and a trace look on a terminal.
import { Calendar } from '../core/calendar.ts';
import type { Language, Text } from '../core/text.ts';
import { leavesOf, type Trace } from '../core/trace.ts';
import { formatNumber, formatQuantity } from '../scoring/figure.ts';
import type { Way } from '../scoring/main.ts';
import type { IndicatorResult, Score } from '../scoring/score.ts';
import { indented } from './table.ts';
import { ourTerminal } from './terminal.ts';

const words = {
  met: { zh: '达标', en: 'met' },
  not_met: { zh: '未达标', en: 'not met' },
  not_assessable: { zh: '不可评估', en: 'not assessable' },
  none: { zh: '本标准不作评定', en: 'this standard gives no verdict' },
  draft: { zh: '状态', en: 'status' },
  points: { zh: '得分', en: 'points' },
  reading: { zh: '若按', en: 'read as' },
  contradiction: { zh: '来源中的矛盾 → 取法', en: 'contradictions in the source → how each is read' },
  silent: { zh: '来源未载明 → 取法', en: 'not stated in the source → what is taken' },
  indicator: { zh: '指标', en: 'indicators' },
  supplied: { zh: '用户提供', en: 'supplied by the user' },
  ledger: { zh: '台账中的问题', en: 'wrong in the ledger' },
  because: { zh: '理由', en: 'reason' },
  withheld: { zh: '数据不足，暂不给出', en: 'withheld: too few readings' },
  coverage: { zh: '数据完整率', en: 'readings cover' },
  prerequisite: { zh: '基本要求', en: 'prerequisites' },
  total: { zh: '碳排放总量', en: 'total emissions' },
} as const satisfies Record<string, Text>;

const symbolOf = (met: boolean | null): string => (met === null ? '?' : met ? '✓' : '✗');

/** No line is wider than the terminal; what is told about a thing hangs below it. */
export function printScore(score: Score, language: Language, columns = widthOfTerminal()): string {
  const say = (text: Text) => text[language];
  const below = (first: string, text: string) => indented(text, first, columns);
  const level = score.verdictName === null ? '' : ` · ${say(score.verdictName)}`;
  const section = (title: string, lines: readonly string[]) => (lines.length === 0 ? [] : ['', title, ...lines]);
  const taken = (what: Text, reading: Text) => `${say(what)} → ${say(reading)}`;
  const lines = [
    below('', say(score.packName)),
    below('', `${say(words.draft)}: ${say(score.status)} [${score.confidence}]`),
    below('', `${score.site} ${score.year}: ${say(score.noVerdict ?? words[score.verdict])}${level}`),
    ...(score.total === null ? [] : [`${say(words.points)}: ${amount(score.total.score)} / ${score.total.of}`]),
    ...section(
      say(words.prerequisite),
      score.prerequisites.map(({ met, clause, name }) => below(`  ${symbolOf(met)} `, `${clause}  ${say(name)}`)),
    ),
    ...section(
      say(words.indicator),
      score.indicators.flatMap((indicator) => linesOf(indicator, language, columns)),
    ),
    '',
    ...score.reported.map((trace) => below('  ', `${say(trace.name)} [${trace.id}]: ${shown(trace)}`)),
    `  ${say(words.total)}: ${shown({ value: score.emissions.total_tCO2e, unit: 'tCO2e' })}`,
    ...section(
      say(words.ledger),
      score.ledgerFindings.map(({ id, text }) => below('  ! ', `${id}: ${say(text)}`)),
    ),
    ...section(
      say(words.supplied),
      score.supplied
        .filter(({ about }) => score.indicators.every(({ id }) => id !== about)) // those stand at their indicators
        .map(({ about, what, reason }) => below('  * ', `${about}: ${say(what)} (${say(words.because)}: ${reason})`)),
    ),
    ...section(
      say(words.contradiction),
      score.contradictions.map(({ clause, text, taken: reading }) =>
        below('  ! ', `${clause}: ${taken(text, reading)}`),
      ),
    ),
    ...section(
      say(words.silent),
      score.notStated.map(({ what, taken: reading }) => below('  ? ', taken(what, reading))),
    ),
  ];
  return lines.join('\n');
}

const widthOfTerminal = (): number => ourTerminal().columns;
const amount = (value: number | null): string => (value === null ? '—' : formatNumber(value));

/** Six digits are enough to read; where they would hide which side of the limit a value is on, all of them. */
function shown({ value, unit }: { value: number | null; unit: string }, limit: number | null = null): string {
  if (value === null) return '—';
  const short = Number(value.toPrecision(6));
  const hides = limit !== null && value !== limit && short === limit;
  return formatQuantity({ value: hides ? value : short, unit });
}

function linesOf(indicator: IndicatorResult, language: Language, columns: number): string[] {
  const { id, name, met, notApplicable, points, score, target, alternatives, marks, unit, value, withheld } = indicator;
  const say = (text: Text) => text[language];
  const below = (first: string, text: string) => indented(text, first, columns);
  const scored = points === null ? '' : `  [${amount(score)} / ${formatNumber(points)}]`;
  const result = notApplicable === null ? resultOf(indicator, language) : say(notApplicable);
  const told = alternatives.some((one) => one.value !== null) ? alternatives : [];
  const reasons =
    value === null && !withheld && notApplicable === null && told.length === 0 ? reasonsOf(indicator.trace) : [];
  return [
    below(`  ${notApplicable === null ? symbolOf(met) : '–'} `, `${id}  ${say(name)}: ${result}${scored}`),
    ...(target === null ? [] : [below(`      ${symbolOf(target.met)} `, say(target.phrase))]),
    ...told.map((one) =>
      below(
        `      ${symbolOf(one.met)} `,
        `${say(words.reading)} ${say(one.name)}: ${shown({ value: one.value, unit }, indicator.threshold)}`,
      ),
    ),
    ...[...reasons, ...marks].map((text) => below('      ! ', say(text))),
  ];
}

/** Why nothing is known, as the unknown figures at the ends of the trace say it, each reason once. */
function reasonsOf(trace: Trace): Text[] {
  const open = [...leavesOf(trace)].filter(({ value }) => value === null).flatMap(({ notes }) => notes);
  return [...new Map(open.map((note) => [note.en, note])).values()];
}

function resultOf(
  { value, unit, threshold, thresholdPhrase, margin, withheld, coverage, uncertainty }: IndicatorResult,
  language: Language,
): string {
  const covered = coverage === null ? '' : `, ${words.coverage[language]} ${(coverage * 100).toFixed(2)} %`;
  if (withheld) return `${words.withheld[language]}${covered}`;
  const gap = margin === null || margin === 0 ? '' : `, ${margin > 0 ? '+' : '−'}${threeDigits(Math.abs(margin))}`;
  const doubt =
    uncertainty === null || uncertainty.standard === 0 ? '' : `, ± ${threeDigits(1.96 * uncertainty.standard)}`;
  return `${shown({ value, unit }, threshold)}  (${thresholdPhrase[language]}${gap}${doubt}${covered})`;
}

const threeDigits = (value: number): string => formatNumber(Number(value.toPrecision(3)));

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
    const { start, end, slots, estimated, marks, source, readings, hash } = meter;
    return [
      `${chinese ? '表计' : 'meter'} ${meter.meter}.${meter.point}  ${calendar.format(start)} … ${calendar.format(end)}`,
      `${slots} × 15 min, ${words.coverage[language]} ${((coverage ?? 0) * 100).toFixed(2)} %${estimated > 0 ? `, ${chinese ? '估算' : 'estimated'} ${formatNumber(estimated)}` : ''}${marks.length > 0 ? `, ${marks.join(' ')}` : ''}`,
      `${formatNumber(readings)} ${chinese ? '个读数' : 'readings'}, sha256 ${hash.slice(0, 12)}…`,
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
export function printWay(
  { pack, gaps, next, plan, forecast }: Way,
  language: Language,
  columns = widthOfTerminal(),
): string {
  const chinese = language === 'zh';
  const say = (text: Text) => text[language];
  const below = (first: string, text: string) => indented(text, first, columns);
  const lines = gaps.flatMap(({ indicator, steps, reason }) => [
    `  ✗ ${indicator}`,
    ...steps.map(({ text }) => below('      ', say(text))),
    ...(reason === null ? [] : [below('      ', say(reason))]),
  ]);
  if (next === null)
    lines.push(
      below(
        '',
        chinese
          ? `没有更高等级，或数据不足以判断：tanbiao score --pack ${pack} 列出缺少的数据`
          : `there is no higher grade, or too little is known to tell: tanbiao score --pack ${pack} says what is missing`,
      ),
    );
  else {
    lines.push('', `${chinese ? '下一等级' : 'next grade'}: ${say(next.level)}`);
    lines.push(...next.steps.map(({ text }) => below('      ', say(text))));
    if (next.reachable && next.steps.length === 0)
      lines.push(chinese ? '      需多项并举' : '      it takes several of them together');
    lines.push(...next.blockers.map(({ id, text }) => below('  ✗ ', `${id}: ${say(text)}`)));
  }
  if (forecast !== null) {
    lines.push('', below('', `${chinese ? '年末预测' : 'forecast of the year'}: ${say(forecast.method)}`));
    for (const { id, value, interval, unit, passProbability } of forecast.indicators) {
      const within =
        interval === null ? '' : `  (${interval.map((end) => shown({ value: end, unit: '1' })).join(' … ')})`;
      const chance = passProbability === null ? '' : `  ${(passProbability * 100).toFixed(1)} %`;
      lines.push(below('      ', `${id}: ${shown({ value, unit })}${within}${chance}`));
    }
    lines.push(...forecast.notes.map((note) => below('      ! ', say(note))));
  }
  if (plan === null) return lines.join('\n');
  const chosen = plan.chosen?.join(', ') ?? (chinese ? '所列措施的任何组合都不足' : 'no set of the measures is enough');
  const cost = plan.cost === null ? '' : ` (${formatNumber(plan.cost)} 万元)`;
  return [...lines, '', below('', `${chinese ? '最省的措施组合' : 'cheapest measures'}: ${chosen}${cost}`)].join('\n');
}
