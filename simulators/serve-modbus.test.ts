import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { type TestContext, test } from 'node:test';
import { systemClock } from '../core/clock.ts';
import type { PointId } from '../core/points.ts';
import { qualityOf } from '../core/quality.ts';
import { Line } from '../gateway/line/line.ts';
import { LineFault } from '../gateway/line/line-fault.ts';
import { Memory } from '../gateway/memory.ts';
import { ModbusBus } from '../gateway/modbus/bus.ts';
import { ModbusSource } from '../gateway/modbus/modbus-source.ts';
import type { PollClass } from '../gateway/source.ts';
import { loadRegisterTemplate } from '../gateway/template.ts';
import { SimulatedDevice } from './device.ts';
import { addressEcho, serveModbus, type Unit } from './serve-modbus.ts';

const timeout = 600;

async function setUp(
  context: TestContext,
  framing: 'tcp' | 'rtu',
  units: ReadonlyMap<number, Unit>,
  now?: () => number,
) {
  const server = await serveModbus({ framing, units, ...(now === undefined ? {} : { now }) });
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
  const failureOf = async (unit = 1, address = 10) => {
    try {
      assert.deepEqual(await bus.read(unit, 3, address, 2), [address, address + 1]);
      return 'none';
    } catch (error) {
      if (error instanceof LineFault) return error.exception ?? error.failure;
      throw error;
    }
  };
  return { server, bus, failureOf };
}

for (const framing of ['tcp', 'rtu'] as const) {
  test(`${framing}: each fault of an answer shows as itself, and is gone when it is cleared`, async (context) => {
    const { server, failureOf } = await setUp(context, framing, new Map([[1, addressEcho]]));
    const { faults } = server;
    for (const [what, failure] of [
      [{ silent: true }, 'timeout'],
      [{ delay: 1.5 * timeout }, 'timeout'],
      [{ answersAs: 9 }, 'framing'],
      [{ exception: 4 }, 4],
      [{ holes: [[11, 11]] }, 2],
      [{ garbage: true }, 'framing'],
      [{ bitErrors: 1 }, 'framing'],
      [{ pieces: 4 }, 'none'],
    ] as const) {
      // On TCP a turned bit may lie in the values, where no checksum of Modbus would show it.
      if (framing === 'tcp' && 'bitErrors' in what) continue;
      faults.set(1, what);
      assert.equal(await failureOf(), failure, JSON.stringify(what));
      faults.clear(1);
      assert.equal(await failureOf(), 'none', `after ${JSON.stringify(what)}`);
    }
  });

  test(`${framing}: a fault for one answer is over after it, and other units never have it`, async (context) => {
    const { server, failureOf } = await setUp(
      context,
      framing,
      new Map([
        [1, addressEcho],
        [2, addressEcho],
      ]),
    );
    server.faults.set(1, { exception: 6 }, { answers: 1 });
    assert.deepEqual([await failureOf(2), await failureOf(1), await failureOf(1)], ['none', 6, 'none']);
    assert.deepEqual(
      [...server.asked],
      [
        [2, 1],
        [1, 2],
      ],
    );
  });

  test(`${framing}: a peer that is there and reads nothing is met anew and comes back`, async (context) => {
    const { server, failureOf } = await setUp(context, framing, new Map([[1, addressEcho]]));
    assert.equal(await failureOf(), 'none');
    server.faults.connections = { deaf: true };
    for (let n = 0; n < 3; n++) assert.equal(await failureOf(), 'timeout');
    server.faults.clear();
    assert.equal(await failureOf(), 'none');
  });
}

test('a unit that is not there is exception 11 on TCP and silence on a bus', async (context) => {
  const tcp = await setUp(context, 'tcp', new Map());
  const rtu = await setUp(context, 'rtu', new Map());
  assert.deepEqual([await tcp.failureOf(), await rtu.failureOf()], [11, 'timeout']);
});

