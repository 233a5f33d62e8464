// Meters of three protocols on one pair of wires, through the connection that a site configures.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { systemClock } from '../core/clock.ts';
import { connectionSchema, type MeterConfig } from '../core/config/site-schema.ts';
import { silentLog } from '../core/log.ts';
import type { PointId } from '../core/points.ts';
import { qualityOf } from '../core/quality.ts';
import { FieldMeter } from '../simulators/cjt188-server.ts';
import { SimulatedDevice } from '../simulators/device.ts';
import { IdentifierMeter } from '../simulators/dlt645-server.ts';
import { type LineSetup, serveLine } from '../simulators/serve-line.ts';
import { readCjt188Address } from './cjt188/bus.ts';
import { openConnection } from './connection.ts';
import { readDlt645Address } from './dlt645/bus.ts';
import { Line } from './line/line.ts';
import { Memory } from './memory.ts';
import { socat, wiredPorts } from './peers/peers.fixture.ts';
import { isPolled, type PollClass, type PolledSource } from './source.ts';
import { type Cjt188Template, type Dlt645Template, loadRegisterTemplate, loadTemplate } from './template.ts';

const timeout = 600;
const electricity = '000012345678';
const other = '000012345679';
const heat = '00550020210001';
const water = '78330011223344';

const identifierTemplate = loadTemplate('dlt645.three-phase') as Dlt645Template;
const fieldTemplate = (id: string) => loadTemplate(id) as Cjt188Template;

/** Every meter shows something else, and counters move with the time. */
const shows =
  (seed: number) =>
  (point: PointId, time: number): number => {
    if (point === 'frequency') return 50;
    if (point === 'power_factor') return 0.9;
    if (/energy|volume/.test(point)) return seed * 100 + time / 10_000;
    return seed + point.length / 10;
  };

const meterOf = (id: string, template: string, place: Partial<MeterConfig>): MeterConfig => ({
  ...{ id, name: { zh: id, en: id }, connection: 'bus', template, role: 'none', carrier: 'electricity' },
  ...place,
});

async function setUp(context: TestContext, setup: Pick<LineSetup, 'serial'> & { endpoint?: string } = {}) {
  const time = { now: 0 };
  const server = await serveLine({
    ...setup,
    now: () => time.now,
    units: new Map([[7, new SimulatedDevice(loadRegisterTemplate('acrel.adw300'), shows(1))]]),
    identifiers: new Map([
      [electricity, new IdentifierMeter(identifierTemplate, shows(2))],
      [other, new IdentifierMeter(identifierTemplate, shows(3))],
    ]),
    fields: new Map([
      [heat, new FieldMeter(fieldTemplate('cjt188.heat'), shows(4))],
      [water, new FieldMeter(fieldTemplate('cjt188.water'), shows(5))],
    ]),
  });
  const memory = new Memory();
  const connection = connectionSchema.parse({
    ...{ id: 'bus', protocol: 'line', endpoint: setup.endpoint ?? server.endpoint, timeout: `${timeout}ms` },
    ...(setup.serial && { serial: { baud: 115_200, parity: 'none' } }),
  });
  const opened = openConnection(connection, {
    pkiFolder: '',
    clock: systemClock,
    log: silentLog,
    memory,
    onFacts: () => undefined,
  });
  context.after(async () => {
    await opened.close();
    await server.close();
  });
  const open = (id: string, template: string, place: Partial<MeterConfig>) => {
    const source = opened.sourceOf(meterOf(id, template, place));
    if (!isPolled(source)) throw new Error('meters on a line are asked');
    return source;
  };
  return {
    ...{ server, opened, time, open },
    rtu: open('rtu', 'acrel.adw300', { unit: 7 }),
    meter: open('meter', 'dlt645.three-phase', { address: electricity }),
    second: open('second', 'dlt645.three-phase', { address: other }),
    heat: open('heat', 'cjt188.heat', { address: heat }),
    water: open('water', 'cjt188.water', { address: water }),
  };
}

/** A value where it is good, and otherwise the quality. */
async function read(source: PolledSource, pollClass: PollClass): Promise<Partial<Record<PointId, number | string>>> {
  const samples = await source.read(pollClass);
  return Object.fromEntries(
    samples.map(({ point, value, quality }) => {
      const word = qualityOf(quality) ?? '';
      return [point, word === 'good' && value !== null ? value : word];
    }),
  );
}

