// Owns the way to a threshold and to the next grade: the least of one lever that reaches it, or the proof that none does.
import { Rational } from '../core/rational.ts';
import type { Text } from '../core/text.ts';
import { type Assessment, assess } from './assess.ts';
import { formatNumber } from './figure.ts';
import { changed, type Lever, type LeverId, levers } from './levers.ts';
import type { LoadedPack } from './pack.ts';
import type { Grounds } from './pack-figures.ts';

export type Step = { lever: LeverId; amount: number; unit: string; text: Text };
export type Gap = {
  indicator: string;
  margin: number | null;
  steps: Step[] /** Why nothing is proposed. */;
  reason: Text | null;
};

type Reached = (grounds: Grounds) => boolean;

/** The least amount, in whole steps, with which the aim is reached; null when even all of it is not enough. */
function leastOf(lever: Lever, grounds: Grounds, reached: Reached): Step | null {
  const limit = lever.limit(grounds);
  if (limit === null || limit.compare(Rational.zero) <= 0) return null;
  const steps = limit.over(lever.step);
  let enough = steps.numerator / steps.denominator;
  const isEnough = (count: bigint) =>
    reached(changed(grounds, lever.changes(Rational.of(count).times(lever.step), grounds)));
  if (enough === 0n || !isEnough(enough)) return null;
  let short = 0n; // the aim is not reached as things stand
  while (enough - short > 1n) {
    const middle = (enough + short) / 2n;
    if (isEnough(middle)) enough = middle;
    else short = middle;
  }
  const amount = Rational.of(enough).times(lever.step).toNumber();
  return { lever: lever.id, amount, unit: lever.unit, text: lever.say(formatNumber(amount)) };
}

/** For every indicator that is not met: what would meet it, one lever at a time. */
export function gapsOf(pack: LoadedPack, grounds: Grounds): Gap[] {
  return assess(pack, grounds).indicators.flatMap(({ id, met, margin, unit }): Gap[] => {
    if (met !== false) return [];
    const one = { ...pack, indicators: pack.indicators.filter((indicator) => indicator.id === id) };
    const reached: Reached = (other) => assess(one, other).indicators[0]?.met === true;
    const steps = levers.flatMap((lever) => leastOf(lever, grounds, reached) ?? []);
    const reason = {
      zh: `没有单独一项措施能补上 ${formatNumber(Math.abs(margin ?? 0))} ${unit}`,
      en: `no lever alone makes up the ${formatNumber(Math.abs(margin ?? 0))} ${unit}`,
    };
    return [{ indicator: id, margin, steps, reason: steps.length === 0 ? reason : null }];
  });
}

export type NextGrade = {
  level: Text;
  reachable: boolean;
  /** One lever alone, each the least of its kind. */
  steps: Step[];
  /** What still fails with every lever at its end: no amount of them reaches the grade. */
  blockers: { id: string; name: Text; text: Text }[];
};

/** The grade above the one reached. Null when there is none, or when the verdict is open for want of data. */
export function nextGrade(pack: LoadedPack, grounds: Grounds): NextGrade | null {
  if ('none' in pack.verdict) return null;
  const now = assess(pack, grounds);
  if (now.verdict === 'not_assessable') return null;
  const { levels } = pack.verdict;
  const at = levels.findIndex(({ name }) => name.zh === now.verdictName?.zh);
  const next = levels[(at < 0 ? levels.length : at) - 1];
  if (next === undefined) return null;
  const wanted = levels.slice(0, levels.indexOf(next) + 1).map(({ name }) => name.zh);
  const reached: Reached = (other) => wanted.includes(assess(pack, other).verdictName?.zh ?? '');
  const steps = levers.flatMap((lever) => leastOf(lever, grounds, reached) ?? []);
  const best = atTheirEnds(grounds);
  const reachable = steps.length > 0 || reached(best);
  return { level: next.name, reachable, steps, blockers: reachable ? [] : blockersOf(assess(pack, best)) };
}

/** Levers that do not stand in each other's way, all at once: saving and cutting claim the same tonnes, so one of them goes. */
function atTheirEnds(grounds: Grounds): Grounds {
  let best = grounds;
  for (const id of ['self_use', 'cut', 'certificates', 'credits'] as const) {
    const lever = levers.find((one) => one.id === id) as Lever;
    const limit = lever.limit(best);
    if (limit !== null && limit.compare(Rational.zero) > 0) best = changed(best, lever.changes(limit, best));
  }
  return best;
}

const blockersOf = ({ indicators, prerequisites }: Assessment): NextGrade['blockers'] => [
  ...prerequisites
    .filter(({ met }) => met !== true)
    .map(({ id, name }) => ({ id, name, text: { zh: '基本要求未满足', en: 'a prerequisite is not met' } })),
  ...indicators
    .filter(({ met, notApplicable }) => met !== true && notApplicable === null)
    .map(({ id, name, value, unit, thresholdPhrase }) => ({
      id,
      name,
      text: {
        zh: `各项措施用尽仍为 ${value === null ? '—' : formatNumber(value)} ${unit}（${thresholdPhrase.zh}）`,
        en: `with every lever at its end still ${value === null ? '—' : formatNumber(value)} ${unit} (${thresholdPhrase.en})`,
      },
    })),
];
