// Every device of the library is checked, read against its golden registers, and told from every other.
import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { systemClock } from '../core/clock.ts';
import { qualityOf } from '../core/quality.ts';
import { FieldMeter } from '../simulators/cjt188-server.ts';
import { type Readout, SimulatedDevice } from '../simulators/device.ts';
import { IdentifierMeter } from '../simulators/dlt645-server.ts';
import { type Answer, exceptions, healthy, startModbusServer } from '../simulators/modbus-server.ts';
import { serveLine } from '../simulators/serve-line.ts';
import { Cjt188Bus } from './cjt188/bus.ts';
import { cjt188Source } from './cjt188/cjt188-source.ts';
import { Dlt645Bus } from './dlt645/bus.ts';
import { dlt645Source } from './dlt645/dlt645-source.ts';
import { answerOf, type GoldenCase, goldenFile, readCase, readGolden, readingOf, serialOf } from './golden.ts';
import { readFrames, readFramesCase } from './golden-frames.fixture.ts';
import { Line } from './line/line.ts';
import { Memory } from './memory.ts';
import { ModbusBus } from './modbus/bus.ts';
import { ModbusSource } from './modbus/modbus-source.ts';
import {
  checkTemplate,
  devicesFolder,
  isRegisterTemplate,
  loadRegisterTemplate,
  loadTemplate,
  templateFiles,
  templateIds,
} from './template.ts';

for (const file of templateFiles()) {
  const id = basename(file, '.yaml');
  test(`${id} is sound and has golden values`, () => {
    assert.deepEqual(checkTemplate(join(devicesFolder, file)).problems, []);
    assert.ok(existsSync(goldenFile(id)), `${id}.golden.yaml is missing`);
  });
}

const ids = templateIds().filter((id) => isRegisterTemplate(loadTemplate(id)));

for (const id of ids) {
  const { cases, problems } = readGolden(id);
  test(`${id}: its golden file is sound`, () => assert.deepEqual(problems, []));

  for (const golden of cases) {
    test(`${id}: ${golden.name}`, () => {
      const template = loadRegisterTemplate(id);
      assert.deepEqual(readCase(template, golden), golden.expect);
      if (golden.serial !== undefined) assert.equal(serialOf(template, golden), golden.serial);
    });
  }

  test(`${id}: the golden file shows each point with a value, one without, and one below zero`, () => {
    const template = loadRegisterTemplate(id);
    const values = cases.flatMap(({ expect }) => Object.entries(expect));
    const shown = new Set(values.flatMap(([point, value]) => (typeof value === 'number' ? [point] : [])));
    assert.deepEqual(
      template.points.map(({ point }) => point).filter((point) => !shown.has(point)),
      [],
    );
    assert.ok(
      values.some(([, value]) => typeof value === 'object'),
      'no value is missing or doubted',
    );
    const signed = template.points.some(({ type }) => /^(int|float)/.test(type));
    if (signed)
      assert.ok(
        values.some(([, value]) => typeof value === 'number' && value < 0),
        'no value is negative',
      );
    if (template.serialNumber !== undefined)
      assert.ok(
        cases.some(({ serial }) => serial !== undefined && serial !== ''),
        'the serial number is not read',
      );
  });
}

for (const id of templateIds()) {
  const template = loadTemplate(id);
  if (isRegisterTemplate(template)) continue;
  const { cases, problems } = readFrames(id);
  test(`${id}: its golden file is sound`, () => assert.deepEqual(problems, []));

  for (const golden of cases) {
    test(`${id}: ${golden.name}`, async () => {
      const { read, unused, facts } = await readFramesCase(template, golden);
      assert.deepEqual(read, golden.expect);
      assert.deepEqual(unused, [], 'a frame of the file was not asked for');
      assert.equal(facts[0]?.installations.at(-1)?.serial, golden.address);
    });
  }

  test(`${id}: the golden file shows each point with a value, one without, and one below zero`, () => {
    const values = cases.flatMap(({ expect }) => Object.entries(expect));
    const shown = new Set(values.flatMap(([point, value]) => (typeof value === 'number' ? [point] : [])));
    const points = template.points.map(({ point }) => point);
    assert.deepEqual(
      points.filter((point) => !shown.has(point)),
      [],
    );
    assert.ok(values.some(([, value]) => typeof value === 'object'));
    const signed = template.protocol === 'dlt645' ? template.points.filter(({ signed: is }) => is) : [];
    const negative = new Set(
      values.flatMap(([point, value]) => (typeof value === 'number' && value < 0 ? [point] : [])),
    );
    if (signed.length > 0) assert.ok(signed.some(({ point }) => negative.has(point)));
  });
}

for (const id of templateIds()) {
  const template = loadTemplate(id);
  if (isRegisterTemplate(template)) continue;
  test(`${id}: the virtual plant can stand in for it`, async (context) => {
    const address = template.protocol === 'dlt645' ? '000012345678' : '00000012345678';
    const shows: Readout = (point) => (point === 'frequency' ? 50 : 0.5);
    const server = await serveLine(
      template.protocol === 'dlt645'
        ? { identifiers: new Map([[address, new IdentifierMeter(template, shows)]]) }
        : { fields: new Map([[address, new FieldMeter(template, shows)]]) },
    );
    const line = new Line({
      address: { kind: 'tcp', host: '127.0.0.1', port: server.port },
      ...{ connectTimeout: 5_000, clock: systemClock, afterDoubt: 'wait' },
    });
    context.after(async () => {
      line.close();
      await server.close();
    });
    const common = { meter: 'm', address, clock: systemClock, memory: new Memory() };
    const source =
      template.protocol === 'dlt645'
        ? dlt645Source({ ...common, template, bus: new Dlt645Bus(line, 5_000) })
        : cjt188Source({ ...common, template, bus: new Cjt188Bus(line, 5_000) });
    const samples = [...(await source.read('fast')), ...(await source.read('slow'))];
    assert.deepEqual(samples.map(({ point }) => point).sort(), template.points.map(({ point }) => point).sort());
    assert.deepEqual(
      samples.filter(({ value, quality }) => value === null || quality !== 0),
      [],
    );
  });
}

