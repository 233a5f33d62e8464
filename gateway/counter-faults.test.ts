// Rows 9 to 12 of the failure matrix: counters that begin again, run over, are another meter's, or jump. Energy is never invented.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { Calendar, minute } from '../core/calendar.ts';
import { type PointId, points, quantise, toSteps } from '../core/points.ts';
import type { Sample, SeriesFacts } from '../core/sample.ts';
import { type Mark, marksOf, type Slot } from '../core/slots.ts';
import { SeriesSlots } from '../ingest/slots/series-slots.ts';
import { setUp } from './device-faults.fixture.ts';
import type { ModbusSource } from './modbus/modbus-source.ts';

/** What the slots make of a counter that is read every minute. */
function counting(facts: SeriesFacts) {
  const series = new SeriesSlots(facts.point, facts, new Calendar('Asia/Shanghai'));
  return {
    push: ({ time, value, quality, point }: Sample) =>
      series.push(time, value === null ? null : toSteps(value, point), quality),
    slots: (): Slot[] => [...series.takeClosed().quarter, ...series.takeOpen().quarter],
  };
}

type Counted = { total: number; marks: Set<Mark> };

/** Reads a counter each minute of an hour, with something happening at half past. */
async function countAnHour(
  context: TestContext,
  template: string,
  point: PointId,
  happens: (server: Awaited<ReturnType<typeof setUp>>['server'], source: ModbusSource) => void | Promise<void>,
): Promise<Counted> {
  const clock = { time: 3_600_000 };
  const { server, sourceOf } = await setUp(context, { template, clock });
  const source = sourceOf(1);
  await source.read('slow');
  const facts = source.facts().find((one) => one.point === point);
  assert.ok(facts);
  const fold = counting(facts);
  for (let n = 0; n <= 60; n++, clock.time += minute) {
    if (n === 30) await happens(server, source);
    for (const sample of await source.read('slow')) if (sample.point === point) fold.push(sample);
  }
  const slots = fold.slots();
  assert.ok(
    slots.every(({ value }) => value >= 0),
    'energy that runs backwards',
  );
  return {
    total: quantise(slots.reduce((sum, { value }) => sum + value, 0) / 10 ** points[point].decimals, point),
    marks: new Set(slots.flatMap(({ marks }) => marksOf(marks))),
  };
}

test('row 9: a counter that begins again at zero is no negative energy, and what it counted on both sides stays', async (context) => {
  const { total, marks } = await countAnHour(context, 'acrel.adw300', 'energy_import', (server) => {
    server.faults.set(1, { counters: { energy_import: 0 } });
  });
  assert.ok(marks.has('reset'));
  assert.ok(total >= 3_540 - 61 && total <= 3_600, `${total} kWh of 3600`);
});

test('row 10: a counter that runs over its register goes on counting', async (context) => {
  const modulus = (2 ** 32 * 10) / 1_000;
  const clock = { time: 3_600_000 };
  const { server, sourceOf } = await setUp(context, { template: 'sunspec.inverter', clock });
  const source = sourceOf(1);
  server.faults.set(1, { counters: { energy_generated: modulus - 900 } });
  await source.read('slow');
  const facts = source.facts().find(({ point }) => point === 'energy_generated');
  assert.ok(facts?.modulus !== null && facts !== undefined);
  const fold = counting(facts);
  for (let n = 0; n <= 30; n++, clock.time += minute)
    for (const sample of await source.read('slow')) if (sample.point === 'energy_generated') fold.push(sample);
  const slots = fold.slots();
  const total = slots.reduce((sum, { value }) => sum + value, 0) / 1_000;
  assert.ok(Math.abs(total - 1_800) < 0.05, `${total} kWh of 1800`);
  assert.ok(slots.some(({ marks }) => marksOf(marks).includes('wrapped')));
});

for (const [template, point] of [
  ['schneider.iem3000', 'energy_import'],
  ['sunspec.inverter', 'energy_generated'],
] as const)
  test(`row 11: ${template}: another device in the place of the old one is told, and no difference is taken across the two`, async (context) => {
    const clock = { time: 3_600_000 };
    const { server, sourceOf, memory, log } = await setUp(context, { template, clock });
    const source = sourceOf(1);
    const samples: Sample[] = [];
    for (let n = 0; n <= 60; n++, clock.time += minute) {
      if (n === 36) server.faults.set(1, { silent: true }); // it is taken from the wall
      if (n === 40) server.faults.set(1, { serialNumber: '7002', counters: { [point]: 20 } });
      samples.push(...(await source.read('slow')).filter((sample) => sample.point === point));
    }
    const facts = source.facts().find((one) => one.point === point);
    assert.deepEqual(
      facts?.installations.map(({ serial }) => serial),
      ['7001', '7002'],
    );
    assert.deepEqual(memory.of('m1', template).installations, facts?.installations);
    assert.match(log(), /meter_replaced.*7001.*7002/);
    const fold = counting(facts as SeriesFacts);
    for (const sample of samples) fold.push(sample);
    const slots = fold.slots();
    const total = slots.reduce((sum, { value }) => sum + value, 0) / 10 ** points[point].decimals;
    assert.ok(Math.abs(total - (35 + 20) * 60) < 0.05, `${total} kWh: 35 minutes of the old one and 20 of the new`);
    assert.ok(slots.some(({ marks }) => marksOf(marks).includes('replaced')));
  });

test('row 12: a single spike and a torn reading are asked again, marked, and in no total', async (context) => {
  for (const wrong of [
    { readings: { energy_import: 900_000 } },
    { readings: { energy_import: 12 } },
    { torn: 10_000_000 },
  ]) {
    const { total } = await countAnHour(context, 'acrel.adw300', 'energy_import', (server) => {
      server.faults.set(1, wrong, { answers: 1 });
    });
    assert.ok(Math.abs(total - 3_600) < 0.05, `${JSON.stringify(wrong)}: ${total} kWh of 3600`);
  }
});