test('a server that serves one connection closes the next one', async (context) => {
  const { server, failureOf } = await setUp(context, 'tcp', new Map([[1, addressEcho]]));
  assert.equal(await failureOf(), 'none');
  server.faults.connections = { most: 1 };
  const second = new Line({
    address: { kind: 'tcp', host: '127.0.0.1', port: server.port },
    connectTimeout: timeout,
    clock: systemClock,
    afterDoubt: 'reconnect',
  });
  context.after(() => second.close());
  await assert.rejects(
    new ModbusBus(second, 'tcp', timeout).read(1, 3, 0, 1),
    (error) => error instanceof LineFault && error.failure === 'closed',
  );
  assert.equal(await failureOf(), 'none');
});

/** 1 kWh is counted every second, and the power is what the second shows. */
async function meter(context: TestContext, id: string) {
  const clock = { time: 0 };
  const template = loadRegisterTemplate(id);
  const device = new SimulatedDevice(template, (point, time) =>
    point.startsWith('energy') ? 1_000 + time / 1_000 : point === 'frequency' ? 50 : time / 1_000,
  );
  const { server, bus } = await setUp(context, 'tcp', new Map([[1, device]]), () => clock.time);
  const source = new ModbusSource({ meter: 'm', unit: 1, template, bus, clock: systemClock, memory: new Memory() });
  const read = async (point: PointId, pollClass: PollClass = 'slow') => {
    const found = (await source.read(pollClass)).findLast((sample) => sample.point === point);
    assert.ok(found);
    return found.value ?? qualityOf(found.quality);
  };
  return { clock, server, read };
}

test('a counter goes on from where the fault puts it, and rolls over at its modulus', async (context) => {
  const { clock, server, read } = await meter(context, 'sunspec.inverter');
  clock.time = 5_000;
  assert.equal(await read('energy_generated'), 1_005);
  server.faults.set(1, { counters: { energy_generated: 0 } });
  clock.time = 8_000;
  assert.equal(await read('energy_generated'), 3);
  const modulus = (2 ** 32 * 10) / 1_000;
  server.faults.set(1, { counters: { energy_generated: modulus - 1 } });
  clock.time = 10_000;
  assert.ok(Math.abs(Number(await read('energy_generated')) - 1) < 0.1);
});

test('a frozen device, a missing value, a spike, and a scale factor that no model can have', async (context) => {
  const { clock, server, read } = await meter(context, 'sunspec.inverter');
  clock.time = 500_000;
  server.faults.set(1, { frozen: true });
  clock.time = 900_000;
  assert.equal(await read('power', 'fast'), 500);
  server.faults.set(1, { missing: ['power'] });
  assert.equal(await read('power', 'fast'), 'bad_not_available');
  server.faults.set(1, { readings: { power: 100 } });
  assert.equal(await read('power', 'fast'), 100);
  server.faults.set(1, { exponents: { power: 99 } });
  assert.equal(await read('power', 'fast'), 'bad_decode');
  server.faults.set(1, { exponents: { power: 3 } });
  assert.equal(await read('power', 'fast'), 900);
});

test('a torn value has its high word from an earlier update', async (context) => {
  const { clock, server, read } = await meter(context, 'acrel.adw300');
  // 655.36 kWh is the first count in the high word.
  server.faults.set(1, { counters: { energy_import: 655.36 - 2 }, torn: 1_000 });
  clock.time = 2_500;
  assert.equal(await read('energy_import'), 0.5);
});

test('a client that does not speak Modbus TCP is hung up on, and the server serves on', async (context) => {
  const { server, failureOf } = await setUp(context, 'tcp', new Map([[1, addressEcho]]));
  const stranger = connect(server.port, '127.0.0.1');
  const gone = new Promise((resolve) => stranger.once('close', resolve));
  stranger.write(Buffer.from('0104004600029018010400460002', 'hex'));
  await gone;
  assert.equal(await failureOf(), 'none');
});