type Asked = { fc: number; address: number; count: number };

/** What a gateway reads from a device that answers like this, by point. */
async function readOverTcp(context: TestContext, id: string, respond: (asked: Asked) => Answer) {
  const server = await startModbusServer(healthy(respond));
  const line = new Line({
    address: { kind: 'tcp', host: '127.0.0.1', port: server.port },
    connectTimeout: 5_000,
    clock: systemClock,
    afterDoubt: 'reconnect',
  });
  context.after(async () => {
    line.close();
    await server.close();
  });
  const template = loadRegisterTemplate(id);
  const bus = new ModbusBus(line, 'tcp', 5_000);
  const source = new ModbusSource({ meter: 'm', unit: 1, template, bus, clock: systemClock, memory: new Memory() });
  const samples = [...(await source.read('fast')), ...(await source.read('slow'))];
  assert.equal(source.fault, undefined);
  const read = samples.map(({ point, value, quality }) => {
    const word = qualityOf(quality);
    return [point, word === 'good' ? value : { value, quality: word }] as const;
  });
  return { read: Object.fromEntries(read), serial: source.facts()[0]?.installations.at(-1)?.serial };
}

/** Marker and common model before the case's own model, and the end of the chain behind it. */
function sunspecFrame(golden: GoldenCase): Map<number, number> {
  const { base = 0, fc } = golden;
  const length = answerOf(golden, fc, base + 1, 1)?.[0] ?? 0;
  const end = base + 2 + length;
  return new Map([...[0x5375, 0x6e53, 1, base - 4].entries(), [end, 0xffff], [end + 1, 0]]);
}

for (const id of ids) {
  test(`${id}: a gateway reads over the wire what the golden file says`, async (context) => {
    const template = loadRegisterTemplate(id);
    for (const golden of readGolden(id).cases) {
      const frame = template.protocol === 'sunspec' ? sunspecFrame(golden) : new Map<number, number>();
      const { read, serial } = await readOverTcp(context, id, ({ fc, address, count }) => {
        const words = answerOf(golden, fc === 4 ? 4 : 3, address, count) ?? [];
        const known = Array.from({ length: count }, (_, index) => words[index] ?? frame.get(address + index));
        return known.every((word) => word === undefined)
          ? { exception: exceptions.illegalAddress }
          : { words: known.map((word) => word ?? 0xdead) };
      });
      assert.deepEqual(read, golden.expect, golden.name);
      if (golden.serial) assert.equal(serial, golden.serial, golden.name);
    }
  });

  test(`${id}: the virtual plant can stand in for it`, async (context) => {
    const device = new SimulatedDevice(loadRegisterTemplate(id), (point) => (point === 'frequency' ? 50 : 0.5));
    const { read } = await readOverTcp(context, id, ({ address, count }) => device.answer(address, count, 0));
    const points = loadRegisterTemplate(id).points.map(({ point }) => point);
    assert.deepEqual(Object.keys(read).sort(), points.sort());
    // acc32 of SunSpec: zero is "not implemented", and half a kWh is none of 10 kWh.
    const bad = Object.entries(read).filter(
      ([point, value]) => typeof value !== 'number' && !point.startsWith('energy_'),
    );
    assert.deepEqual(bad, []);
  });
}

/** Devices that answer another's probes, and why they cannot be told apart. */
const confused: Record<string, string> = {
  'eastron.sdm630 is taken for eastron.sdm72d-v2':
    'an SDM630 has every register of an SDM72D; the other way round, the energy of single phases tells them apart',
};

test('a probe fits its own device, and no other', () => {
  const found: string[] = [];
  for (const id of ids) {
    const template = loadRegisterTemplate(id);
    if (template.protocol === 'sunspec') continue; // its models tell it
    assert.notDeepEqual(template.probe, [], `${id} has no probe`);
    for (const other of ids) {
      const fits = readGolden(other).cases.some((golden) =>
        template.probe.every((probe) => readingOf(template, golden, probe) !== undefined),
      );
      if (other === id) assert.ok(fits, `${id} is not known by its own probe`);
      else if (fits) found.push(`${other} is taken for ${id}`);
    }
  }
  assert.deepEqual(found, Object.keys(confused));
});

test('no golden file is left without its template', () => {
  const golden = readdirSync(devicesFolder).flatMap((file) => /^(.*)\.golden\.yaml$/.exec(file)?.[1] ?? []);
  assert.deepEqual(golden.sort(), templateIds());
});

test('whatever is not sure says what to look at', () => {
  for (const id of templateIds()) {
    const template = loadTemplate(id);
    const unsure = template.unverified || template.points.some(({ unverified }) => unverified);
    if (unsure) assert.ok(template.remark, `${id} is not sure of something and has no remark`);
  }
});
