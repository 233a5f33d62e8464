// What a load curve says: a demand is read from whole slots only, and a day is a day of the plant.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Calendar, day, hour, slotLength } from '../core/calendar.ts';
import { emptySlot, type Slot } from '../core/slots.ts';
import { loadCurve } from './api/load.ts';
import { byDay, demandsOf, summaryOf } from './web/screens/demand.ts';

const start = Date.UTC(2025, 2, 1);
const slot = (at: number, kWh: number, change: Partial<Slot> = {}): Slot => ({
  ...emptySlot(start + at * slotLength),
  value: kWh * 1_000,
  covered: slotLength,
  ...change,
});
const curveOf = (slots: Slot[], now: number) =>
  loadCurve({ slots: async () => [slots] }, { meter: 'main', point: 'energy_import', start, end: start + hour }, now);

test('what a gap only proves as a sum is in the sum, and in no demand', async () => {
  const curve = await curveOf(
    [slot(0, 10), slot(1, 90, { estimated: 90_000 }), slot(3, 20, { covered: slotLength / 2 })],
    start + day,
  );
  assert.deepEqual(curve, { start, amount: [10, 90, null, 20], whole: [1, 0, 0, 0] });
  assert.deepEqual(demandsOf(curve), { demands: [40, null, null, null], pale: [null, 360, null, 80] });
  assert.deepEqual(summaryOf(curve), { total: 120, mean: 40, maximum: 40, maximumAt: 0, incomplete: 3 });
});

test('a slot that still grows is not in the curve', async () => {
  const slots = [slot(0, 10), slot(1, 4, { covered: slotLength / 3 })];
  const { amount } = await curveOf(slots, start + slotLength + 5 * 60_000);
  assert.deepEqual(amount, [10]);
});

test('without readings nothing is known, and nothing is zero', async () => {
  const empty = await curveOf([], start + day);
  assert.deepEqual(summaryOf(empty), { total: null, mean: null, maximum: null, maximumAt: null, incomplete: 4 });
});

test('days are cut where the clocks of the plant cut them', () => {
  const plant = new Calendar('Europe/Berlin');
  const first = plant.startOf(2025, 3, 29);
  const count = (plant.startOf(2025, 4, 1) - first) / slotLength;
  const curve = { start: first, amount: new Array<number>(count).fill(1), whole: new Array<1>(count).fill(1) };
  assert.deepEqual(
    byDay(curve, plant).map(({ total }) => total),
    [96, 92, 96],
  );
});