async function readsEverything(context: TestContext, setup: Parameters<typeof setUp>[1]): Promise<void> {
  const { rtu, meter, second, heat: warm, water: wet, time } = await setUp(context, setup);
  for (let round = 0; round < 3; round++) {
    time.now += 10_000;
    const all = await Promise.all([
      ...[read(rtu, 'slow'), read(meter, 'slow'), read(second, 'slow'), read(warm, 'slow'), read(wet, 'slow')],
      ...[read(rtu, 'fast'), read(meter, 'fast')],
    ]);
    const grown = round + 1;
    assert.deepEqual(
      all.slice(0, 3).map(({ energy_import }) => energy_import),
      [100 + grown, 200 + grown, 300 + grown],
    );
    assert.ok(Math.abs(Number(all[3]?.heat_energy) - 400 - grown) < 0.000_04); // its step is 0.01 kWh
    assert.equal(all[4]?.water_volume, 500 + grown);
    assert.equal(all[6]?.voltage_l1, 3);
    assert.equal(all[6]?.power, 2.5);
    assert.deepEqual(
      all.flatMap((one) => Object.values(one).filter((value) => typeof value === 'string')),
      [],
    );
  }
}

test('RTU, DL/T 645 and CJ/T 188 meters share a serial server: each gets its own answers', (context) =>
  readsEverything(context, {}));

test('RTU, DL/T 645 and CJ/T 188 meters share a wired serial port: each gets its own answers', {
  skip: socat.skip,
}, async (context) => {
  const { ports, end } = await wiredPorts();
  context.after(end);
  const settings = { baud: 115_200, parity: 'none', dataBits: 8, stopBits: 1 } as const;
  await readsEverything(context, { serial: { path: ports[0], ...settings }, endpoint: `serial://${ports[1]}` });
});

test('a meter tells its address to whoever asks without knowing it', async (context) => {
  for (const [setup, ask, told] of [
    [
      { identifiers: new Map([[electricity, new IdentifierMeter(identifierTemplate, () => 1)]]) },
      readDlt645Address,
      electricity,
    ],
    [
      { fields: new Map([[heat, new FieldMeter(fieldTemplate('cjt188.heat'), () => 1)]]) },
      readCjt188Address,
      { type: '20', address: heat },
    ],
  ] as const) {
    const server = await serveLine(setup);
    const line = new Line({
      address: { kind: 'tcp', host: '127.0.0.1', port: server.port },
      ...{ connectTimeout: timeout, clock: systemClock, afterDoubt: 'wait' },
    });
    context.after(async () => {
      line.close();
      await server.close();
    });
    assert.deepEqual(await ask(line, timeout), told);
  }
});

test('row 1: a silent meter costs its own time only, says why it has no values, and comes back', async (context) => {
  const { server, meter, second, water: wet } = await setUp(context);
  await read(meter, 'fast');
  server.faults.set(electricity, { silent: true });
  server.faults.set(water, { silent: true });
  const dead = await read(meter, 'fast');
  assert.deepEqual(new Set(Object.values(dead)), new Set(['bad_timeout']));
  assert.equal((await read(wet, 'slow')).water_volume, 'bad_timeout');
  const asked = server.asked.get(electricity) ?? 0;
  await read(meter, 'fast');
  assert.equal(server.asked.get(electricity), asked + 1, 'a meter that is down is asked once a poll');
  assert.equal((await read(second, 'fast')).voltage_l1, 4);
  server.faults.clear();
  assert.equal((await read(meter, 'fast')).voltage_l1, 3);
  assert.equal(meter.fault, undefined);
});

test('row 2: an answer of another address or another identifier is nobody’s', async (context) => {
  const { server, meter, second, water: wet } = await setUp(context);
  for (const [fault, place, source, point] of [
    [{ answersAs: other }, electricity, meter, 'voltage_l1'],
    [{ identifiesAs: '0202FF00' }, electricity, meter, 'voltage_l1'],
    [{ answersAs: heat }, water, wet, 'water_volume'],
    [{ identifiesAs: '901E' }, water, wet, 'water_volume'],
  ] as const) {
    server.faults.set(place, fault);
    assert.equal((await read(source, point === 'water_volume' ? 'slow' : 'fast'))[point], 'bad_decode');
    server.faults.clear();
  }
  assert.equal((await read(second, 'fast')).voltage_l1, 4);
});

test('row 3: what a meter refuses is none, is not asked for again at once, and spoils nothing else', async (context) => {
  const { server, meter } = await setUp(context);
  server.faults.set(electricity, { lacks: ['0201FF00', '02010200', '00020000'] });
  const fast = await read(meter, 'fast');
  assert.deepEqual([fast.voltage_l1, fast.voltage_l2, fast.voltage_l3], [3, 'bad_not_available', 3]);
  assert.equal((await read(meter, 'slow')).energy_export, 'bad_not_available');
  server.faults.clear();
  assert.equal((await read(meter, 'fast')).voltage_l2, 'bad_not_available');
  server.faults.set(electricity, { exception: 0x04 });
  assert.equal((await read(meter, 'fast')).power, 'bad_exception');
  assert.equal(meter.fault, undefined, 'a meter that refuses is there');
  server.faults.clear();
  assert.equal((await read(meter, 'fast')).power, 2.5);
});

