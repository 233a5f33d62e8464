// Owns the report of a standard: verdict, indicators with their formulas in numbers, and everything that its source leaves open.
import type { Text } from '../../core/text.ts';
import type { IndicatorResult, Score } from '../../scoring/score.ts';
import { type Block, both, type Cell, figure, type Section, traced } from './model.ts';

const verdicts: Record<Score['verdict'], Text> = {
  met: { zh: '达标', en: 'met' },
  not_met: { zh: '未达标', en: 'not met' },
  not_assessable: { zh: '不可评估', en: 'not assessable' },
  none: { zh: '本标准不作评定', en: 'no verdict by design' },
};

export const verdictOf = ({ verdict, verdictName, noVerdict }: Score): Text =>
  verdictName ?? noVerdict ?? verdicts[verdict];

const resultOf = ({
  met,
  notApplicable,
  withheld,
}: Pick<IndicatorResult, 'met' | 'notApplicable' | 'withheld'>): Text => {
  if (notApplicable !== null) return notApplicable;
  if (withheld) return { zh: '数据不足，暂不给出', en: 'withheld: too few readings' };
  if (met === null) return { zh: '? 不可评估', en: '? not assessable' };
  return met ? { zh: '✓ 达标', en: '✓ met' } : { zh: '✗ 未达标', en: '✗ not met' };
};

const percent = (share: number | null): Cell => (share === null ? '—' : `${(share * 100).toFixed(2)} %`);

export function standardSection(score: Score): Section {
  const { indicators, prerequisites, packName, status, total, supplied, contradictions, notStated, verdictPhrase } =
    score;
  const table = (title: Text, heads: Text[], rows: Cell[][]): Block[] =>
    rows.length === 0 ? [] : [{ kind: 'table', title, columns: heads.map((head) => ({ title: head })), rows }];
  const clause = { zh: '条款', en: 'Clause' };
  const taken = { zh: '取法', en: 'Taken as' };
  return {
    title: packName,
    blocks: [
      {
        kind: 'facts',
        rows: [
          [{ zh: '结论', en: 'Verdict' }, verdictOf(score)],
          [{ zh: '依据', en: 'By' }, both(verdictPhrase)],
          [{ zh: '文本状态', en: 'State of the text' }, status],
          ...(total === null
            ? []
            : ([[{ zh: '得分', en: 'Points' }, figure(total.score, `/ ${total.of}`)]] as [Text, Cell][])),
        ],
      },
      {
        kind: 'table',
        title: { zh: '指标', en: 'Indicators' },
        columns: [
          { title: clause, look: 'short' },
          { title: { zh: '指标', en: 'Indicator' } },
          { title: { zh: '数值', en: 'Value' }, look: 'right' },
          { title: { zh: '要求', en: 'Threshold' } },
          { title: { zh: '结果', en: 'Result' }, look: 'short' },
          { title: { zh: '完整率', en: 'Coverage' }, look: 'right' },
        ],
        rows: indicators.map(({ clause: at, name, value, thresholdPhrase, coverage, trace, ...judged }) => [
          at,
          name,
          // A figure that is withheld stands in no table as if it were given.
          { ...traced(trace), figure: value },
          thresholdPhrase,
          resultOf(judged),
          percent(coverage),
        ]),
      },
      ...table(
        { zh: '公式与代入', en: 'Formulas and their numbers' },
        [
          { zh: '指标', en: 'Indicator' },
          { zh: '公式', en: 'Formula' },
          { zh: '代入', en: 'With numbers' },
        ],
        indicators.flatMap(({ name, trace }) =>
          trace.formula === undefined ? [] : [[name, trace.formula, trace.numbers ?? '—']],
        ),
      ),
      ...table(
        { zh: '基本要求', en: 'Prerequisites' },
        [clause, { zh: '要求', en: 'Requirement' }, { zh: '结果', en: 'Result' }, { zh: '佐证', en: 'Evidence' }],
        prerequisites.map(({ clause: at, name, met, evidence }) => [
          at,
          name,
          resultOf({ met, notApplicable: null, withheld: false }),
          evidence ?? '—',
        ]),
      ),
      ...table(
        { zh: '由用户提供（来源未载明）', en: 'Supplied by the user (not stated in the source)' },
        [
          { zh: '对象', en: 'About' },
          { zh: '内容', en: 'What' },
          { zh: '理由', en: 'Reason' },
        ],
        supplied.map(({ about, what, reason }) => [about, what, reason]),
      ),
      ...table(
        { zh: '来源中的矛盾', en: 'Contradictions in the source' },
        [clause, { zh: '矛盾', en: 'Contradiction' }, taken],
        contradictions.map(({ clause: at, text, taken: how }) => [at, text, how]),
      ),
      ...table(
        { zh: '来源未载明', en: 'Not stated in the source' },
        [{ zh: '事项', en: 'Matter' }, taken],
        notStated.map(({ what, taken: how }) => [what, how]),
      ),
    ],
  };
}
