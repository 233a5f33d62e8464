// Owns the closed list of units, their dimensions, and exact conversions between them.
import { Fault } from './fault.ts';

/** A unit is a rational multiple of its dimension's base, so that kWh to MJ is exactly 18/5 and never 3.6000000000000001. */
type UnitDefinition = { dimension: string; numerator: number; denominator: number };

const unit = (dimension: string, numerator = 1, denominator = 1): UnitDefinition => ({
  dimension,
  numerator,
  denominator,
});

const definitions = {
  '1': unit('1'),
  '%': unit('1', 1, 100),
  个: unit('count'),
  次: unit('count'),
  项: unit('count'),
  家: unit('count'),
  盏: unit('count'),
  辆: unit('count'),
  J: unit('energy'),
  MJ: unit('energy', 1_000_000),
  GJ: unit('energy', 1_000_000_000),
  Wh: unit('energy', 3_600),
  kWh: unit('energy', 3_600_000),
  MWh: unit('energy', 3_600_000_000),
  GWh: unit('energy', 3_600_000_000_000),
  W: unit('power'),
  kW: unit('power', 1_000),
  MW: unit('power', 1_000_000),
  var: unit('reactive_power'),
  kvar: unit('reactive_power', 1_000),
  varh: unit('reactive_energy'),
  kvarh: unit('reactive_energy', 1_000),
  VA: unit('apparent_power'),
  kVA: unit('apparent_power', 1_000),
  V: unit('voltage'),
  kV: unit('voltage', 1_000),
  mA: unit('current', 1, 1_000),
  A: unit('current'),
  Hz: unit('frequency'),
  '°C': unit('temperature'),
  Pa: unit('pressure'),
  kPa: unit('pressure', 1_000),
  MPa: unit('pressure', 1_000_000),
  bar: unit('pressure', 100_000),
  L: unit('volume', 1, 1_000),
  m3: unit('volume'),
  Nm3: unit('gas_volume'),
  万Nm3: unit('gas_volume', 10_000),
  g: unit('mass', 1, 1_000),
  kg: unit('mass'),
  t: unit('mass', 1_000),
  kgce: unit('coal_equivalent'),
  tce: unit('coal_equivalent', 1_000),
  tC: unit('carbon', 1_000),
  gCO2: unit('co2', 1, 1_000),
  kgCO2: unit('co2'),
  tCO2: unit('co2', 1_000),
  kgCO2e: unit('co2'),
  tCO2e: unit('co2', 1_000),
  s: unit('time'),
  min: unit('time', 60),
  h: unit('time', 3_600),
  d: unit('time', 86_400),
  m2: unit('area'),
  元: unit('money'),
  万元: unit('money', 10_000),
} as const satisfies Record<string, UnitDefinition>;

export type BaseUnit = keyof typeof definitions;

/** A unit ready for arithmetic: its factor to the base units, and the exponent of each dimension. */
export type Unit = { symbol: string; numerator: number; denominator: number; dimensions: Record<string, number> };

const baseUnits = Object.keys(definitions) as BaseUnit[];

export function parseUnit(symbol: string): Unit {
  const [over = '', ...under] = symbol.split('/');
  let result: Unit = { symbol, numerator: 1, denominator: 1, dimensions: {} };
  for (const factor of over.split('*')) result = combine(result, base(factor, symbol), 1);
  for (const factor of under) result = combine(result, base(factor, symbol), -1);
  return { ...result, symbol };
}

export const isUnit = (symbol: string): boolean =>
  symbol.split(/[*/]/).every((factor) => Object.hasOwn(definitions, factor));

function base(symbol: string, whole: string): Unit {
  if (!Object.hasOwn(definitions, symbol)) {
    throw new Fault('unit_unknown', {
      zh: `未知单位 “${whole}”；可用单位：${baseUnits.join(' ')}，可用 * 和 / 组合`,
      en: `unknown unit "${whole}"; allowed: ${baseUnits.join(' ')}, combined with * and /`,
    });
  }
  const { dimension, numerator, denominator } = definitions[symbol as BaseUnit];
  return { symbol, numerator, denominator, dimensions: dimension === '1' ? {} : { [dimension]: 1 } };
}

function combine(left: Unit, right: Unit, exponent: 1 | -1): Unit {
  const dimensions: Record<string, number> = { ...left.dimensions };
  for (const [name, power] of Object.entries(right.dimensions)) {
    const sum = (dimensions[name] ?? 0) + exponent * power;
    if (sum === 0) delete dimensions[name];
    else dimensions[name] = sum;
  }
  const [over, under] = exponent === 1 ? [right.numerator, right.denominator] : [right.denominator, right.numerator];
  const numerator = left.numerator * over;
  const denominator = left.denominator * under;
  const divisor = greatestCommonDivisor(numerator, denominator);
  return {
    symbol: `${left.symbol}${exponent === 1 ? '*' : '/'}${right.symbol}`,
    numerator: numerator / divisor,
    denominator: denominator / divisor,
    dimensions,
  };
}

export const multiplyUnits = (left: Unit, right: Unit): Unit => combine(left, right, 1);
export const divideUnits = (left: Unit, right: Unit): Unit => combine(left, right, -1);

export function sameDimensions(left: Unit, right: Unit): boolean {
  const names = Object.keys(left.dimensions);
  return (
    names.length === Object.keys(right.dimensions).length &&
    names.every((name) => left.dimensions[name] === right.dimensions[name])
  );
}

type Ratio = { numerator: number; denominator: number };

/** Conversions run for every reading: each pair of units is worked out once. */
const ratios = new Map<string, Map<string, Ratio>>();

/** One multiplication and one division by integers: no rounding beyond the result's own. */
export function convert(value: number, from: Unit | string, to: Unit | string): number {
  const { numerator, denominator } = ratioOf(from, to);
  return (value * numerator) / denominator;
}

function ratioOf(from: Unit | string, to: Unit | string): Ratio {
  if (typeof from !== 'string' || typeof to !== 'string') return findRatio(from, to);
  const known = ratios.get(from)?.get(to);
  if (known !== undefined) return known;
  const ratio = findRatio(from, to);
  ratios.set(from, (ratios.get(from) ?? new Map()).set(to, ratio));
  return ratio;
}

function findRatio(from: Unit | string, to: Unit | string): Ratio {
  const source = typeof from === 'string' ? parseUnit(from) : from;
  const target = typeof to === 'string' ? parseUnit(to) : to;
  if (!sameDimensions(source, target)) {
    throw new Fault('unit_mismatch', {
      zh: `${source.symbol} 不能换算为 ${target.symbol}：量纲不同`,
      en: `${source.symbol} cannot be converted to ${target.symbol}: their dimensions differ`,
    });
  }
  const numerator = source.numerator * target.denominator;
  const denominator = source.denominator * target.numerator;
  const divisor = greatestCommonDivisor(numerator, denominator);
  return { numerator: numerator / divisor, denominator: denominator / divisor };
}

function greatestCommonDivisor(a: number, b: number): number {
  let [x, y] = [a, b];
  while (y !== 0) [x, y] = [y, x % y];
  return x;
}
