// The virtual plant is only worth something when what it serves is known exactly.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { hour, minute } from '../core/calendar.ts';
import { systemClock } from '../core/clock.ts';
import { loadSite, type Site } from '../core/config/site.ts';
import { FakeClock } from '../core/fake-clock.ts';
import type { PointId } from '../core/points.ts';
import { Line } from '../gateway/line/line.ts';
import { Memory } from '../gateway/memory.ts';
import { ModbusBus } from '../gateway/modbus/bus.ts';
import { ModbusSource } from '../gateway/modbus/modbus-source.ts';
import { loadRegisterTemplate } from '../gateway/template.ts';
import { History } from './history.ts';
import { loadPlant, simulateDevices } from './main.ts';
import { exceptions, healthy, startModbusServer } from './modbus-server.ts';

const siteOf = (name: string): Site => loadSite(join(import.meta.dirname, '../deploy/sites', name));
const golden = siteOf('golden');
const demo = siteOf('demo');

const at = (plant: ReturnType<typeof loadPlant>, meter: string, point: PointId, time: number) =>
  plant.reading(meter, point, time) - plant.reading(meter, point, plant.start);

test("every hour of the golden plant has its day's energy, to the Wh", () => {
  const plant = loadPlant(golden);
  for (const [h, imported, exported] of [
    [3, 500, 0],
    [8, 1_000, 0],
    [9, 1_000, 0],
    [10, 0, 400],
    [14, 0, 400],
    [15, 1_000, 0],
    [19, 1_000, 0],
    [20, 500, 0],
  ] as const) {
    const [from, to] = [plant.start + (200 * 24 + h) * hour, plant.start + (200 * 24 + h + 1) * hour];
    const grown = (point: PointId) =>
      Math.round((plant.reading('main', point, to) - plant.reading('main', point, from)) * 1_000) / 1_000;
    assert.deepEqual([h, grown('energy_import'), grown('energy_export')], [h, imported, exported]);
  }
});

test('the load moves inside the hour, and power is the slope of energy', () => {
  const plant = loadPlant(golden);
  const from = plant.start + 33 * hour;
  const powers = [5, 15, 25, 35, 45, 55].map((minutes) => plant.reading('workshop', 'power', from + minutes * minute));
  assert.ok(Math.max(...powers) - Math.min(...powers) > 200, `${powers}`);
  for (const minutes of [7, 22, 41]) {
    const [a, b] = [from + minutes * minute, from + (minutes + 1) * minute];
    const mean = (plant.reading('workshop', 'energy_import', b) - plant.reading('workshop', 'energy_import', a)) * 60;
    const middle = plant.reading('workshop', 'power', (a + b) / 2);
    assert.ok(Math.abs(mean - middle) < 0.2, `${mean} kW by energy, ${middle} kW by power`);
  }
});

test('energy is conserved in the demo plant at every moment: what comes in goes out', () => {
  const plant = loadPlant(demo);
  const feeders = demo.meters.filter(({ role }) => role === 'feeder').map(({ id }) => id);
  for (let n = 1; n < 400; n++) {
    const time = plant.start + n * 37 * minute + n * 1_234;
    const supplied =
      at(plant, 'main', 'energy_import', time) +
      at(plant, 'pv-roof', 'energy_generated', time) -
      at(plant, 'main', 'energy_export', time);
    const used = feeders.reduce((sum, id) => sum + at(plant, id, 'energy_import', time), 0);
    const share = (supplied - used) / supplied;
    assert.ok(share > 0.005 && share < 0.2, `unmetered is ${(share * 100).toFixed(1)} % at ${n}`);
  }
});

test('counters never fall, and never both ways at once', () => {
  const plant = loadPlant(demo);
  let before = { imported: 0, exported: 0 };
  for (let time = plant.start; time < plant.start + 3 * 24 * hour; time += minute) {
    const now = {
      imported: plant.reading('main', 'energy_import', time),
      exported: plant.reading('main', 'energy_export', time),
    };
    assert.ok(now.imported >= before.imported && now.exported >= before.exported);
    before = now;
  }
});

test('the same seed gives the same year, in whatever order it is asked for', () => {
  const [one, two] = [loadPlant(demo), loadPlant(demo)];
  const late = one.start + 200 * 24 * hour;
  two.reading('main', 'power', one.start + hour);
  assert.equal(one.reading('foundry', 'energy_import', late), two.reading('foundry', 'energy_import', late));
  assert.equal(one.reading('pv-roof', 'power', late), two.reading('pv-roof', 'power', late));
});

test('the plant rests at the Spring Festival and on Sundays, and the sun does not shine at night', () => {
  const plant = loadPlant(demo);
  const dayOf = (date: number, meter: string, point: PointId) =>
    plant.reading(meter, point, plant.start + date * 24 * hour) -
    plant.reading(meter, point, plant.start + (date - 1) * 24 * hour);
  assert.ok(dayOf(45, 'machining', 'energy_import') < dayOf(22, 'machining', 'energy_import') / 3);
  assert.equal(plant.reading('pv-roof', 'power', plant.start + 2 * hour), 0);
});

