import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Calendar, hour, minute } from '../../core/calendar.ts';
import { qualityCode } from '../../core/quality.ts';
import type { SeriesFacts } from '../../core/sample.ts';
import { coarsen, marksOf, mergeSlot, type Slot } from '../../core/slots.ts';
import { newCounter, readCounter } from './counter.ts';
import { SeriesSlots } from './series-slots.ts';
import { partsOf } from './spread.ts';

const calendar = new Calendar('Asia/Shanghai');
const midnight = calendar.startOf(2025, 3, 1);
const facts: SeriesFacts = {
  meter: 'm',
  point: 'energy_import',
  template: 't',
  modulus: 1_000_000,
  maxPerHour: 600,
  source: 's',
  installations: [],
};

type Reading = [minutes: number, kilowattHours: number | null, quality?: number];

/** Slots of a counter that is kept in thousandths of a kWh. */
function slotsOf(readings: readonly Reading[], known: SeriesFacts = facts): Slot[] {
  const series = new SeriesSlots(known.point, known, calendar);
  for (const [minutes, value, quality = value === null ? qualityCode('bad_timeout') : 0] of readings) {
    series.push(midnight + minutes * minute, value === null ? null : Math.round(value * 1_000), quality);
  }
  return [...series.takeClosed().quarter, ...series.takeOpen().quarter];
}

const total = (slots: readonly Slot[]): number => slots.reduce((sum, slot) => sum + slot.value, 0) / 1_000;

test('energy between two readings belongs to the slots that it crosses, in proportion to time', () => {
  const slots = slotsOf([
    [0, 100],
    [10, 110],
    [20, 130],
  ]);
  assert.deepEqual(
    slots.map(({ value, covered }) => [value / 1_000, covered / minute]),
    [
      [20, 15],
      [10, 5],
    ],
  );
});

test('a transient zero is not a reset: nothing is counted twice', () => {
  const slots = slotsOf([
    [0, 413],
    [1, 413.5],
    [2, 0],
    [3, 414.5],
    [4, 415],
  ]);
  assert.equal(total(slots), 2);
  assert.deepEqual(
    slots.map(({ marks }) => marksOf(marks)),
    [[]],
  );
});

test('a counter that begins again at zero keeps what it counted on both sides', () => {
  const slots = slotsOf([
    [0, 413],
    [1, 414],
    [2, 0.5],
    [3, 1.5],
    [4, 2.5],
  ]);
  assert.equal(total(slots), 1 + 0.5 + 1 + 1);
  assert.deepEqual(
    slots.map(({ marks }) => marksOf(marks)),
    [['reset']],
  );
});

test("a wrap at the register's edge goes on counting", () => {
  const slots = slotsOf([
    [0, 999_950],
    [15, 999_990],
    [30, 120],
    [45, 130],
  ]);
  assert.equal(total(slots), 40 + 130 + 10);
  assert.deepEqual(
    slots.flatMap(({ marks }) => marksOf(marks)),
    ['wrapped'],
  );
});

test('a fall that cannot be a wrap is a reset, although a modulus is known', () => {
  const slots = slotsOf([
    [0, 500_000],
    [15, 500_010],
    [30, 5],
    [45, 15],
  ]);
  assert.equal(total(slots), 10 + 5 + 10);
  assert.deepEqual(
    slots.flatMap(({ marks }) => marksOf(marks)),
    ['reset'],
  );
});

test('a jump that the device cannot have made is energy that nobody knows, not energy', () => {
  const slots = slotsOf([
    [0, 100],
    [15, 110],
    [30, 90_000],
    [45, 90_010],
    [60, 90_020],
  ]);
  assert.equal(total(slots), 10 + 10 + 10);
  const jumped = slots.find(({ marks }) => marksOf(marks).includes('jumped'));
  assert.equal(jumped?.covered, 0);
});

test('a single spike changes nothing', () => {
  assert.equal(
    total(
      slotsOf([
        [0, 100],
        [5, 105],
        [6, 70_000],
        [7, 107],
        [15, 115],
      ]),
    ),
    15,
  );
});

test('readings that do not count in totals are passed over, and so is a device that is silent', () => {
  const spike = qualityCode('uncertain_spike');
  const slots = slotsOf([
    [0, 100],
    [5, null],
    [10, 9_000, spike],
    [15, 115],
  ]);
  assert.deepEqual(
    slots.map(({ value, covered }) => [value, covered]),
    [[15_000, 15 * minute]],
  );
});

test('a gap keeps its energy, marked, and covers nothing', () => {
  const slots = slotsOf([
    [0, 100],
    [15, 110],
    [195, 290],
    [210, 300],
  ]);
  assert.equal(total(slots), 200);
  const gap = slots.slice(1, 13);
  assert.ok(
    gap.every(
      (slot) => slot.covered === 0 && slot.estimated === slot.value && marksOf(slot.marks).includes('spanning'),
    ),
  );
  assert.deepEqual(
    [slots[0], slots[13]].map((slot) => slot?.covered),
    [15 * minute, 15 * minute],
  );
});

