// Owns one indicator: its value against the threshold, how sure that is, its points, and what each reading of the source would give.
import type { Trace } from '../../../core/trace.ts';
import type { IndicatorForecast } from '../../../scoring/forecast.ts';
import type { Gap } from '../../../scoring/gap.ts';
import type { IndicatorResult } from '../../../scoring/score.ts';
import { go } from '../address.ts';
import { clauseText, compact, number, percent, text, unitText } from '../format.ts';
import { coverageSoFar } from '../spans.ts';
import { language } from '../state.ts';
import { say, worded } from '../words.ts';
import { Bullet } from './bullet.tsx';
import { type SealedScore, SealedValue } from './sealed.tsx';

export const judged = worded(
  {
    met: '达标',
    notMet: '未达标',
    notAssessable: '不可评估',
    notApplicable: '不适用',
    withheld: '数据不足，暂不给出',
    running: (share: string) => `年度未结束（已过 ${share}）`,
    coverageSoFar: (share: string) => `至今完整率 ${share}`,
    forecast: (value: string) => `年末预测 ${value}`,
    missing: (names: string) => `缺少：${names}`,
    more: (count: number) => `等 ${count} 项`,
    threshold: '要求',
    target: '目标',
    above: (text: string) => `余量 ${text}`,
    below: (text: string) => `还差 ${text}`,
    noVerdict: '本标准不作评定',
    percentagePoints: '个百分点',
    points: '分',
    noPoints: '分值未载明',
    likely: (share: string) => `达标概率 ${share}`,
    doubt: (value: string) => `± ${value}`,
    unknownDoubt: (count: number) => `${count} 个来源未给出精度，不确定度不明`,
    estimated: '含估算',
    alternatives: '来源有不同读法，尚未选定',
    closes: '补足办法（任一）',
  },
  {
    met: 'met',
    notMet: 'not met',
    notAssessable: 'not assessable',
    notApplicable: 'does not apply',
    withheld: 'withheld: too few readings',
    running: (share) => `the year is not over (${share} passed)`,
    coverageSoFar: (share) => `readings so far cover ${share}`,
    forecast: (value) => `Forecast ${value}`,
    missing: (names) => `Missing: ${names}`,
    more: (count) => `, ${count} in all`,
    threshold: 'required',
    target: 'target',
    above: (text) => `${text} to spare`,
    below: (text) => `${text} short`,
    noVerdict: 'this standard gives no verdict',
    percentagePoints: 'points',
    points: 'pts',
    noPoints: 'points not stated',
    likely: (share) => `${share} likely met`,
    doubt: (value) => `± ${value}`,
    unknownDoubt: (count) => `${count} sources state no accuracy: uncertainty unknown`,
    estimated: 'partly estimated',
    alternatives: 'The source can be read in several ways, and none is chosen',
    closes: 'Closed by any one of',
  },
);

/** The verdict in words, where its standard has no name for it. */
export const verdictWord = (verdict: 'met' | 'not_met' | 'not_assessable' | 'none'): string =>
  ({
    met: judged.value.met,
    not_met: judged.value.notMet,
    not_assessable: judged.value.notAssessable,
    none: judged.value.noVerdict,
  })[verdict];

export const symbolOf = (met: boolean | null): string => (met === null ? '?' : met ? '✓' : '✗');
const classOf = (met: boolean | null): string => (met === null ? 'unknown' : met ? 'met' : 'not_met');

/** A bare limit is told what it is; a phrase of the standard says so itself. */
const labelled = (label: string, phrase: string): string => (/^[≥≤<>\d]/.test(phrase) ? `${label} ${phrase}` : phrase);

type IndicatorProps = {
  indicator: IndicatorResult;
  gap: Gap | undefined;
  sealed: SealedScore | undefined;
  /** Where a running year is going. */
  forecast: IndicatorForecast | undefined;
  /** The share of the year that has passed; null when it is over. */
  elapsed: number | null;
};

export function Indicator({ indicator, gap, sealed, forecast, elapsed }: IndicatorProps) {
  const words = judged.value;
  const { id, name, clause, met, notApplicable, target, alternatives, marks, unit } = indicator;
  return (
    <li class={`indicator ${notApplicable === null ? classOf(met) : 'none'}`}>
      <button type="button" class="row" data-indicator={id} onClick={() => go({ trace: id })}>
        <span class="status" aria-hidden="true">
          {notApplicable === null ? symbolOf(met) : '–'}
        </span>
        <span class="name">
          <b>{text(name)}</b>
          <small>
            {id} · {clauseText(clause)}
          </small>
        </span>
        <Bullet indicator={indicator} />
        <Value indicator={indicator} elapsed={elapsed} />
        <Distance indicator={indicator} forecast={forecast} elapsed={elapsed} />
        <Points indicator={indicator} />
      </button>
      <SealedValue standard={sealed} indicator={indicator} />
      {(alternatives.length > 0 || marks.length > 0 || gap !== undefined || target !== null) && (
        <div class="beside">
          {target !== null && (
            <p>
              <span class={classOf(target.met)}>{symbolOf(target.met)}</span>{' '}
              {labelled(words.target, text(target.phrase))} {unitText(unit)}
            </p>
          )}
          {alternatives.length > 0 && (
            <div class="alternatives">
              <p>{words.alternatives}</p>
              <ul>
                {alternatives.map((one) => (
                  <li key={one.name.zh} class={classOf(one.met)}>
                    <small>{text(one.name)}</small>
                    <b>
                      {compact(one.value)} {unitText(unit)}
                    </b>
                    <span>
                      {symbolOf(one.met)} {one.met === null ? words.notAssessable : one.met ? words.met : words.notMet}
                    </span>
                  </li>
                ))}
              </ul>
            </div>
          )}
          {gap !== undefined && gap.steps.length > 0 && (
            <p class="closes">
              {words.closes} {gap.steps.map((step) => text(step.text)).join(' · ')}
            </p>
          )}
          {marks.length > 0 && (
            <ul class="marks">
              {marks.map((mark) => (
                <li key={mark.zh} class="note">
                  {text(mark)}
                </li>
              ))}
            </ul>
          )}
        </div>
      )}
    </li>
  );
}

