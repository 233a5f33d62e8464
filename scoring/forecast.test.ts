// The forecast: exact where the days are all alike, honest about its spread where they are not.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Calendar, day, hour } from '../core/calendar.ts';
import { emptySlot, type Slot } from '../core/slots.ts';
import { forecastYear } from './forecast.ts';
import { type Hourly, inputs, load, slots, sun } from './golden.fixture.ts';
import { loadPack } from './pack.ts';
import { scoreSite } from './score.ts';

const pack = loadPack('tcace');
const calendar = new Calendar('Asia/Shanghai');
const { period } = inputs();
const midyear = calendar.startOf(2025, 7, 1) + 5 * hour;
const until = (list: Slot[], end: number) => list.filter(({ start }) => start < end);
const near = (actual: number | null | undefined, expected: number, tolerance: number) =>
  assert.ok(actual != null && Math.abs(actual - expected) <= tolerance, `${actual} is not ${expected}`);

function soFar(end: number, scale: (start: number) => number = () => 1) {
  const scaled = (hourly: Hourly) =>
    until(slots(hourly), end).map((slot) => ({ ...slot, value: Math.round(slot.value * scale(slot.start)) }));
  return {
    'main.energy_import': scaled((h) => Math.max(0, load(h) - sun(h))),
    'main.energy_export': scaled((h) => Math.max(0, sun(h) - load(h))),
    'pv-roof.energy_generated': scaled(sun),
    'workshop.energy_import': scaled(load),
    'gas-main.gas_volume': scaled(() => 50),
  };
}

test('days that are all alike give the golden year at half-time, without spread', () => {
  const forecast = forecastYear(pack, inputs({ slots: soFar(midyear) }), new Map(), midyear);
  const share = forecast?.indicators.find(({ id }) => id === 'ca-2');
  near(share?.value, 32.343987823439875, 1e-9);
  assert.deepEqual(share?.interval, [share?.value, share?.value]);
  assert.equal(share?.passProbability, 1);
  assert.match(forecast?.method.en ?? '', /without the seasons/);
});

test('days that differ widen the interval, less and less toward the end of the year', () => {
  const noise = (start: number) => 1 + 0.2 * Math.sin(((start - period.start) / day) * 12.9898);
  const width = (month: number) => {
    const now = calendar.startOf(2025, month, 1) + hour;
    const [low = 0, high = 0] =
      forecastYear(pack, inputs({ slots: soFar(now, noise) }), new Map(), now)?.indicators.find(
        ({ id }) => id === 'ca-2',
      )?.interval ?? [];
    return high - low;
  };
  const widths = [3, 6, 9, 12].map(width);
  assert.ok(
    widths.every((one, index) => one > 0 && (index === 0 || one < (widths[index - 1] as number))),
    widths.join(),
  );
});

test('with last year at hand the seasons are in it', () => {
  const seasons = (start: number) => 1 + 0.5 * Math.cos(((start - period.start) / (365 * day)) * 2 * Math.PI);
  const now = calendar.startOf(2025, 5, 1);
  const whole = slots(() => 50).map((slot) => ({ ...slot, value: Math.round(slot.value * seasons(slot.start)) }));
  const shifted: Slot[] = [];
  for (let at = calendar.startOf(2024, 1, 1); at < period.start; at += hour)
    shifted.push({ ...emptySlot(at), value: Math.round(50_000 * seasons(at + 364 * day)), covered: hour });
  const alike = soFar(now);
  const before = new Map([['gas-main.gas_volume', shifted]]);
  const given = inputs({ slots: { ...alike, 'gas-main.gas_volume': until(whole, now) } });
  const [with_, without] = [before, new Map()].map((past) => forecastYear(pack, given, past, now));
  const truth = inputs({ slots: { 'gas-main.gas_volume': whole } });
  const of = (forecast: typeof with_) => forecast?.indicators.find(({ id }) => id === 'ca-3')?.value ?? 0;
  const real =
    forecastYear(pack, truth, new Map(), period.end - day)?.indicators.find(({ id }) => id === 'ca-3')?.value ?? 0;
  near(of(with_), real, 0.01);
  assert.ok(Math.abs(of(without) - real) > Math.abs(of(with_) - real));
});

test('too few days, a year not begun and a year that is over give no forecast', () => {
  const early = calendar.startOf(2025, 1, 10);
  assert.equal(forecastYear(pack, inputs({ slots: soFar(early) }), new Map(), early), null);
  assert.equal(forecastYear(pack, inputs(), new Map(), period.start), null);
  assert.equal(forecastYear(pack, inputs(), new Map(), period.end + day), null);
});

test('the interval holds the figure that the year really had, about as often as it says', () => {
  let state = 11;
  const random = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  const years = 16;
  let held = 0;
  let widest = 0;
  for (let one = 0; one < years; one++) {
    const days = Array.from({ length: 366 }, () => [0.7 + 0.6 * random(), 0.5 + random()] as const);
    const of = (start: number) => days[Math.floor((start - period.start) / day)] as readonly [number, number];
    const whole = (hourly: Hourly, part: 0 | 1) =>
      slots(hourly).map((slot) => ({ ...slot, value: Math.round(slot.value * of(slot.start)[part]) }));
    const series = {
      'main.energy_import': whole((h) => Math.max(0, load(h) - sun(h)), 0),
      'main.energy_export': whole((h) => Math.max(0, sun(h) - load(h)), 1),
      'pv-roof.energy_generated': whole(sun, 1),
    };
    const cut = Object.fromEntries(Object.entries(series).map(([name, list]) => [name, until(list, midyear)]));
    const gas = until(
      slots(() => 50),
      midyear,
    );
    const forecast = forecastYear(
      pack,
      inputs({ slots: { ...cut, 'gas-main.gas_volume': gas, 'workshop.energy_import': [] } }),
      new Map(),
      midyear,
    );
    const real = scoreSite(inputs({ slots: series }), pack).indicators.find(({ id }) => id === 'ca-2')?.value ?? 0;
    const [low = 0, high = 0] = forecast?.indicators.find(({ id }) => id === 'ca-2')?.interval ?? [];
    if (low <= real && real <= high) held++;
    widest = Math.max(widest, high - low);
  }
  assert.ok(held >= 0.8 * years, `${held} of ${years}`);
  assert.ok(widest > 0 && widest < 3, `${widest} points wide`);
});

test('a register that the meter does not have leaves open what needs it, and nothing else', () => {
  const given = inputs({ slots: { ...soFar(midyear), 'workshop.energy_import': [], 'gas-main.gas_volume': [] } });
  const found = (id: string) =>
    forecastYear(pack, given, new Map(), midyear)?.indicators.find((one) => one.id === id)?.value;
  near(found('ca-2'), 32.343987823439875, 1e-9);
  assert.equal(found('ca-3'), null);
});
