// Probing, reading and scanning devices that are known: the golden registers of the library over real Modbus.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { systemClock } from '../../core/clock.ts';
import { SimulatedDevice } from '../../simulators/device.ts';
import { exceptions } from '../../simulators/modbus-server.ts';
import { addressEcho, type ModbusSetup, serveModbus, type Unit } from '../../simulators/serve-modbus.ts';
import { answerOf, readGolden } from '../golden.ts';
import type { LineFault } from '../line/line-fault.ts';
import { pymodbus, socat, startPymodbus, wiredPorts } from '../peers/peers.fixture.ts';
import {
  isRegisterTemplate,
  loadRegisterTemplate,
  loadTemplate,
  type RegisterTemplate,
  templateIds,
} from '../template.ts';
import { startConversation } from './conversation.ts';
import { parseEndpoint } from './endpoint.ts';
import { probe } from './probe.ts';
import { readerOf } from './reader.ts';
import { scan } from './scan.ts';

const templates = templateIds().map(loadTemplate).filter(isRegisterTemplate);

/** The device of a golden file: what it does not say is refused. */
function goldenUnit(id: string): Unit {
  const [golden] = readGolden(id).cases;
  assert.ok(golden);
  return {
    answer(address, count, _time, _faults, fc) {
      const words = answerOf(golden, fc === 4 ? 4 : 3, address, count);
      return words === undefined
        ? { exception: exceptions.illegalAddress }
        : { words: words.map((word) => word ?? 0xdead) };
    },
  };
}

function busTo(context: TestContext, endpoint: string, protocol?: string, timeout = 1_000) {
  const { bus, close } = startConversation(parseEndpoint(endpoint, protocol), { clock: systemClock, timeout });
  context.after(close);
  return bus;
}

async function serve(context: TestContext, setup: ModbusSetup, timeout?: number) {
  const server = await serveModbus(setup);
  context.after(() => server.close());
  return { server, bus: busTo(context, server.endpoint, setup.framing === 'rtu' ? 'line' : undefined, timeout) };
}

const probing = { templates, timeout: 1_000, clock: systemClock };

for (const id of ['acrel.adw300', 'carlogavazzi.em24', 'chint.dtsu666', 'goodwe.et', 'huawei.sun2000', 'sungrow.sg']) {
  test(`${id} is found first, and whatever else fits delivers less`, async (context) => {
    const { bus } = await serve(context, { units: new Map([[1, goldenUnit(id)]]) });
    const [first, ...others] = await probe({ bus, unit: 1, ...probing });
    assert.equal(first?.template.id, id);
    assert.ok(first.fits && first.checks.every(({ fits, words }) => fits && words !== undefined));
    for (const other of others) assert.ok(!other.fits || other.good <= first.good);
    const unexplained = others.filter(
      ({ fits, checks, template }) => !fits && template.protocol === 'modbus' && !checks.some((check) => !check.fits),
    );
    assert.deepEqual(unexplained, []);
  });
}

test('of two models that answer the same probes, the one of which the device delivers more comes first', async (context) => {
  const { bus } = await serve(context, { units: new Map([[1, goldenUnit('eastron.sdm630')]]) });
  const fitting = (await probe({ bus, unit: 1, ...probing })).filter(({ fits }) => fits);
  assert.deepEqual(
    fitting.map(({ template }) => template.id),
    ['eastron.sdm630', 'eastron.sdm72d-v2'],
  );
});

test('a SunSpec device is found by its models, on a line, too', async (context) => {
  const device = new SimulatedDevice(loadRegisterTemplate('sunspec.inverter'), () => 50);
  const { bus } = await serve(context, { units: new Map([[1, device]]), framing: 'rtu' });
  const [first] = await probe({ bus, unit: 1, ...probing });
  assert.equal(first?.template.id, 'sunspec.inverter');
  assert.deepEqual(
    first.models?.map(({ id }) => id),
    [1, 103],
  );
});

test('a device that answers nothing is not asked twenty times', async (context) => {
  const { bus, server } = await serve(context, { units: new Map([[1, addressEcho]]) }, 500);
  server.faults.set(1, { silent: true });
  await assert.rejects(probe({ bus, unit: 1, ...probing }), (error) => (error as LineFault).failure === 'timeout');
  assert.equal(server.asked.get(1), 2);
});

