// Owns the bridge between two years' emissions: what changed because more or less was used, and what because factors changed.
import { Rational, sum } from '../../core/rational.ts';
import type { Text } from '../../core/text.ts';
import type { EmissionMonth, MonthlySource } from './months.ts';

export type BridgeStep = {
  id: string;
  name: Text;
  /** At the factors of the year before. */
  activity: Rational;
  /** Of what was used this year. */
  factor: Rational;
};

export type Bridge = { before: Rational; after: Rational; steps: BridgeStep[] };

type Side = { emission: Rational; activity: Rational | null };

/** Null with the reason when a source is not known over all of the months in both years. */
export function bridgeOf(
  before: readonly EmissionMonth[],
  after: readonly EmissionMonth[],
): Bridge | { missing: Text } {
  const gap = [...before, ...after].find(({ sources }) => sources.some(({ missing }) => missing));
  if (gap !== undefined || before.length === 0) {
    const [when, names] = [gap === undefined ? '' : monthText(gap), namesOf(gap)];
    return {
      missing: {
        zh: before.length === 0 ? '本年还没有一个完整的月份' : `${when} 没有数据：${names.zh}`,
        en: before.length === 0 ? 'no month of the year is over yet' : `no data in ${when}: ${names.en}`,
      },
    };
  }
  const ids = new Map([...after, ...before].flatMap(({ sources }) => sources.map(({ id, name }) => [id, name])));
  const steps = [...ids].map(([id, name]): BridgeStep => {
    const [then, now] = [sideOf(before, id), sideOf(after, id)];
    const change = now.emission.minus(then.emission);
    // Without a factor on both sides there is no factor that could have changed: a new source is activity.
    if (then.activity === null || now.activity === null || then.activity.isZero || now.activity.isZero)
      return { id, name, activity: change, factor: Rational.zero };
    const activity = now.activity.minus(then.activity).times(then.emission.over(then.activity));
    return { id, name, activity, factor: change.minus(activity) };
  });
  return { before: totalOf(before), after: totalOf(after), steps };
}

const monthText = ({ start }: EmissionMonth): string => new Date(start + 86_400_000 * 2).toISOString().slice(0, 7);
const namesOf = (gap: EmissionMonth | undefined): Text => {
  const names = (gap?.sources ?? []).filter(({ missing }) => missing).map(({ name }) => name);
  return { zh: names.map(({ zh }) => zh).join('、'), en: names.map(({ en }) => en).join(', ') };
};

function sideOf(months: readonly EmissionMonth[], id: string): Side {
  const own = months.flatMap(({ sources }) => sources.filter((one) => one.id === id));
  const activities = own.map(({ activity }) => activity);
  return {
    emission: sum(own.map(({ emission }) => emission)),
    activity: activities.includes(null) ? null : sum(activities as Rational[]),
  };
}

export const totalOf = (months: readonly { sources: readonly Pick<MonthlySource, 'emission'>[] }[]): Rational =>
  sum(months.flatMap(({ sources }) => sources.map(({ emission }) => emission)));
