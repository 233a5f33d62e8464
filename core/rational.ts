// Owns exact arithmetic: a threshold met to the last kWh must not be missed by a binary fraction.
export class Rational {
  readonly numerator: bigint;
  readonly denominator: bigint;

  private constructor(numerator: bigint, denominator: bigint) {
    const sign = denominator < 0n ? -1n : 1n;
    const divisor = greatestCommonDivisor(numerator < 0n ? -numerator : numerator, denominator * sign);
    this.numerator = (numerator * sign) / divisor;
    this.denominator = (denominator * sign) / divisor;
  }

  static readonly zero = new Rational(0n, 1n);
  static readonly one = new Rational(1n, 1n);

  static of(numerator: bigint | number, denominator: bigint | number = 1n): Rational {
    if (BigInt(denominator) === 0n) throw new RangeError('division by zero');
    return new Rational(BigInt(numerator), BigInt(denominator));
  }

  /** The decimal that a person wrote: 0.1229 is 1229/10000, not the binary fraction next to it. */
  static fromDecimal(value: number | string): Rational {
    const match = /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]?\d+))?$/.exec(String(value));
    if (match === null) throw new RangeError(`${value} is not a decimal number`);
    const [, sign, whole, fraction = '', exponent = '0'] = match;
    const shift = Number(exponent) - fraction.length;
    const digits = BigInt(`${sign}${whole}${fraction}`);
    return shift >= 0 ? new Rational(digits * 10n ** BigInt(shift), 1n) : new Rational(digits, 10n ** BigInt(-shift));
  }

  plus(other: Rational): Rational {
    return new Rational(
      this.numerator * other.denominator + other.numerator * this.denominator,
      this.denominator * other.denominator,
    );
  }

  minus(other: Rational): Rational {
    return this.plus(other.negated());
  }

  times(other: Rational): Rational {
    return new Rational(this.numerator * other.numerator, this.denominator * other.denominator);
  }

  over(other: Rational): Rational {
    return Rational.of(this.numerator * other.denominator, this.denominator * other.numerator);
  }

  negated(): Rational {
    return new Rational(-this.numerator, this.denominator);
  }

  /** Below, at or above: negative, zero or positive. */
  compare(other: Rational): number {
    const difference = this.numerator * other.denominator - other.numerator * this.denominator;
    return difference < 0n ? -1 : difference > 0n ? 1 : 0;
  }

  get isZero(): boolean {
    return this.numerator === 0n;
  }

  /** The nearest double. */
  toNumber(): number {
    // 2^64 more digits than a double holds, and one rounding at the end.
    const [n, d] = [this.numerator < 0n ? -this.numerator : this.numerator, this.denominator];
    if (n === 0n) return 0;
    const shift = 66 - (n.toString(2).length - d.toString(2).length);
    const scaled = shift >= 0 ? (n << BigInt(shift)) / d : n / (d << BigInt(-shift));
    const remainder = shift >= 0 ? (n << BigInt(shift)) % d : n % (d << BigInt(-shift));
    const magnitude = Number(scaled | (remainder === 0n ? 0n : 1n)) * 2 ** -shift; // a sticky bit keeps ties honest
    return this.numerator < 0n ? -magnitude : magnitude;
  }
}

function greatestCommonDivisor(a: bigint, b: bigint): bigint {
  let [x, y] = [a, b];
  while (y !== 0n) [x, y] = [y, x % y];
  return x === 0n ? 1n : x;
}

export const sum = (values: Iterable<Rational>): Rational => {
  let total = Rational.zero;
  for (const value of values) total = total.plus(value);
  return total;
};