test('a reading shows raw words beside values, and what is missing as missing', async (context) => {
  const { bus, server } = await serve(context, { units: new Map([[1, goldenUnit('eastron.sdm630')]]) });
  const reader = readerOf(loadTemplate('eastron.sdm630'), { bus, unit: 1, timeout: 1_000, clock: systemClock });
  const [voltage] = await reader.read();
  assert.ok(voltage);
  const { value, raw = '', ...rest } = voltage;
  assert.deepEqual(rest, { point: 'voltage_l1', quality: 'good', place: '4:0', unverified: false });
  assert.equal(Buffer.from(raw.replace(' ', ''), 'hex').readFloatBE(0).toFixed(2), value?.toFixed(2));
  server.faults.set(1, { holes: [[70, 71]] });
  const frequency = (await reader.read()).find(({ point }) => point === 'frequency');
  assert.deepEqual([frequency?.value, frequency?.quality, frequency?.raw], [null, 'bad_exception', undefined]);
});

test('a sum shows beside its parts', async (context) => {
  const { bus } = await serve(context, { units: new Map([[1, goldenUnit('eastron.sdm630')]]) });
  const derived: RegisterTemplate['derived'] = [{ point: 'energy_total', sum: ['energy_import', 'energy_export'] }];
  const template = { ...loadRegisterTemplate('eastron.sdm630'), derived };
  const points = await readerOf(template, { bus, unit: 1, timeout: 1_000, clock: systemClock }).read();
  const readingOf = (id: string) => points.find(({ point }) => point === id)?.value ?? Number.NaN;
  assert.equal(readingOf('energy_total'), readingOf('energy_import') + readingOf('energy_export'));
  assert.equal(points.at(-1)?.place, '');
});

for (const framing of ['tcp', 'rtu'] as const) {
  test(`${framing}: a scan finds the units that are there, refusals included, and tells each step`, async (context) => {
    const units = new Map([2, 5].map((unit) => [unit, addressEcho]));
    const { bus, server } = await serve(context, { units, framing });
    server.faults.set(5, { exception: 1 });
    const steps: number[] = [];
    const signal = new AbortController().signal;
    const onUnit = ({ asked }: { asked: number }) => steps.push(asked);
    const result = await scan(bus, [1, 2, 3, 4, 5, 6], { timeout: 400, signal, onUnit });
    assert.deepEqual(result, { asked: 6, found: [2, 5], interrupted: false });
    assert.deepEqual(steps, [1, 2, 3, 4, 5, 6]);
  });
}

test('a serial port is scanned over many silent units', { skip: socat.skip }, async (context) => {
  const { ports, end } = await wiredPorts();
  const serial = { path: ports[1], baud: 9_600, parity: 'none', dataBits: 8, stopBits: 1 } as const;
  const server = await serveModbus({ units: new Map([[8, addressEcho]]), serial });
  const bus = busTo(context, `serial://${ports[0]}?baud=9600`);
  context.after(async () => {
    bus.line.close();
    await server.close();
    await end();
  });
  const signal = new AbortController().signal;
  const result = await scan(bus, [1, 2, 3, 4, 5, 6, 7, 8], { timeout: 700, signal, onUnit: () => undefined });
  assert.deepEqual(result, { asked: 8, found: [8], interrupted: false });
});

test('a scan that is stopped tells what it found so far', async (context) => {
  const { bus } = await serve(context, { units: new Map([[1, addressEcho]]) });
  const stop = new AbortController();
  const onUnit = () => stop.abort();
  const result = await scan(bus, [1, 2, 3], { timeout: 1_000, signal: stop.signal, onUnit });
  assert.deepEqual(result, { asked: 1, found: [1], interrupted: true });
});

test('pymodbus with the registers of a meter is known as that meter', { skip: pymodbus.skip }, async (context) => {
  const [golden] = readGolden('acrel.adw300').cases;
  const image: Record<number, number> = {};
  for (const { address, words } of golden?.blocks ?? [])
    for (const [at, word] of words.entries()) image[address + at] = word;
  for (const [mode, protocol] of [
    ['tcp', undefined],
    ['rtu-over-tcp', 'line'],
  ] as const) {
    const peer = await startPymodbus([mode], { 1: { 3: image } });
    context.after(() => peer.end());
    const bus = busTo(context, `tcp://127.0.0.1:${peer.said}`, protocol);
    const [first] = await probe({ bus, unit: 1, ...probing });
    assert.equal(first?.template.id, 'acrel.adw300', mode);
    assert.ok(first.fits);
    const points = await readerOf(first.template, { bus, unit: 1, timeout: 1_000, clock: systemClock }).read();
    const read = Object.fromEntries(points.map(({ point, value }) => [point, value]));
    for (const [point, value] of Object.entries(golden?.expect ?? {}))
      if (typeof value === 'number') assert.equal(read[point], value, point);
  }
});
