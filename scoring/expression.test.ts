import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Rational } from '../core/rational.ts';
import { parseUnit } from '../core/units.ts';
import { evaluate, inUnit, type Quantity, truth, unitOf } from './evaluate.ts';
import { namesIn, parseExpression } from './expression.ts';

const quantity = (value: number, unit: string): Quantity => ({
  value: Rational.fromDecimal(value),
  unit: parseUnit(unit),
});
const known: Record<string, Quantity> = {
  REC: quantity(261.1625, 'tce'),
  EC: quantity(807_453, 'kgce'),
  kwh: quantity(2_000, 'kWh'),
  mwh: quantity(3, 'MWh'),
  ce: quantity(0.1229, 'kgce/kWh'),
  zero: quantity(0, 'tce'),
};
const lookUp = (name: string) => known[name] ?? null;

test('units meet across scales: tce over kgce is a ratio', () => {
  const expression = parseExpression('REC / EC');
  const result = evaluate(expression, lookUp);
  assert.ok(result);
  assert.equal(inUnit(result, parseUnit('%')).compare(Rational.of(212_500, 6_570)), 0);
  assert.deepEqual(unitOf(expression, (name) => (known[name] as Quantity).unit).dimensions, {});
});

test('terms of one dimension are added in the unit of the first', () => {
  assert.deepEqual(evaluate(parseExpression('kwh + mwh'), lookUp), quantity(5_000, 'kWh'));
});

test('terms that do not fit are refused before any number is known', () => {
  assert.throws(
    () => unitOf(parseExpression('kwh + REC'), (name) => (known[name] as Quantity).unit),
    /kWh and tce cannot be added/,
  );
});

test('a product has the product of the units', () => {
  const unit = unitOf(parseExpression('kwh * ce'), (name) => (known[name] as Quantity).unit);
  assert.deepEqual(unit.dimensions, { coal_equivalent: 1 });
});

test('missing and division by zero give nothing, never a number', () => {
  assert.equal(evaluate(parseExpression('REC / zero'), lookUp), null);
  assert.equal(evaluate(parseExpression('REC + nobody'), lookUp), null);
  assert.equal(evaluate(parseExpression('max(REC, nobody)'), lookUp), null);
});

for (const [source, expected] of [
  ['1 < 2 and 3 >= 3', true],
  ['nobody and 1 > 2', false],
  ['nobody or 2 > 1', true],
  ['nobody and 2 > 1', null],
  ['not nobody', null],
  ['nobody > 1 ? 1 : 0', null],
  ['2 > 1 ? 0 : 1', false],
] as const) {
  test(`${source} is ${expected}`, () => assert.equal(truth(parseExpression(source), lookUp), expected));
}

for (const source of [
  'import("fs")',
  'a = 1',
  'a.b',
  '[1, 2]',
  '"text"',
  'f(x) = x',
  'a % b',
  'sqrt(2)',
  'a; b',
  '1:3',
]) {
  test(`${source} is not something a standard may say`, () => {
    assert.throws(() => parseExpression(source), /is not allowed in|syntax error/);
  });
}

test('the names of a formula are found wherever they stand', () => {
  assert.deepEqual(namesIn(parseExpression('a > 1 ? min(b, -c) : (d + e) / 2')), ['a', 'b', 'c', 'd', 'e']);
});
