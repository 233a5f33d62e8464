import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { connect as connectSocket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { connectAsync, type IClientOptions } from 'mqtt';
import { silentLog } from '../core/log.ts';
import { startBroker } from './broker.ts';
import { credentialsFile, loadCredentials } from './credentials.ts';

async function setUp(context: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'tanbiao-broker-'));
  const gateways = ['gw-1', 'gw-2'];
  const credentials = loadCredentials(folder, [...gateways, 'ingest', 'dashboards']);
  const broker = await startBroker({ site: 'mill', gateways, credentials, log: silentLog });
  context.after(async () => {
    await broker.close();
    rmSync(folder, { recursive: true });
  });
  const connect = async (username: string, options: IClientOptions = {}) => {
    const client = await connectAsync(
      broker.url,
      { username, password: credentials[username] ?? 'wrong', reconnectPeriod: 0, ...options },
      false,
    );
    context.after(() => client.endAsync(true));
    return client;
  };
  return { folder, broker, connect, credentials };
}

/** Delivery follows the broker's own acknowledgement: it is waited for, not assumed. */
async function until(reached: () => boolean): Promise<void> {
  for (let waits = 0; !reached() && waits < 6_000; waits++) await new Promise((resolve) => setTimeout(resolve, 10));
}

const refused = /Not authorized|Connection refused|closed/;

test('nobody connects without a name that the broker knows and its secret', async (context) => {
  const { connect } = await setUp(context);
  await assert.rejects(connect('stranger'), refused);
  for (const word of ['constructor', '__proto__', 'toString'])
    await assert.rejects(connect(word, { password: 'wrong' }), refused);
  await assert.rejects(connect('gw-1', { password: 'gw-1' }), refused);
  await assert.rejects(connect('gw-1', { password: '' }), refused);
});

test('sessions that would queue in memory are refused', async (context) => {
  const { connect } = await setUp(context);
  await assert.rejects(connect('ingest', { clean: false, clientId: 'x' }), refused);
});

test('a gateway publishes under its own name only, and the connection ends when it tries another', async (context) => {
  const { connect } = await setUp(context);
  const ingest = await connect('ingest');
  const seen: string[] = [];
  ingest.on('message', (topic) => seen.push(topic));
  await ingest.subscribeAsync('tanbiao/v1/mill/+/data', { qos: 1 });
  const own = await connect('gw-1');
  await own.publishAsync('tanbiao/v1/mill/gw-1/data', 'x', { qos: 1 });
  for (const topic of [
    'tanbiao/v1/mill/gw-2/data',
    'tanbiao/v1/mill/gw-1/ack',
    'tanbiao/v1/other/gw-1/data',
    'anything',
  ]) {
    const gateway = await connect('gw-1', { clientId: `g${Math.random()}` });
    const closed = new Promise<void>((resolve) => gateway.once('close', () => resolve()));
    gateway.publish(topic, 'x', { qos: 1 }, () => undefined);
    await closed;
  }
  await own.publishAsync('tanbiao/v1/mill/gw-1/data', 'y', { qos: 1 });
  await until(() => seen.length >= 2);
  assert.deepEqual(seen, ['tanbiao/v1/mill/gw-1/data', 'tanbiao/v1/mill/gw-1/data']);
});

test('a gateway hears its own acknowledgements, not the readings of others', async (context) => {
  const { connect } = await setUp(context);
  const gateway = await connect('gw-1');
  const qosOf = async (topic: string) => {
    const [granted] = await gateway.subscribeAsync(topic, { qos: 1 }).catch(() => [{ qos: 128 }]);
    return granted?.qos;
  };
  assert.equal(await qosOf('tanbiao/v1/mill/gw-1/ack'), 1);
  assert.equal(await qosOf('tanbiao/v1/mill/gw-2/ack'), 128);
  assert.equal(await qosOf('tanbiao/v1/mill/+/data'), 128);
  assert.equal(await qosOf('#'), 128);
});

test('dashboards listen and never speak', async (context) => {
  const { connect } = await setUp(context);
  const page = await connect('dashboards');
  const closed = new Promise<void>((resolve) => page.once('close', () => resolve()));
  page.publish('tanbiao/v1/mill/gw-1/data', 'x', { qos: 1 }, () => undefined);
  await closed;
});

test('secrets are long, stay the same, and belong to the owner only', async (context) => {
  const { folder, credentials } = await setUp(context);
  assert.ok(Object.values(credentials).every((secret) => secret.length >= 43));
  assert.equal(new Set(Object.values(credentials)).size, 4);
  assert.deepEqual(loadCredentials(folder, ['gw-1']), credentials);
  if (process.platform !== 'win32') assert.equal(statSync(credentialsFile(folder)).mode & 0o777, 0o600);
});

test('row 23: a subscriber that stops reading is put out after the drain timeout, and the others go on at their pace', async (context) => {
  const { broker, connect, credentials } = await setUp(context);
  // A client by hand, because a library would read: CONNECT, SUBSCRIBE to everything, then nothing any more.
  const frozen = connectSocket(broker.port, '127.0.0.1');
  const field = (text: string) =>
    Buffer.concat([Buffer.from([text.length >> 8, text.length & 255]), Buffer.from(text)]);
  const packet = (type: number, body: Buffer) => Buffer.concat([Buffer.from([type, body.length]), body]);
  frozen.write(
    packet(
      0x10,
      Buffer.concat([
        field('MQTT'),
        Buffer.from([4, 0xc2, 0, 60]),
        field('frozen'),
        field('dashboards'),
        field(credentials.dashboards ?? ''),
      ]),
    ),
  );
  await new Promise((resolve) => frozen.once('data', resolve));
  frozen.write(packet(0x82, Buffer.concat([Buffer.from([0, 1]), field('tanbiao/#'), Buffer.from([0])])));
  await new Promise((resolve) => frozen.once('data', resolve));
  frozen.pause();
  context.after(() => frozen.destroy());
  // A broker whose subscribers all read does the same work beside it: the machine is as busy for the one as for the other.
  const [took, usual] = await Promise.all([streamed(connect), streamed((await setUp(context)).connect)]);
  context.diagnostic(`${Math.round(took)} ms beside a frozen subscriber, ${Math.round(usual)} ms without one`);
  let heard = 0;
  frozen.on('data', (bytes) => {
    heard += bytes.length;
  });
  const out = new Promise((resolve) => frozen.once('close', resolve).on('error', () => undefined));
  frozen.resume();
  await out;
  assert.ok(heard < messages * messageSize, 'the frozen subscriber had it all');
  // Its own default is a minute, and each time that it stands still costs the drain timeout of four seconds.
  assert.ok(took > 3_900, `it was not frozen: ${Math.round(took)} ms`);
  assert.ok(took < 6_000 + 3 * usual, `the broker stood still again: ${Math.round(took)} ms`);
});

const messages = 200;
const messageSize = 200_000;

/** Milliseconds from the first of many large messages until ingest has heard the last. */
async function streamed(connect: Awaited<ReturnType<typeof setUp>>['connect']): Promise<number> {
  const ingest = await connect('ingest');
  let seen = 0;
  ingest.on('message', () => seen++);
  await ingest.subscribeAsync('tanbiao/v1/mill/+/data', { qos: 1 });
  const gateway = await connect('gw-1');
  const payload = 'x'.repeat(messageSize);
  const began = performance.now();
  for (let n = 0; n < messages; n++) await gateway.publishAsync('tanbiao/v1/mill/gw-1/data', payload, { qos: 1 });
  await until(() => seen >= messages);
  assert.equal(seen, messages);
  return performance.now() - began;
}
