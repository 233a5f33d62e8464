// Owns thresholds: which of a standard's cases holds, whether a value meets it, and what points a value earns.
import { Rational } from '../core/rational.ts';
import type { Text } from '../core/text.ts';
import { parseUnit } from '../core/units.ts';
import { type Quantity, truth } from './evaluate.ts';
import { expressionOf, type Figure } from './figure.ts';
import { limitOf } from './pack-check.ts';
import type { PackIndicator, PackRule, PackThreshold } from './pack-schema.ts';

export type ThresholdResult = {
  /** Null where the source states none, or where it is not known which of its cases holds. */
  limit: number | null;
  direction: 'atLeast' | 'atMost';
  phrase: Text;
  met: boolean | null;
  /** How far the value is on the right side of the limit, in its own unit; negative is missing. */
  margin: number | null;
};

export type Figures = Readonly<Record<string, Figure>>;

export const truthOf = (formula: string, figures: Figures): boolean | null =>
  truth(expressionOf(formula), (name) => quantityOf(figures[name]));

export const quantityOf = (figure: Figure | undefined): Quantity | null =>
  figure?.exact == null ? null : { value: figure.exact, unit: parseUnit(figure.trace.unit) };

export function compare(cases: readonly PackThreshold[], value: Rational | null, figures: Figures): ThresholdResult {
  const chosen = caseOf(cases, figures);
  const shown = chosen ?? (cases[0] as PackThreshold);
  const direction = shown.atLeast === undefined ? 'atMost' : 'atLeast';
  const limit = chosen === undefined ? 'not_stated' : limitOf(chosen);
  const phrase =
    chosen === undefined ? { zh: '无法确定适用哪一档', en: 'it is not known which case holds' } : chosen.phrase;
  if (limit === 'not_stated') return { limit: null, direction, phrase, met: null, margin: null };
  const exact = Rational.fromDecimal(limit);
  const margin = value === null ? null : direction === 'atLeast' ? value.minus(exact) : exact.minus(value);
  return {
    limit,
    direction,
    phrase,
    met: margin === null ? null : margin.compare(Rational.zero) >= 0,
    margin: margin?.toNumber() ?? null,
  };
}

function caseOf(cases: readonly PackThreshold[], figures: Figures): PackThreshold | undefined {
  for (const one of cases) {
    const holds = one.when === undefined ? true : truthOf(one.when, figures);
    if (holds === null) return undefined;
    if (holds) return one;
  }
  return undefined;
}

export function pointsOf(
  { points, rule }: PackIndicator,
  value: Rational | null,
  met: boolean | null,
): Rational | null {
  if (typeof points !== 'number') return null;
  const share = shareOf(rule ?? 'not_stated', value, met);
  return share === null ? null : share.times(Rational.fromDecimal(points));
}

function shareOf(rule: PackRule, value: Rational | null, met: boolean | null): Rational | null {
  if (rule === 'not_stated') return null;
  if (rule === 'all_or_nothing') return met === null ? null : met ? Rational.one : Rational.zero;
  if (value === null) return null;
  if ('bands' in rule) {
    const band = rule.bands.find(({ atLeast }) => value.compare(Rational.fromDecimal(atLeast)) >= 0);
    return Rational.fromDecimal(band?.share ?? 0);
  }
  const [zero, full] = [Rational.fromDecimal(rule.linear.zero), Rational.fromDecimal(rule.linear.full)];
  const share = value.minus(zero).over(full.minus(zero));
  if (share.compare(Rational.zero) <= 0) return Rational.zero;
  return share.compare(Rational.one) >= 0 ? Rational.one : share;
}
