// Owns what a shift of load would change: energy moved from one band to another, at the prices of the time it was used.
import { Rational, sum } from '../../core/rational.ts';
import type { Band } from './bands.ts';
import type { Stretch } from './cost.ts';

/** `moved` in kWh, `change` in 元 (negative is saved); null where a price is not known or there is nothing to move. */
export type Shift = { moved: Rational; change: Rational } | null;

/** What is moved is taken from each stretch alike, so that a share of the whole is the same share of each. */
export function shiftCost(
  stretches: readonly Stretch[],
  from: Band,
  to: Band,
  move: { share: Rational } | { energy: Rational },
): Shift {
  const parts = stretches.flatMap(({ bands }) => {
    const source = bands.find(({ band }) => band === from);
    if (source === undefined) return [];
    const target = bands.find(({ band }) => band === to);
    return [{ energy: Rational.fromDecimal(source.energy), price: source.price, other: target?.price ?? null }];
  });
  const used = parts.filter(({ energy }) => !energy.isZero);
  const available = sum(used.map(({ energy }) => energy));
  if (available.isZero) return null;
  const share = 'share' in move ? move.share : move.energy.over(available);
  if (share.compare(Rational.zero) < 0 || share.compare(Rational.one) > 0) return null;
  const changes: Rational[] = [];
  for (const { energy, price, other } of used) {
    if (price === null || other === null) return null;
    changes.push(energy.times(share).times(Rational.fromDecimal(other).minus(Rational.fromDecimal(price))));
  }
  return { moved: available.times(share), change: sum(changes) };
}