test('readings an hour apart are measured, not a gap', () => {
  const slots = slotsOf([
    [0, 0],
    [60, 40],
    [120, 80],
  ]);
  assert.ok(slots.every((slot) => slot.covered === 15 * minute && slot.value === 10_000));
});

test('a gauge is averaged over the time that it held, and a bad reading ends the hold', () => {
  const series = new SeriesSlots('power', undefined, calendar);
  const push = (minutes: number, steps: number | null, quality = 0) =>
    series.push(midnight + minutes * minute, steps, quality);
  push(0, 10);
  push(5, 40);
  push(10, null, qualityCode('bad_timeout'));
  push(40, 10);
  push(41, 10);
  const [first, second] = [...series.takeClosed().quarter, ...series.takeOpen().quarter];
  assert.deepEqual([first?.value, first?.covered, first?.min, first?.max], [25, 10 * minute, 10, 40]);
  assert.deepEqual([second?.start, second?.covered], [midnight + 30 * minute, minute]);
});

test('hours and days are the sums of their quarters, also while they grow', () => {
  const series = new SeriesSlots('energy_import', facts, calendar);
  const written = { quarter: new Map<number, Slot>(), hour: new Map<number, Slot>(), day: new Map<number, Slot>() };
  for (let step = 0; step <= 3 * 24 * 6; step++) {
    series.push(midnight + step * 10 * minute, step * step, 0);
    for (const lists of step % 7 === 0 ? [series.takeClosed(), series.takeOpen()] : [series.takeClosed()]) {
      for (const resolution of ['quarter', 'hour', 'day'] as const) {
        for (const slot of lists[resolution]) written[resolution].set(slot.start, { ...slot });
      }
    }
  }
  const growing = series.takeOpen();
  for (const resolution of ['quarter', 'hour', 'day'] as const) {
    for (const slot of growing[resolution]) written[resolution].set(slot.start, slot);
  }
  const quarters = [...written.quarter.values()].sort((a, b) => a.start - b.start);
  for (const resolution of ['hour', 'day'] as const) {
    const slots = [...written[resolution].values()].sort((a, b) => a.start - b.start);
    assert.deepEqual(slots, coarsen(quarters, resolution, 'energy_import', calendar));
  }
});

test('whatever the times of reading, the slots add up to last minus first, to the step', () => {
  const growth = fc.record({ wait: fc.integer({ min: 1, max: 5 * hour }), steps: fc.nat(100_000) });
  fc.assert(
    fc.property(fc.array(growth, { minLength: 1, maxLength: 60 }), (steps) => {
      const series = new SeriesSlots('energy_import', undefined, calendar);
      let [time, count] = [midnight, 0];
      series.push(time, count, 0);
      for (const { wait, steps: grown } of steps) {
        time += wait;
        count += grown;
        series.push(time, count, 0);
      }
      const slots = [...series.takeClosed().quarter, ...series.takeOpen().quarter];
      assert.equal(
        slots.reduce((sum, slot) => sum + slot.value, 0),
        count,
      );
      assert.ok(slots.every((slot, index) => index === 0 || slot.start > (slots[index - 1]?.start ?? 0)));
      assert.ok(
        slots.every((slot) => slot.covered >= 0 && slot.covered <= 15 * minute && Number.isInteger(slot.value)),
      );
    }),
    { seed: 5, numRuns: 2_000 },
  );
});

test('readings that stay within a slot make the same slots as intervals laid over slots', () => {
  const reading = fc.record({
    wait: fc.oneof(fc.integer({ min: 1, max: 10 * minute }), fc.constant(5 * minute), fc.constant(2 * hour)),
    to: fc.oneof({ weight: 5, arbitrary: fc.nat(20_000) }, fc.constant(-1_000_000)),
    quality: fc.constantFrom(0, 0, 0, 65, 68, 128),
  });
  fc.assert(
    fc.property(fc.array(reading, { minLength: 1, maxLength: 80 }), (readings) => {
      const series = new SeriesSlots('energy_import', facts, calendar);
      const laid = new Map<number, Slot>();
      const counter = newCounter();
      let [time, steps] = [midnight, 500_000];
      for (const { wait, to, quality } of readings) {
        time += wait;
        steps = Math.max(0, steps + to);
        series.push(time, quality < 128 ? steps : null, quality);
        if (quality >= 128) continue;
        for (const interval of readCounter(counter, { time, steps, quality }, { modulus: 1e9, maxPerHour: 600_000 }))
          for (const part of partsOf(interval)) {
            const whole = laid.get(part.start);
            if (whole === undefined) laid.set(part.start, part);
            else mergeSlot(whole, part, 'counter');
          }
      }
      assert.deepEqual([...series.takeClosed().quarter, ...series.takeOpen().quarter], [...laid.values()]);
    }),
    { seed: 8, numRuns: Number(process.env.TANBIAO_CASES ?? 2_000) },
  );
});