async function readOver(context: TestContext, meter: string, time: number) {
  const clock = new FakeClock(time);
  const device = simulateDevices(demo, loadPlant(demo)).get(meter);
  const config = demo.meters.find(({ id }) => id === meter);
  assert.ok(device && config);
  const server = await startModbusServer(
    healthy(({ unit, address, count }) =>
      unit === config.unit ? device.answer(address, count, clock.now()) : { exception: exceptions.gatewayTarget },
    ),
  );
  const line = new Line({
    address: { kind: 'tcp', host: '127.0.0.1', port: server.port },
    connectTimeout: 1_000,
    clock: systemClock,
    afterDoubt: 'reconnect',
  });
  const bus = new ModbusBus(line, 'tcp', 1_000);
  context.after(async () => {
    line.close();
    await server.close();
  });
  const source = new ModbusSource({
    meter,
    unit: config.unit ?? 1,
    template: loadRegisterTemplate(config.template ?? ''),
    bus,
    clock,
    memory: new Memory(),
  });
  return { source, device };
}

for (const meter of ['main', 'machining', 'pv-roof']) {
  test(`${meter}: what is read over Modbus TCP is what the plant has, within its registers' steps`, async (context) => {
    const plant = loadPlant(demo);
    const time = plant.start + 150 * 24 * hour + 13 * hour;
    const { source } = await readOver(context, meter, time);
    const samples = [...(await source.read('fast')), ...(await source.read('slow'))];
    assert.equal(source.fault, undefined);
    for (const { point, value, quality, time: stamp } of samples) {
      assert.equal(stamp, time);
      assert.ok(value !== null && quality === 0, `${point} is ${quality}`);
      const truth = plant.reading(meter, point, time);
      assert.ok(
        Math.abs(value - truth) <= Math.max(0.11, Math.abs(truth) * 1e-4, point === 'power' ? 0.06 : 0),
        `${point}: ${value} instead of ${truth}`,
      );
    }
  });
}

test('the SunSpec inverter is discovered by its marker, and its modulus by its scale factor', async (context) => {
  const { source } = await readOver(context, 'pv-roof', loadPlant(demo).start + 12 * hour);
  const modulusOf = () => source.facts().find(({ point }) => point === 'energy_generated')?.modulus;
  assert.equal(modulusOf(), null);
  await source.read('slow');
  assert.equal(modulusOf(), (2 ** 32 * 10) / 1_000);
});

test('a register that is overridden shows at the other end', async (context) => {
  const { source, device } = await readOver(context, 'main', loadPlant(demo).start + hour);
  device.overrides.set(36, 0x0001).set(37, 0x86a0);
  const power = (await source.read('fast')).find(({ point }) => point === 'power');
  assert.equal(power?.value, 100);
});

test('history is what a gateway would have read: the same registers, the same rounding', async (context) => {
  const plant = loadPlant(demo);
  const history = new History(demo, plant, simulateDevices(demo, plant));
  const time = plant.start + 150 * 24 * hour + 13 * hour;
  const past = [...history.samples(time, time, 15 * minute, new Map())];
  const { source } = await readOver(context, 'pv-roof', time);
  for (const live of [...(await source.read('fast')), ...(await source.read('slow'))]) {
    const same = past.find(({ meter, point }) => meter === live.meter && point === live.point);
    if (same !== undefined) assert.deepEqual(same, live);
  }
  assert.equal(past.length, history.series.length);
});

test('history goes on after what each series has', () => {
  const plant = loadPlant(golden);
  const history = new History(golden, plant, simulateDevices(golden, plant));
  const newest = new Map([['main.power', plant.start + 30 * minute]]);
  const found = [...history.samples(plant.start, plant.start + hour, 15 * minute, newest)].filter(
    ({ meter, point }) => meter === 'main' && point === 'power',
  );
  assert.deepEqual(
    found.map(({ time }) => (time - plant.start) / minute),
    [45, 60],
  );
});

test('a meter that was exchanged counts from what the new one showed, and one that was silent gives no value', () => {
  const plant = loadPlant(demo);
  const [swap] = plant.description.swaps;
  assert.ok(swap !== undefined);
  const { at: moment, meter } = swap;
  const [record] = demo.meters.find(({ id }) => id === meter)?.replaced ?? [];
  assert.equal(Date.parse(record?.at ?? ''), moment);
  const last = plant.reading(meter, 'energy_import', moment - 1);
  assert.ok(
    Math.abs(last - (record?.final?.energy_import ?? 0)) < 0.01,
    `the electrician wrote what it showed: ${last}`,
  );
  assert.equal(plant.reading(meter, 'energy_import', moment), swap.shows);
  const [silence] = plant.description.silences;
  assert.ok(silence !== undefined);
  const [silent = ''] = silence.meters;
  const history = new History(demo, plant, simulateDevices(demo, plant));
  const known = [...history.samples(silence.from - hour, silence.to + hour, 15 * minute, new Map())].filter(
    (sample) => sample.meter === silent && sample.point === 'energy_import' && sample.value !== null,
  );
  assert.ok(known.length > 0);
  assert.ok(known.every(({ time }) => time < silence.from || time >= silence.to));
});
