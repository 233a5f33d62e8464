import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Calendar, minute } from '../../core/calendar.ts';
import type { Installation, SeriesFacts } from '../../core/sample.ts';
import { marksOf, type Slot } from '../../core/slots.ts';
import { SeriesSlots } from './series-slots.ts';

const calendar = new Calendar('Asia/Shanghai');
const t0 = calendar.startOf(2025, 3, 1);
const at = (minutes: number): number => t0 + minutes * minute;

function slotsOf(readings: readonly [minutes: number, kWh: number][], installations: Installation[]): Slot[] {
  const facts: SeriesFacts = {
    meter: 'm',
    point: 'energy_import',
    template: 't',
    modulus: 100_000,
    maxPerHour: 6_000,
    source: 's',
    installations,
  };
  const series = new SeriesSlots('energy_import', facts, calendar);
  for (const [minutes, kWh] of readings) series.push(at(minutes), Math.round(kWh * 1_000), 0);
  return [...series.takeClosed().quarter, ...series.takeOpen().quarter];
}

const total = (slots: readonly Slot[]): number => slots.reduce((sum, { value }) => sum + value, 0) / 1_000;
const readings: [number, number][] = [
  [0, 99_000],
  [10, 99_010],
  [40, 500],
  [50, 520],
  [60, 540],
];

test('no difference is taken across two devices, whichever shows more', () => {
  const exchange = [
    { serial: 'A', from: at(-1_000) },
    { serial: 'B', from: at(30) },
  ];
  const slots = slotsOf(readings, exchange);
  assert.equal(total(slots), 10 + 20 + 20);
  assert.deepEqual(
    slots.map(({ marks }) => marksOf(marks)),
    [['replaced'], ['replaced'], ['replaced'], []],
  );
  assert.deepEqual(
    slots.map(({ covered }) => covered / minute),
    [10, 0, 5, 15],
  );
  const higher = readings.map(([minutes, kWh]): [number, number] => [minutes, minutes < 30 ? 100 + kWh / 1e3 : kWh]);
  assert.equal(total(slotsOf(higher, exchange)), 0.01 + 40);
});

test('final and initial readings that were written down give what no reading saw', () => {
  const slots = slotsOf(readings, [
    { serial: 'A', from: 0, final: 99_025 },
    { serial: 'B', from: at(30), initial: 490 },
  ]);
  assert.equal(total(slots), 10 + 15 + 10 + 20 + 20);
  assert.deepEqual(
    slots.map(({ covered }) => covered / minute),
    [15, 15, 15, 15],
  );
  const mistaken = slotsOf(readings, [
    { serial: 'A', from: 0, final: 9_902.5 },
    { serial: 'B', from: at(30), initial: 490 },
  ]);
  assert.equal(total(mistaken), 10 + 10 + 20 + 20, 'a final reading below the last one is a mistake, not energy');
});

test('a device that came and went between two readings counts what was written down', () => {
  const slots = slotsOf(readings, [
    { serial: 'A', from: 0, final: 99_020 },
    { serial: 'B', from: at(20), initial: 0, final: 7 },
    { serial: 'C', from: at(30), initial: 500 },
  ]);
  assert.equal(total(slots), 10 + 10 + 7 + 0 + 40);
});

test('a multiplier counts from the day of its device', () => {
  const slots = slotsOf(readings, [
    { serial: 'A', from: 0 },
    { serial: 'B', from: at(30), multiplier: 100 },
  ]);
  assert.equal(total(slots), 10 + 4_000);
});

test('that a device is known only from some day on does not make it another one before', () => {
  assert.equal(total(slotsOf(readings.slice(2), [{ serial: 'A', from: at(45) }])), 40);
});

test('whatever the replacements, the slots add up to last minus first of each device', () => {
  const life = fc.record({
    first: fc.nat(50_000),
    growth: fc.array(fc.record({ wait: fc.integer({ min: 1, max: 90 }), kWh: fc.nat(80) }), { maxLength: 12 }),
  });
  fc.assert(
    fc.property(fc.array(life, { minLength: 1, maxLength: 5 }), (lives) => {
      let time = 0;
      let expected = 0;
      const all: [number, number][] = [];
      const installations = lives.map(({ first, growth }, index): Installation => {
        const from = at(time);
        let count = first;
        all.push([time, count]);
        for (const { wait, kWh } of growth) {
          time += wait;
          count += kWh;
          expected += kWh;
          all.push([time, count]);
        }
        time += 20;
        return { serial: String(index), from };
      });
      assert.equal(total(slotsOf(all, installations)), expected);
    }),
    { seed: 11, numRuns: Number(process.env.TANBIAO_CASES ?? 300) },
  );
});
