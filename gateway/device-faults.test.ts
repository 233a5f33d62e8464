// Rows 1 to 12 and 25 of the failure matrix: devices and wires that do wrong. Whatever they do, no wrong value is ever read.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { pino } from 'pino';
import { Calendar, minute } from '../core/calendar.ts';
import { type Clock, systemClock } from '../core/clock.ts';
import { type PointId, points, quantise, toSteps } from '../core/points.ts';
import { qualityOf } from '../core/quality.ts';
import type { Sample, SeriesFacts } from '../core/sample.ts';
import { type Mark, marksOf, type Slot } from '../core/slots.ts';
import { SeriesSlots } from '../ingest/slots/series-slots.ts';
import { SimulatedDevice } from '../simulators/device.ts';
import { addressEcho, serveModbus, type Unit } from '../simulators/serve-modbus.ts';
import { Line } from './line/line.ts';
import { LineFault } from './line/line-fault.ts';
import { Memory } from './memory.ts';
import { ModbusBus } from './modbus/bus.ts';
import { ModbusSource } from './modbus/modbus-source.ts';
import { Poller } from './poller.ts';
import type { PollClass } from './source.ts';
import { loadRegisterTemplate } from './template.ts';

const timeout = 250;
const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

const began = Date.now();
/** The time of the simulated devices: an hour after they began to count. */
const elapsed = () => 3_600_000 + Date.now() - began;

/** What is true of every simulated device: 1 kWh a second, and each point a value of its own. */
function truth(point: PointId, time: number): number {
  if (points[point].kind === 'counter') return 1_000 + time / 1_000;
  const level: Partial<Record<PointId, number>> = {
    frequency: 50,
    power_factor: 0.95,
    temperature: 31,
    device_state: 4,
  };
  return level[point] ?? (point.startsWith('voltage') ? 230 : 100 + (Math.floor(time / 1_000) % 50));
}

type Setup = {
  framing?: 'tcp' | 'rtu';
  template?: string;
  units?: number[];
  clock?: { time: number };
  devices?: Map<number, Unit>;
};

async function setUp(
  context: TestContext,
  { framing = 'tcp', template: id = 'acrel.adw300', units = [1], clock, devices }: Setup = {},
) {
  const template = loadRegisterTemplate(id);
  const now = clock === undefined ? elapsed : () => clock.time;
  const server = await serveModbus({
    framing,
    now,
    units: devices ?? new Map(units.map((unit) => [unit, new SimulatedDevice(template, truth)])),
  });
  const line = new Line({
    address: { kind: 'tcp', host: '127.0.0.1', port: server.port },
    connectTimeout: timeout,
    clock: systemClock,
    random: () => 0,
    afterDoubt: framing === 'tcp' ? 'reconnect' : 'wait',
    gap: framing === 'tcp' ? 0 : 2,
  });
  context.after(async () => {
    line.close();
    await server.close();
  });
  const bus = new ModbusBus(line, framing, timeout);
  const stamps: Clock = { ...systemClock, now };
  const memory = new Memory();
  const lines: string[] = [];
  const log = pino({}, { write: (text: string) => void lines.push(text) });
  const sourceOf = (unit: number) =>
    new ModbusSource({ meter: `m${unit}`, unit, template, bus, clock: stamps, memory, log });
  return { server, line, bus, template, memory, sourceOf, log: () => lines.join('') };
}

/** No value but the true one, as near as the register tells it. */
function assertTrue(samples: readonly Sample[]): void {
  for (const { meter, point, value, quality, time } of samples) {
    if (value === null || qualityOf(quality)?.startsWith('uncertain')) continue;
    const [low, high] = [truth(point, time - 2_000), truth(point, time)].sort((a, b) => a - b) as [number, number];
    const step = points[point].unit === 'kW' || points[point].unit === 'A' ? 51 : 0.15;
    assert.ok(value >= low - step && value <= high + step, `${meter}.${point} is ${value}, not ${low}..${high}`);
  }
}

