// Real listeners that fail in every way: what is found out about them by asking on.
import assert from 'node:assert/strict';
import { createServer, type Socket } from 'node:net';
import { suite, type TestContext, test } from 'node:test';
import { systemClock } from '../../core/clock.ts';
import { freePort } from '../../core/free-port.ts';
import { addressEcho, type ModbusSetup, serveModbus } from '../../simulators/serve-modbus.ts';
import { openStream } from '../line/byte-stream.ts';
import { pymodbus, startPymodbus } from '../peers/peers.fixture.ts';
import { startConversation } from './conversation.ts';
import { diagnose } from './diagnosis.ts';
import { parseEndpoint } from './endpoint.ts';
import { investigate } from './investigate.ts';
import { lineFaultOf } from './reader.ts';

const timeout = 400;

/** What a person would be told who asks one register. */
async function diagnosisOf(
  endpoint: string,
  { protocol = undefined as string | undefined, unit = 1, open = openStream } = {},
) {
  const parts = { clock: systemClock, timeout, open };
  const conversation = startConversation(parseEndpoint(endpoint, protocol), parts);
  try {
    await conversation.bus.read(unit, 3, 10, 2);
    return 'answered';
  } catch (error) {
    const evidence = await investigate(conversation, unit, lineFaultOf(error), parts);
    const { code, checks } = diagnose(evidence);
    return { code, first: checks[0]?.en ?? '' };
  } finally {
    conversation.close();
  }
}

