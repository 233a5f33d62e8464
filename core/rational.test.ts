import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Rational } from './rational.ts';

test('a ratio at a threshold is the threshold, where binary fractions miss it', () => {
  const factor = Rational.fromDecimal(0.1229);
  const [part, whole] = [1_971_000, 6_570_000].map((kwh) => Rational.of(kwh).times(factor)) as [Rational, Rational];
  assert.equal(part.over(whole).compare(Rational.fromDecimal('0.3')), 0);
  assert.equal(Rational.of(1_970_999).over(Rational.of(6_570_000)).compare(Rational.fromDecimal(0.3)), -1);
});

for (const [text, numerator, denominator] of [
  ['0.1229', 1229n, 10000n],
  ['-12.50', -25n, 2n],
  ['1e-7', 1n, 10000000n],
  ['1.5e+21', 1500000000000000000000n, 1n],
  ['0', 0n, 1n],
] as const) {
  test(`${text} is ${numerator}/${denominator}`, () => {
    const { numerator: n, denominator: d } = Rational.fromDecimal(text);
    assert.deepEqual([n, d], [numerator, denominator]);
  });
}

const normalDouble = fc
  .double({ noNaN: true, noDefaultInfinity: true, min: -1e200, max: 1e200 })
  .filter((value) => value === 0 || Math.abs(value) > 1e-200);

test('every double survives the way through its decimal', () => {
  fc.assert(
    fc.property(normalDouble, (value) => {
      assert.equal(Rational.fromDecimal(value).toNumber() + 0, value + 0);
    }),
    { seed: 17, numRuns: 5_000 },
  );
});

test('a quotient is rounded once: as good as dividing exact integers', () => {
  fc.assert(
    fc.property(fc.maxSafeInteger(), fc.integer({ min: 1, max: 2 ** 53 - 1 }), (a, b) => {
      assert.equal(Rational.of(a, b).toNumber() + 0, a / b + 0);
    }),
    { seed: 18, numRuns: 5_000 },
  );
});

test('a third and two thirds are one', () => {
  assert.equal(Rational.of(1, 3).plus(Rational.of(2, 3)).compare(Rational.one), 0);
  assert.throws(() => Rational.one.over(Rational.zero), /division by zero/);
});