const failure = async (source: ModbusSource, pollClass: PollClass = 'fast') => {
  assertTrue(await source.read(pollClass));
  return source.fault?.exception ?? source.fault?.failure;
};

function polling(context: TestContext, sources: readonly ModbusSource[], period: number, line?: Line) {
  const delivered: Sample[] = [];
  const lines: string[] = [];
  const log = pino({ level: 'info' }, { write: (text: string) => void lines.push(text) });
  const poller = new Poller({
    clock: systemClock,
    log,
    deliver: (samples) => delivered.push(...samples),
    random: () => 0,
  });
  const stop = new AbortController();
  const running = poller.run(stop.signal);
  const limits = { deadband: {}, heartbeat: minute };
  const periods = { fast: period, slow: 10 * period };
  void poller.set(sources.map((source) => ({ source, periods, limits, ...(line === undefined ? {} : { line }) })));
  context.after(async () => {
    stop.abort();
    line?.close();
    await running;
  });
  const readingsOf = (meter: string, since = 0) =>
    delivered.filter((sample) => sample.meter === meter && sample.point === 'power' && sample.time >= since);
  return { delivered, readingsOf, log: () => lines.join('') };
}

test('row 1: a silent device is told once, asked less and less, and back with the first answer; the others keep their pace', async (context) => {
  const { server, sourceOf } = await setUp(context, { units: [1, 2] });
  const other = await setUp(context, { units: [3] });
  const { readingsOf, log, delivered } = polling(context, [sourceOf(1), other.sourceOf(3)], 100);
  await pause(600);
  server.faults.set(1, { silent: true });
  const since = elapsed();
  await pause(3_000);
  const asked = server.asked.get(1) ?? 0;
  const bad = readingsOf('m1', since).filter(({ value }) => value === null);
  assert.deepEqual(
    bad.map(({ quality }) => qualityOf(quality)),
    ['bad_timeout'],
  );
  const alive = readingsOf('m3', since).length;
  assert.ok(alive >= 25, `${alive} readings of the device that lives, of 30`);
  await pause(1_000);
  assert.ok((server.asked.get(1) ?? 0) - asked <= 3, 'a device that is down is asked too often');
  server.faults.clear(1);
  const before = server.asked.get(1) ?? 0;
  for (let waits = 0; readingsOf('m1').at(-1)?.value === null && waits < 100; waits++) await pause(50);
  assert.ok((readingsOf('m1').at(-1)?.value ?? 0) > 0);
  assert.ok((server.asked.get(1) ?? 0) - before <= 4);
  assert.match(log(), /source_down.*source_back/s);
  assertTrue(delivered);
});

for (const framing of ['tcp', 'rtu'] as const) {
  test(`row 2: ${framing}: an answer in another unit's name is no answer; a unit that is not there takes nobody with it`, async (context) => {
    const { server, sourceOf } = await setUp(context, { framing, units: [1, 2] });
    const [first, second, nobody] = [sourceOf(1), sourceOf(2), sourceOf(9)];
    server.faults.set(1, { answersAs: 2 });
    assert.equal(await failure(first), 'framing');
    assert.equal(await failure(second), undefined);
    const sockets = [...server.sockets];
    assert.equal(await failure(nobody), framing === 'tcp' ? 11 : 'timeout');
    if (framing === 'tcp') assert.deepEqual([...server.sockets], sockets, 'the link did not stay');
    assert.equal(await failure(second), undefined);
  });

  test(`row 4: ${framing}: an answer that comes too late is never the answer to another question`, async (context) => {
    const { server, bus } = await setUp(context, { framing, devices: new Map([[1, addressEcho]]) });
    const rounds = framing === 'tcp' ? 6 : 4;
    for (let round = 0; round < rounds; round++) {
      server.faults.set(1, { delay: timeout * (1.2 + round / 10) }, { answers: 1 });
      await assert.rejects(bus.read(1, 3, 1_000 + round, 2), LineFault);
      for (let address = 0; address < 12; address++)
        assert.deepEqual(await bus.read(1, 3, 2_000 + address, 2), [2_000 + address, 2_001 + address]);
    }
  });
}

