// The day so far: what was emitted is what was metered times the factors, and unknown as soon as one source is.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Calendar, minute, slotLength } from '../core/calendar.ts';
import { type PointId, toSteps } from '../core/points.ts';
import { emptySlot, type Slot } from '../core/slots.ts';
import { site } from './golden.fixture.ts';
import { remainderOf, todaysFlow } from './today.ts';

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
  const { carbon } = await todaysFlow(site, storeWith(amounts), factors, start + slotLength + 2 * minute);
  assert.equal(carbon, 10 * 0.5 + 3 * 2);
});

test('what was emitted today is not known while a metered source is not', async () => {
  const { carbon } = await todaysFlow(site, storeWith({ energy_import: 10 }), factors, start + slotLength + 2 * minute);
  assert.equal(carbon, null);
});

test('the day so far ends with its last whole quarter of an hour, and before the first one nothing is missing', async () => {
  const store = storeWith({ energy_import: 10, energy_export: 0, energy_generated: 4 });
  const flow = await todaysFlow(site, store, factors, start + 2 * slotLength + minute);
  assert.deepEqual(flow.period, { start, end: start + slotLength }, 'what was just written may still grow');
  const early = await todaysFlow(site, store, factors, start + 10 * minute);
  assert.deepEqual(early.period, { start, end: start });
  assert.ok([...early.sources, ...early.uses].every(({ kWh, coverage }) => kWh === null && coverage === 1));
});

test('a remainder of less than the meters can tell is nothing; a real disagreement stays', () => {
  assert.equal(remainderOf(100, 100.8), 0);
  assert.equal(remainderOf(100, 130), -30);
  assert.equal(remainderOf(100, 99.5), 0.5);
});

test('a feeder that names no meter above it, or one that counts nothing, is one of the uses all the same', async () => {
  const [main] = site.meters;
  const change = (id: string, role: 'feeder' | 'none', parent?: string) => {
    const { parent: _, ...rest } = { ...(main as NonNullable<typeof main>), id, role };
    return parent === undefined ? rest : { ...rest, parent };
  };
  const meters = [
    ...site.meters.filter(({ role }) => role !== 'feeder'),
    change('transformer', 'none', 'main'),
    change('hall', 'feeder', 'transformer'),
    change('office', 'feeder'),
    change('lamps', 'feeder', 'office'),
  ];
  const store = storeWith({ energy_import: 10, energy_export: 0, energy_generated: 40 });
  const flow = await todaysFlow({ ...site, meters }, store, factors, start + slotLength + 2 * minute);
  assert.deepEqual(
    flow.uses.map(({ id, kWh }) => [id, kWh]),
    [
      ['hall', 10],
      ['office', 10],
      ['unmetered', 30],
      ['export', 0],
    ],
  );
});
