// The day so far: what was emitted is what was metered times the factors, and unknown as soon as one source is.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Calendar, slotLength } from '../core/calendar.ts';
import { type PointId, toSteps } from '../core/points.ts';
import { emptySlot, type Slot } from '../core/slots.ts';
import { site } from './golden.fixture.ts';
import { todaysFlow } from './today.ts';

const factors = { perKilowattHour: 0.5, perNormalCubicMetre: 2, perGigajoule: 100 };
const { start } = new Calendar(site.timezone).dayOf(Date.UTC(2025, 5, 1, 6));

/** Each counter counted this much in the first quarter of an hour; what is not named is not known. */
const storeWith = (amounts: Partial<Record<PointId, number>>) => ({
  slots: async (keys: readonly { point: PointId }[]): Promise<Slot[][]> =>
    keys.map(({ point }) => {
      const amount = amounts[point];
      return amount === undefined
        ? []
        : [{ ...emptySlot(start), value: toSteps(amount, point), covered: slotLength, readings: 15 }];
    }),
});

test('what was emitted today is electricity, gas and heat, each times its factor', async () => {
  const amounts = { energy_import: 10, energy_export: 0, energy_generated: 4, gas_volume: 3, heat_energy: 0 };
  const { carbon } = await todaysFlow(site, storeWith(amounts), factors, start + slotLength);
  assert.equal(carbon, 10 * 0.5 + 3 * 2);
});

test('what was emitted today is not known while a metered source is not', async () => {
  const { carbon } = await todaysFlow(site, storeWith({ energy_import: 10 }), factors, start + slotLength);
  assert.equal(carbon, null);
});