test('row 3: a register that does not exist is found, marked, and not asked for again; the others are read', async (context) => {
  const { server, sourceOf, memory } = await setUp(context);
  server.faults.set(1, { holes: [[26, 26]] });
  const source = sourceOf(1);
  const first = await source.read('fast');
  assertTrue(first);
  const refused = first.filter(({ quality }) => qualityOf(quality) === 'bad_exception').map(({ point }) => point);
  assert.deepEqual(refused, ['current_l1']);
  assert.equal(source.fault, undefined);
  const asked = server.asked.get(1) ?? 0;
  const again = await source.read('fast');
  assert.equal(again.length, first.length);
  assert.ok((server.asked.get(1) ?? 0) - asked <= 2, 'the hole is asked for again');
  assert.deepEqual(memory.of('m1', 'acrel.adw300').holes, [26]);
});

test('row 3: exceptions of the whole device: failure, gateway path, gateway target; busy is asked again', async (context) => {
  const { server, sourceOf } = await setUp(context);
  const source = sourceOf(1);
  for (const exception of [4, 10, 11]) {
    server.faults.set(1, { exception });
    assert.equal(await failure(source), exception);
    server.faults.clear(1);
    assert.equal(await failure(source), undefined);
  }
  server.faults.set(1, { exception: 6 }, { answers: 2 });
  assert.equal(await failure(source), undefined);
});

test('row 4: 70,000 requests after a late answer, all numbers of a connection and more, each gets its own', async (context) => {
  const { server, bus } = await setUp(context, { devices: new Map([[1, addressEcho]]) });
  server.faults.set(1, { delay: 2 * timeout }, { answers: 1 });
  await assert.rejects(bus.read(1, 3, 1, 1), LineFault);
  await pause(2 * timeout); // the device answers in the order in which it was asked
  let unanswered = 0;
  for (let n = 0; n < 70_000; n++) {
    const address = n % 60_000;
    try {
      const [word] = await bus.read(1, 3, address, 1);
      if (word !== address) assert.fail(`asked ${address}, got ${word}`);
    } catch (error) {
      if (!(error instanceof LineFault) || ++unanswered > 3) throw error; // a busy machine, not a wrong value
    }
  }
});

for (const framing of ['tcp', 'rtu'] as const)
  test(`row 5: ${framing}: a peer that is there and says nothing is met anew within three silences; sockets do not pile up`, async (context) => {
    const { server, sourceOf } = await setUp(context, { framing });
    const source = sourceOf(1);
    assert.equal(await failure(source), undefined);
    const [first] = server.sockets;
    server.faults.connections = { deaf: true };
    for (let n = 0; n < 6; n++) assert.equal(await failure(source), 'timeout');
    const ours =
      process.getActiveResourcesInfo().filter((kind) => kind === 'TCPSocketWrap').length - server.sockets.size;
    assert.ok(ours <= 1, `${ours} connections are open on our side`);
    server.faults.clear();
    await pause(3 * timeout);
    assert.ok(server.sockets.size <= 1, `${server.sockets.size} connections are open`);
    for (let n = 0; n < 5 && (await failure(source)) !== undefined; n++) await pause(timeout);
    assert.equal(source.fault, undefined);
    assert.ok(first !== undefined && !server.sockets.has(first), 'the dead connection is still in use');
  });

test('row 6: nobody listens: the reason is clear, the waits grow, and it is there again when somebody does', async (context) => {
  const { server, sourceOf } = await setUp(context);
  await server.close();
  const source = sourceOf(1);
  const began = performance.now();
  for (let n = 0; n < 200; n++) assert.equal(await failure(source), 'refused');
  assert.ok(performance.now() - began < 3_000);
  assert.match(source.fault?.message ?? '', /127\.0\.0\.1:\d+/);
});