function Value({
  indicator: { value, unit, met, withheld, notApplicable, thresholdPhrase, quality },
  elapsed,
}: Pick<IndicatorProps, 'indicator' | 'elapsed'>) {
  const words = judged.value;
  const qualitative = unit === '个';
  const verdict = met === null ? words.notAssessable : met ? words.met : words.notMet;
  const shown =
    notApplicable !== null
      ? words.notApplicable
      : withheld
        ? elapsed === null
          ? words.withheld
          : words.running(percent(Math.floor(elapsed * 100) / 100, 0))
        : value === null
          ? words.notAssessable
          : qualitative
            ? verdict
            : undefined;
  return (
    <span class="value">
      {shown === undefined ? (
        <b>
          {number(value, 2)} <i>{unitText(unit)}</i>
        </b>
      ) : (
        <b class="word">{shown}</b>
      )}
      <small>
        {labelled(words.threshold, text(thresholdPhrase))}
        {quality === 'estimated' && ` · ${words.estimated}`}
      </small>
    </span>
  );
}

/** What nothing is known of, and because of which the figure is not known. */
const missingIn = (trace: Trace): Trace[] =>
  trace.value !== null
    ? []
    : trace.parts.some(({ value }) => value === null)
      ? trace.parts.flatMap(missingIn)
      : [trace];

const mostNamed = 3;

function whyNot(trace: Trace): string {
  const words = judged.value;
  const missing = [...new Map(missingIn(trace).map((one) => [one.id, one])).values()];
  if (missing[0] === trace) return trace.notes.map(text).join('; ');
  const names = missing.slice(0, mostNamed).map(({ name }) => text(name));
  const more = missing.length > mostNamed ? words.more(missing.length) : '';
  return words.missing(names.join(language.value === 'zh' ? '、' : ', ') + more);
}

/** A chance is never quite none, and never quite sure. */
const chance = (share: number): string => (share < 0.01 ? '< 1 %' : share > 0.99 ? '> 99 %' : percent(share, 0));

function Distance({
  indicator: { margin, unit, uncertainty, coverage, value, withheld, notApplicable, trace },
  forecast,
  elapsed,
}: Pick<IndicatorProps, 'indicator' | 'forecast' | 'elapsed'>) {
  const words = judged.value;
  const step = unit === '%' ? words.percentagePoints : unitText(unit);
  const sure =
    uncertainty === null
      ? []
      : uncertainty.unknown.length > 0
        ? [words.unknownDoubt(uncertainty.unknown.length)]
        : uncertainty.standard === 0
          ? []
          : [
              words.doubt(compact(1.96 * uncertainty.standard)),
              ...(uncertainty.passProbability === null ? [] : [words.likely(chance(uncertainty.passProbability))]),
            ];
  const covered =
    coverage === null
      ? []
      : elapsed === null
        ? [`${say.value.coverage} ${percent(coverage, 2)}`]
        : [words.coverageSoFar(percent(coverageSoFar(coverage, elapsed), 2))];
  const coming = unit === '个' || forecast?.value == null ? null : forecast;
  const going =
    coming === null
      ? []
      : [
          ...(coming.interval === null ? [] : [coming.interval.map((end) => number(end, 2)).join(' … ')]),
          ...(coming.passProbability === null ? [] : [words.likely(chance(coming.passProbability))]),
        ];
  const isUnknown = value === null && !withheld && notApplicable === null;
  return (
    <span class="gap">
      {coming !== null && <b>{words.forecast(`${number(coming.value, 2)} ${unitText(unit)}`)}</b>}
      {isUnknown && <small>{whyNot(trace)}</small>}
      {margin !== null && unit !== '个' && (
        <b>{words[margin >= 0 ? 'above' : 'below'](`${compact(Math.abs(margin))} ${step}`)}</b>
      )}
      <small>{[...going, ...covered, ...sure].join(' · ')}</small>
    </span>
  );
}

function Points({ indicator: { points, score } }: { indicator: IndicatorResult }) {
  if (points === null) return <span class="points" />;
  return (
    <span class="points">
      <b>{score === null ? '—' : number(score, score % 1 === 0 ? 0 : 2)}</b>
      <small>
        / {number(points)} {judged.value.points}
      </small>
    </span>
  );
}
