// Rows 1 to 8 of the failure matrix: devices and wires that do wrong. Whatever they do, no wrong value is ever read.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '../core/clock.ts';
import { qualityOf } from '../core/quality.ts';
import { addressEcho } from '../simulators/serve-modbus.ts';
import { assertTrue, elapsed, failure, pause, polling, setUp, timeout, until } from './device-faults.fixture.ts';
import { Line } from './line/line.ts';
import { LineFault } from './line/line-fault.ts';
import { ModbusBus } from './modbus/bus.ts';

test('row 1: a silent device is told once, asked less and less, and back with the first answer; the others keep their pace', async (context) => {
  const { server, sourceOf } = await setUp(context, { units: [1, 2] });
  const other = await setUp(context, { units: [3] });
  const elsewhere = await setUp(context, { units: [4] });
  const { readingsOf, log, delivered } = polling(context, [sourceOf(1), other.sourceOf(3)], 100);
  const undisturbed = polling(context, [elsewhere.sourceOf(4)], 100);
  const live = () => readingsOf('m1').length > 0 && readingsOf('m3').length > 0;
  await until('all are read', () => live() && undisturbed.readingsOf('m4').length > 0);
  server.faults.set(1, { silent: true });
  const since = elapsed();
  await until('it is told', () => readingsOf('m1').at(-1)?.value === null);
  await pause(2_500);
  const asked = server.asked.get(1) ?? 0;
  const bad = readingsOf('m1', since).filter(({ value }) => value === null);
  assert.deepEqual(
    bad.map(({ quality }) => qualityOf(quality)),
    ['bad_timeout'],
  );
  const [alive, expected] = [readingsOf('m3', since).length, undisturbed.readingsOf('m4', since).length];
  assert.ok(
    expected > 5 && alive >= 0.8 * expected,
    `${alive} readings of the device that lives, ${expected} of one elsewhere`,
  );
  await pause(1_000);
  assert.ok((server.asked.get(1) ?? 0) - asked <= 3, 'a device that is down is asked too often');
  server.faults.clear(1);
  const before = server.asked.get(1) ?? 0;
  await until('it is back', () => readingsOf('m1').at(-1)?.value !== null);
  assert.ok((readingsOf('m1').at(-1)?.value ?? 0) > 0);
  assert.ok((server.asked.get(1) ?? 0) - before <= 4);
  assert.match(log(), /source_down.*source_back/s);
  assertTrue(delivered);
});

test('row 1: a SunSpec device that falls silent while it is read at both speeds is bad at both, and met anew', async (context) => {
  const { server, sourceOf } = await setUp(context, { template: 'sunspec.inverter' });
  const source = sourceOf(1);
  const readBoth = () => Promise.all([source.read('fast'), source.read('slow')]);
  for (const samples of await readBoth()) assert.ok(samples.some(({ value }) => value !== null));
  server.faults.set(1, { silent: true });
  for (const samples of await readBoth()) assert.ok(samples.length > 0 && samples.every(({ value }) => value === null));
  assert.equal(source.fault?.failure, 'timeout');
  server.faults.clear();
  for (const samples of await readBoth()) assert.ok(samples.some(({ value }) => value !== null));
  assert.equal(source.fault, undefined);
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
      server.faults.set(1, { delay: timeout * (1.3 + round / 20) }, { answers: 1 });
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

test('row 4: 66,000 requests after a late answer, all numbers of a connection and more, each gets its own', async (context) => {
  const { server, bus } = await setUp(context, { devices: new Map([[1, addressEcho]]) });
  server.faults.set(1, { delay: 2 * timeout }, { answers: 1 });
  await assert.rejects(bus.read(1, 3, 1, 1), LineFault);
  await pause(2 * timeout); // the device answers in the order in which it was asked
  for (let n = 0; n < 66_000; n++) {
    const address = n % 60_000;
    const [word] = await bus.read(1, 3, address, 1, 10_000); // however busy this machine is
    if (word !== address) assert.fail(`asked ${address}, got ${word}`);
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
    await until('one connection is left', () => server.sockets.size <= 1);
    for (let n = 0; n < 50 && (await failure(source)) !== undefined; n++) await pause(timeout);
    assert.equal(source.fault, undefined);
    assert.ok(first !== undefined && !server.sockets.has(first), 'the dead connection is still in use');
  });

test('row 6: nobody listens: the reason is clear, the waits grow, and it is there again when somebody does', async (context) => {
  const { server, sourceOf } = await setUp(context);
  await server.close();
  const source = sourceOf(1);
  const began = performance.now();
  for (let n = 0; n < 200; n++) assert.equal(await failure(source), 'refused');
  assert.ok(performance.now() - began < (200 * timeout) / 4, 'a refusal is known at once');
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
    for (let n = 0; n < 3; n++) {
      server.faults.set(1, { garbage: true }, { answers: 2 });
      assert.notEqual(await failure(source), undefined);
      server.faults.clear(1);
      for (let tries = 0; tries < 4 && (await failure(source)) !== undefined; tries++);
      assert.equal(source.fault, undefined);
    }
    if (framing === 'tcp') return; // a bit that turns on TCP turns against the checksum of TCP
    server.faults.set(1, { bitErrors: 0.5 });
    for (let n = 0; n < 6; n++) await failure(source);
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
