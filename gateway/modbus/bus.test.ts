import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { systemClock } from '../../core/clock.ts';
import { answerFrame, healthy, type Responder, startModbusServer } from '../../simulators/modbus-server.ts';
import { addressEcho, serveModbus } from '../../simulators/serve-modbus.ts';
import { Line } from '../line/line.ts';
import { LineFault } from '../line/line-fault.ts';
import { ModbusBus } from './bus.ts';

/** Every register answers its own address and unit, so that a value from elsewhere shows at once. */
const echo = healthy(({ unit, address, count }) => ({
  words: Array.from({ length: count }, (_, i) => (address + i) ^ (unit << 8)),
}));

async function setUp(context: TestContext, respond: Responder, timeout = 1_000) {
  const server = await startModbusServer(respond);
  const line = new Line({
    address: { kind: 'tcp', host: '127.0.0.1', port: server.port },
    connectTimeout: timeout,
    clock: systemClock,
    random: () => 0,
    afterDoubt: 'reconnect',
  });
  const bus = new ModbusBus(line, 'tcp', timeout);
  context.after(async () => {
    line.close();
    await server.close();
  });
  return { server, bus };
}

const failsAs = (failure: string) => (error: unknown) => error instanceof LineFault && error.failure === failure;

test('many callers at once each get their own unit and registers', async (context) => {
  const { bus } = await setUp(context, echo);
  await Promise.all(
    Array.from({ length: 300 }, async (_, i) => {
      const unit = 1 + (i % 7);
      assert.deepEqual(await bus.read(unit, i % 2 ? 3 : 4, i, 2), [i ^ (unit << 8), (i + 1) ^ (unit << 8)]);
    }),
  );
});

test('an answer that comes after its deadline is never taken for a later request', async (context) => {
  let asked = 0;
  const { bus } = await setUp(context, async (request, transaction) => {
    if (asked++ === 0) await new Promise((resolve) => setTimeout(resolve, 2_000));
    return echo(request, transaction);
  });
  await assert.rejects(bus.read(1, 3, 100, 1), failsAs('timeout'));
  for (let address = 200; address < 500; address++) assert.deepEqual(await bus.read(1, 3, address, 1), [address ^ 256]);
});

test('an answer that came in time is heard, however long this process was busy meanwhile', async (context) => {
  const timeout = 150;
  const { bus } = await setUp(
    context,
    (request, transaction) => {
      setImmediate(() => {
        for (const end = performance.now() + 2 * timeout; performance.now() < end; );
      });
      return echo(request, transaction);
    },
    timeout,
  );
  for (let address = 0; address < 3; address++) assert.deepEqual(await bus.read(1, 3, address, 1), [address ^ 256]);
});

test('a peer that closes while an answer is due fails the read at once', async (context) => {
  const { bus, server } = await setUp(
    context,
    () => {
      for (const socket of server.sockets) socket.destroy();
      return undefined;
    },
    60_000,
  );
  const started = performance.now();
  await assert.rejects(bus.read(1, 3, 0, 1), failsAs('closed'));
  assert.ok(performance.now() - started < 30_000, 'waited for the deadline instead of the close');
});

test('an exception is the answer of that register only: the connection stays', async (context) => {
  const { bus, server } = await setUp(context, (request, transaction) =>
    request.address === 7 ? [answerFrame(transaction, request, { exception: 2 })] : echo(request, transaction),
  );
  await assert.rejects(
    bus.read(1, 3, 7, 1),
    (error) => failsAs('exception')(error) && (error as LineFault).exception === 2,
  );
  const before = [...server.sockets];
  assert.deepEqual(await bus.read(1, 3, 8, 1), [8 ^ 256]);
  assert.deepEqual([...server.sockets], before);
});

for (const [name, spoil] of [
  ['another unit', (frame: Buffer) => frame.fill(9, 6, 7)],
  ['another function code', (frame: Buffer) => frame.fill(4, 7, 8)],
  [
    'a shorter frame',
    (frame: Buffer) => {
      frame.writeUInt16BE(5, 4);
      return frame.subarray(0, 11);
    },
  ],
] as const) {
  test(`an answer with ${name} is refused, and the next read is right`, async (context) => {
    let asked = 0;
    const { bus } = await setUp(context, (request, transaction) => {
      const frame = answerFrame(transaction, request, { words: [1, 2] });
      return asked++ === 0 ? [spoil(frame)] : echo(request, transaction);
    });
    await assert.rejects(bus.read(1, 3, 40, 2), failsAs('framing'));
    assert.deepEqual(await bus.read(1, 3, 40, 2), [40 ^ 256, 41 ^ 256]);
  });
}

test('a garbage length does not poison the reads that follow', async (context) => {
  let asked = 0;
  const { bus } = await setUp(context, (request, transaction) => {
    if (asked++ > 0) return echo(request, transaction);
    return [Buffer.from([0, 1, 0, 0, 0xff, 0xff, 1, 3, 2])];
  });
  await assert.rejects(bus.read(1, 3, 1, 1), failsAs('framing'));
  assert.deepEqual(await bus.read(1, 3, 1, 1), [1 ^ 256]);
});

test('a frame that comes in pieces is read whole', async (context) => {
  const { bus } = await setUp(context, (request, transaction) => {
    const [frame] = echo(request, transaction) as Buffer[];
    return [...(frame as Buffer)].map((byte) => Buffer.from([byte]));
  });
  assert.deepEqual(await bus.read(1, 3, 5, 3), [5 ^ 256, 6 ^ 256, 7 ^ 256]);
});

test('a port that nobody listens on is refused with its address', async (context) => {
  const { bus, server } = await setUp(context, echo);
  await server.close();
  await assert.rejects(
    bus.read(1, 3, 0, 1),
    (error) => failsAs('refused')(error) && /tcp:\/\/127\.0\.0\.1:\d+: cannot connect/.test(String(error)),
  );
});

test('on a bus an answer that comes much too late is never taken for another question', async (context) => {
  const timeout = 400;
  const server = await serveModbus({ framing: 'rtu', units: new Map([[1, addressEcho]]) });
  const line = new Line({
    address: { kind: 'tcp', host: '127.0.0.1', port: server.port },
    ...{ connectTimeout: timeout, clock: systemClock, afterDoubt: 'wait', gap: 2 },
  });
  context.after(async () => {
    line.close();
    await server.close();
  });
  const bus = new ModbusBus(line, 'rtu', timeout);
  for (const late of [1.5, 2.2, 3.3, 4.4]) {
    server.faults.set(1, { delay: late * timeout }, { answers: 1 });
    await assert.rejects(bus.read(1, 3, 100, 2), failsAs('timeout'));
    let right = 0;
    for (let address = 200; right < 3; address++) {
      const words = await bus.read(1, 3, address, 2).catch((error) => {
        assert.ok(failsAs('timeout')(error), String(error));
      });
      if (words === undefined) continue;
      assert.deepEqual(words, [address, address + 1]);
      right++;
    }
  }
});