test('row 6: a device that serves one client only: the second is refused with a reason, the first is not disturbed', async (context) => {
  const { server, sourceOf } = await setUp(context);
  const source = sourceOf(1);
  assert.equal(await failure(source), undefined);
  server.faults.connections = { most: 1 };
  const second = new Line({
    address: { kind: 'tcp', host: '127.0.0.1', port: server.port },
    connectTimeout: timeout,
    clock: systemClock,
    afterDoubt: 'reconnect',
  });
  context.after(() => second.close());
  await assert.rejects(new ModbusBus(second, 'tcp', timeout).read(1, 3, 20, 1), LineFault);
  assert.equal(await failure(source), undefined);
});

for (const framing of ['tcp', 'rtu'] as const) {
  test(`row 7: ${framing}: garbage, bit errors and frames in pieces: no wrong value, and right again with the first right frame`, async (context) => {
    const { server, sourceOf } = await setUp(context, { framing });
    const source = sourceOf(1);
    server.faults.set(1, { pieces: 7 });
    assert.equal(await failure(source), undefined);
    for (let n = 0; n < 5; n++) {
      server.faults.set(1, { garbage: true }, { answers: 2 });
      assert.notEqual(await failure(source), undefined);
      server.faults.clear(1);
      for (let tries = 0; tries < 4 && (await failure(source)) !== undefined; tries++);
      assert.equal(source.fault, undefined);
    }
    if (framing === 'tcp') return; // a bit that turns on TCP turns against the checksum of TCP
    server.faults.set(1, { bitErrors: 0.5 });
    for (let n = 0; n < 10; n++) await failure(source);
  });
}

test('row 8: what a device says it has not is no number; a scale factor that changes holds for its own answer at once', async (context) => {
  const clock = { time: 40_000 };
  const { server, sourceOf } = await setUp(context, { template: 'sunspec.inverter', clock });
  const source = sourceOf(1);
  const powerOf = async () => {
    const found = (await source.read('fast')).find(({ point }) => point === 'power');
    return found?.value ?? qualityOf(found?.quality ?? -1);
  };
  assert.equal(await powerOf(), 140);
  server.faults.set(1, { missing: ['power'] });
  assert.equal(await powerOf(), 'bad_not_available');
  server.faults.set(1, { exponents: { power: 1 } });
  assert.equal(await powerOf(), 140);
  server.faults.set(1, { exponents: { power: 3 } });
  assert.equal(await powerOf(), 140);
  for (const exponent of [11, -11, -32_768]) {
    server.faults.set(1, { exponents: { power: exponent } });
    assert.equal(await powerOf(), exponent === -32_768 ? 'bad_not_available' : 'bad_decode');
  }
});

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
      if (n === 20) server.faults.set(1, { silent: true }); // it is taken from the wall
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
    assert.ok(Math.abs(total - (19 + 20) * 60) < 0.05, `${total} kWh: 19 minutes of the old one and 20 of the new`);
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

test('row 25: one of 30 meters on a bus is dead: the others keep at least 80 % of their pace', async (context) => {
  const units = Array.from({ length: 30 }, (_, n) => n + 1);
  const { server, sourceOf, line } = await setUp(context, { framing: 'rtu', units });
  const { readingsOf, delivered } = polling(context, units.map(sourceOf), 1_000, line);
  await pause(2_500);
  const measure = async () => {
    const since = elapsed();
    await pause(6_000);
    return units.slice(1).reduce((sum, unit) => sum + readingsOf(`m${unit}`, since).length, 0);
  };
  const well = await measure();
  server.faults.set(1, { silent: true });
  const withDead = await measure();
  assert.ok(withDead >= 0.8 * well, `${withDead} readings of the living after, ${well} before`);
  assertTrue(delivered);
  context.diagnostic(`${withDead} of ${well} readings`);
});