test('row 4: an answer that comes much too late is never taken for a later one', async (context) => {
  const { server, time, meter, water: wet } = await setUp(context);
  for (const late of [1.5, 3.4]) {
    for (const [place, source, point, first] of [
      [electricity, meter, 'energy_import', 200],
      [water, wet, 'water_volume', 500],
    ] as const) {
      server.faults.set(place, { delay: late * timeout }, { answers: 1 });
      let right = 0;
      for (let round = 0; right < 2; round++) {
        assert.ok(round < 20, `${place} does not come back`);
        time.now += 600_000;
        const before = first + time.now / 10_000;
        const found = (await read(source, 'slow'))[point];
        if (typeof found === 'string') continue;
        assert.equal(found, before);
        right++;
      }
    }
  }
});

test('row 7: garbage, turned bits and split answers give no wrong value', async (context) => {
  const { server, meter, water: wet } = await setUp(context);
  for (const fault of [{ garbage: true }, { bitErrors: 1 }]) {
    server.faults.set(electricity, fault);
    server.faults.set(water, fault);
    const found = await read(meter, 'fast');
    assert.ok(Object.values(found).every((value) => value === 'bad_decode' || value === 'bad_timeout'));
    assert.ok(['bad_decode', 'bad_timeout'].includes(String((await read(wet, 'slow')).water_volume)));
    server.faults.clear();
  }
  server.faults.set(electricity, { pieces: 5, frames: 3 });
  server.faults.set(water, { pieces: 5 });
  assert.equal((await read(meter, 'fast')).power_l3, 2.8);
  assert.equal((await read(wet, 'slow')).water_volume, 500);
});

test('row 8: values that a meter does not have are none', async (context) => {
  const { server, meter, water: wet } = await setUp(context);
  server.faults.set(electricity, { missing: ['voltage_l2', 'power_factor'] });
  server.faults.set(water, { missing: ['water_volume'] });
  assert.deepEqual(
    [(await read(meter, 'fast')).voltage_l2, (await read(meter, 'slow')).power_factor],
    Array(2).fill('bad_not_available'),
  );
  assert.equal((await read(wet, 'slow')).water_volume, 'bad_not_available');
});

test('row 10: a counter rolls over at a million, and its series says so', async (context) => {
  const { server, time, meter } = await setUp(context);
  server.faults.set(electricity, { counters: { energy_import: 999_999.9 } });
  assert.equal((await read(meter, 'slow')).energy_import, 999_999.9);
  time.now += 10_000;
  assert.equal((await read(meter, 'slow')).energy_import, 0.9);
  const facts = meter.facts().find(({ point }) => point === 'energy_import');
  assert.deepEqual([facts?.modulus, facts?.maxPerHour], [1_000_000, 100]);
});

test('row 11: a meter of another address is another meter in the facts', async (context) => {
  const { meter, open } = await setUp(context);
  await read(meter, 'slow');
  const replaced = open('meter', 'dlt645.three-phase', { address: other });
  await read(replaced, 'slow');
  const installations = replaced.facts()[0]?.installations.map(({ serial }) => serial);
  assert.deepEqual(installations, [electricity, other]);
});

test('row 12: a single spike that fools the checksum is not believed', async (context) => {
  const { server, time, meter } = await setUp(context);
  for (let round = 0; round < 4; round++) {
    time.now += 10_000;
    await read(meter, 'slow');
  }
  const asked = server.asked.get(electricity) ?? 0;
  assert.equal((await read(meter, 'slow')).energy_import, 204);
  assert.equal(server.asked.get(electricity), asked + 9, 'a line without faults needs one answer each');
  server.faults.set(electricity, { readings: { energy_import: 90_000 } }, { answers: 1 });
  assert.equal((await read(meter, 'slow')).energy_import, 204);
});

test('ratios of transformers multiply what they should, and the limits of the counter with it', async (context) => {
  const { open } = await setUp(context);
  const source = open('meter', 'dlt645.three-phase', { address: electricity, ratios: { ct: 40, vt: 100 } });
  const slow = await read(source, 'slow');
  const fast = await read(source, 'fast');
  assert.deepEqual(
    [slow.energy_import, fast.voltage_l1, fast.current_l1, fast.power, slow.power_factor],
    [800_000, 300, 120, 10_000, 0.9],
  );
  const facts = source.facts().find(({ point }) => point === 'energy_import');
  assert.deepEqual([facts?.modulus, facts?.maxPerHour], [4_000_000_000, 400_000]);
});

test('a heat meter counts in the unit that it states', async (context) => {
  const { heat: warm } = await setUp(context);
  const modulus = () => warm.facts().find(({ point }) => point === 'heat_energy')?.modulus;
  assert.equal(modulus(), null, 'before it was asked, nobody knows');
  assert.equal((await read(warm, 'slow')).heat_energy, 400);
  assert.equal(modulus(), 3_600); // a million kWh, in GJ
});
