// Owns what a scorecard says of the sealed year: the snapshot's own verdict, and beside a figure that has moved since, the sealed one.
import type { IndicatorResult, Score } from '../../../scoring/score.ts';
import type { Listed } from '../../../snapshot/list.ts';
import { exact, number, text, unitText } from '../format.ts';
import { ask } from '../state.ts';
import { worded } from '../words.ts';
import { Link } from './link.tsx';

const words = worded(
  {
    sealed: (name: string) => `已封存 ${name}`,
    without: '其中没有本标准',
    points: (score: string) => `${score} 分`,
    same: '以下现算与封存一致',
    moved: (count: number) => `封存之后 ${count} 项指标的现算值已不同，未封存`,
    both: (then: string, now: string) => `封存值 ${then}；现算 ${now}，未封存`,
  },
  {
    sealed: (name) => `Sealed ${name}`,
    without: 'this standard is not in it',
    points: (score) => `${score} points`,
    same: 'what is computed now is equal to it',
    moved: (count) => `since then ${count} indicators have moved; what is computed now is not sealed`,
    both: (then, now) => `sealed ${then}; computed now ${now}, not sealed`,
  },
);

export type SealedScore = Listed['verdicts'][number];

/** The snapshot that stands for a year. */
export const sealedYear = (year: number): Listed | null =>
  ask<Listed[]>('api/snapshots').value.data?.findLast((one) => one.year === year && one.state === 'sealed') ?? null;

const sealedOf = (standard: SealedScore | undefined, id: string) =>
  standard?.indicators.find((indicator) => indicator.id === id);

const hasMoved = (standard: SealedScore | undefined, { id, value }: IndicatorResult): boolean => {
  const sealed = sealedOf(standard, id);
  return sealed !== undefined && sealed.value !== value;
};

export function SealedVerdict({ snapshot, score }: { snapshot: Listed; score: Score }) {
  const own = words.value;
  const standard = snapshot.verdicts.find(({ pack }) => pack === score.pack);
  const moved = score.indicators.filter((indicator) => hasMoved(standard, indicator)).length;
  const said = standard && [
    text(standard.verdict),
    ...(standard.score === null ? [] : [own.points(number(standard.score, 2))]),
    moved === 0 ? own.same : own.moved(moved),
  ];
  return (
    <p class="sealed-year" data-sealed-year={snapshot.name} data-moved={moved}>
      <Link to={{ view: 'snapshots', snapshot: snapshot.name }}>{own.sealed(snapshot.name)}</Link>
      {' · '}
      {said?.join(' · ') ?? own.without}
    </p>
  );
}

export function SealedValue({
  standard,
  indicator,
}: {
  standard: SealedScore | undefined;
  indicator: IndicatorResult;
}) {
  const sealed = sealedOf(standard, indicator.id);
  if (sealed === undefined || !hasMoved(standard, indicator)) return null;
  const isSeen = number(sealed.value, 2) !== number(indicator.value, 2);
  const shown = (value: number | null) =>
    `${value === null ? '—' : isSeen ? number(value, 2) : exact(value)} ${unitText(indicator.unit)}`.trim();
  return (
    <p class="note" data-moved-since={indicator.id}>
      {words.value.both(shown(sealed.value), shown(indicator.value))}
    </p>
  );
}