/** Answers every question with the same bytes, or says them unasked. */
async function listener(context: TestContext, serve: (socket: Socket) => void): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => socket.destroy()));
    serve(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  context.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const address = server.address();
  return `tcp://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
}

async function simulator(context: TestContext, setup: Partial<ModbusSetup> = {}) {
  const server = await serveModbus({ units: new Map([[1, addressEcho]]), ...setup });
  context.after(() => server.close());
  return server;
}

const codeOf = async (...given: Parameters<typeof diagnosisOf>) => {
  const found = await diagnosisOf(...given);
  return typeof found === 'string' ? found : found.code;
};

// Most of their time is waiting for answers that do not come.
suite('a device that does not answer as it should', { concurrency: true }, () => {
  test('a healthy device is no case', async (context) => {
    const { endpoint } = await simulator(context);
    assert.equal(await codeOf(endpoint), 'answered');
  });

  test('a closed port refuses', async () => {
    assert.equal(await codeOf(`tcp://127.0.0.1:${await freePort()}`), 'connection_refused');
  });

  test('a name that does not exist is not resolved', async () => {
    assert.equal(await codeOf('tcp://meter.invalid'), 'name_not_resolved');
  });

  test('a serial port that is not there is missing', async () => {
    assert.equal(await codeOf('serial:///dev/tty-tanbiao-none'), 'serial_missing');
  });

  test('a server that listens and never speaks is silent', async (context) => {
    assert.equal(await codeOf(await listener(context, (socket) => socket.resume())), 'silent');
  });

  test('a server that hangs up has closed the connection', async (context) => {
    assert.equal(
      await codeOf(await listener(context, (socket) => socket.on('data', () => socket.destroy()))),
      'connection_closed',
    );
  });

  test('a web server is not Modbus', async (context) => {
    const web = await listener(context, (socket) =>
      socket.on('data', () => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n')),
    );
    assert.equal(await codeOf(web), 'not_modbus');
  });

  test('bytes without sense are garbage, in either framing', async (context) => {
    const noise = Buffer.from('911277', 'hex');
    const server = await listener(context, (socket) => socket.on('data', () => socket.write(noise)));
    assert.equal(await codeOf(server), 'garbage');
    assert.equal(await codeOf(server, { protocol: 'line' }), 'garbage');
  });

  test('what is sent and comes back is an echo', async (context) => {
    const server = await listener(context, (socket) => socket.pipe(socket));
    assert.equal(await codeOf(server, { protocol: 'line' }), 'echo');
  });

  test('RTU behind a port that was taken for Modbus TCP is found, and the reverse', async (context) => {
    const rtu = await simulator(context, { framing: 'rtu' });
    assert.deepEqual(await codeOf(rtu.endpoint), 'rtu_on_tcp');
    const tcp = await simulator(context);
    assert.deepEqual(await codeOf(tcp.endpoint, { protocol: 'line' }), 'tcp_on_line');
  });

  test('a wrong unit is told together with the unit that answers', async (context) => {
    const units = new Map([[3, addressEcho]]);
    const tcp = await diagnosisOf((await simulator(context, { units })).endpoint);
    assert.deepEqual(tcp, { code: 'exception_11', first: 'unit 3 answers: add --unit 3' });
    const rtu = await diagnosisOf((await simulator(context, { units, framing: 'rtu' })).endpoint, { protocol: 'line' });
    assert.deepEqual(rtu, { code: 'unit_absent', first: 'unit 3 answers: add --unit 3' });
  });

  test('a unit that answers under another number is the wrong unit', async (context) => {
    for (const framing of ['tcp', 'rtu'] as const) {
      const server = await simulator(context, { framing });
      server.faults.set(1, { answersAs: 4 });
      assert.equal(await codeOf(server.endpoint, framing === 'rtu' ? { protocol: 'line' } : {}), 'wrong_unit');
    }
  });

  test('a refusal is told by its own code', async (context) => {
    const server = await simulator(context);
    for (const exception of [1, 2, 3, 4, 6]) {
      server.faults.set(1, { exception });
      assert.equal(await codeOf(server.endpoint), `exception_${exception}`);
    }
  });

  test('another master is heard while nobody asks', async (context) => {
    // A question to unit 5, over and over: 05 03 0000 0001 with its checksum.
    const question = Buffer.from('050300000001858e', 'hex');
    const server = await listener(context, (socket) => {
      const timer = setInterval(() => socket.write(question), 40);
      socket.on('close', () => clearInterval(timer)).resume();
    });
    assert.equal(await codeOf(server, { protocol: 'line' }), 'other_master');
  });

  test('an answer that comes too late is told as such', async (context) => {
    const server = await simulator(context, { framing: 'rtu' });
    server.faults.set(1, { delay: timeout + 300 });
    assert.equal(await codeOf(server.endpoint, { protocol: 'line' }), 'late');
  });

  test('a meter with other serial settings is found by trying the usual ones', async (context) => {
    const meter = await simulator(context, { framing: 'rtu' });
    const deaf = await listener(context, (socket) => socket.resume());
    const portOf = (endpoint: string) => Number(new URL(endpoint).port);
    const found = await diagnosisOf('serial:///dev/ttyUSB0', {
      open: (address, limit) => {
        const isRight = address.kind === 'serial' && address.baud === 2_400 && address.parity === 'even';
        return openStream({ kind: 'tcp', host: '127.0.0.1', port: portOf(isRight ? meter.endpoint : deaf) }, limit);
      },
    });
    assert.deepEqual(found, { code: 'serial_settings', first: 'use serial:///dev/ttyUSB0?baud=2400&parity=even' });
  });

  test('pymodbus: what it refuses is told by its code, and so is a unit that it does not have', {
    skip: pymodbus.skip,
  }, async (context) => {
    const peer = await startPymodbus(['tcp'], { 1: { 3: { 10: 7, 11: 8 } } });
    context.after(() => peer.end());
    const endpoint = `tcp://127.0.0.1:${peer.said}`;
    assert.equal(await codeOf(endpoint), 'answered');
    const other = startConversation(parseEndpoint(endpoint), { clock: systemClock, timeout: 1_000 });
    context.after(() => other.close());
    const refused = await other.bus.read(1, 3, 99, 1).catch(lineFaultOf);
    assert.ok(!Array.isArray(refused));
    const evidence = await investigate(other, 1, refused, { clock: systemClock, timeout: 1_000 });
    assert.equal(diagnose(evidence).code, 'exception_2');
  });

  test('pymodbus: RTU frames behind a TCP port are found', { skip: pymodbus.skip }, async (context) => {
    const peer = await startPymodbus(['rtu-over-tcp'], { 1: { 3: { 0: 1, 10: 7, 11: 8 } } });
    context.after(() => peer.end());
    assert.equal(await codeOf(`tcp://127.0.0.1:${peer.said}`), 'rtu_on_tcp');
  });
});
