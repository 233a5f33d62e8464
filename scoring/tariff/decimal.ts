// Owns exact numbers as people write them: rounded half up, and with all their digits.
import { Rational } from '../../core/rational.ts';

/** Half up, away from zero: 25.555 is 25.56, which no binary fraction can tell. */
export function roundHalfUp(value: Rational, step: Rational): Rational {
  const steps = value.over(step);
  const sign = steps.numerator < 0n ? -1n : 1n;
  const doubled = 2n * steps.numerator * sign + steps.denominator;
  return Rational.of((doubled / (2n * steps.denominator)) * sign).times(step);
}

/** All digits of a number that ends; `digits` behind the point of one that does not. */
export function decimalText(value: Rational, digits = 12): string {
  const rounded = roundHalfUp(value, Rational.of(1, 10n ** BigInt(digits)));
  const scaled = rounded.times(Rational.of(10n ** BigInt(digits))).numerator;
  const written = String(scaled < 0n ? -scaled : scaled).padStart(digits + 1, '0');
  const [whole, fraction] = [written.slice(0, -digits), written.slice(-digits).replace(/0+$/, '')];
  return `${scaled < 0n ? '-' : ''}${whole}${fraction === '' ? '' : `.${fraction}`}`;
}
