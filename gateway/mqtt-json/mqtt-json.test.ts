// Foreign devices on foreign brokers: a real mosquitto, and one that denies.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { connectAsync } from 'mqtt';
import { pino } from 'pino';
import type { ForeignAddress } from '../../core/broker-link.ts';
import { systemClock } from '../../core/clock.ts';
import { freePort } from '../../core/free-port.ts';
import { silentLog } from '../../core/log.ts';
import { qualityOf } from '../../core/quality.ts';
import { findProgram, startServer } from '../../core/real-programs.ts';
import type { Sample } from '../../core/sample.ts';
import { startBroker } from '../../ingest/broker.ts';
import { loadCredentials } from '../../ingest/credentials.ts';
import { ForeignBroker } from './foreign-broker.ts';
import { type JsonMeter, MqttJsonSource } from './mqtt-json-source.ts';

const mosquitto = findProgram('mosquitto');
const login = { username: 'reader', password: 'secret' };

async function until(what: string, reached: () => boolean, patience = 60_000): Promise<void> {
  for (const end = performance.now() + patience; !reached(); await pause(10))
    assert.ok(performance.now() < end, `${what}: not within ${patience} ms`);
}

/** A broker that knows one user. */
async function broker(context: TestContext, port: number) {
  const folder = mkdtempSync(join(tmpdir(), 'tanbiao-mqtt-'));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  const [configuration, passwords] = [join(folder, 'mosquitto.conf'), join(folder, 'passwords')];
  execFileSync('mosquitto_passwd', ['-b', '-c', passwords, login.username, login.password], { stdio: 'ignore' });
  writeFileSync(configuration, `listener ${port} 127.0.0.1\npassword_file ${passwords}\nuser root\n`);
  const running = await startServer(mosquitto.path, ['-c', configuration], port);
  context.after(() => running.end('SIGKILL'));
  return running;
}

async function device(context: TestContext, url: string) {
  const client = await connectAsync(url, { ...login, reconnectPeriod: 0 });
  context.after(() => client.endAsync(true));
  return (topic: string, message: unknown, retain = false) =>
    client.publishAsync(topic, typeof message === 'string' ? message : JSON.stringify(message), { qos: 1, retain });
}

function follow(
  context: TestContext,
  foreign: ForeignBroker,
  given: Partial<JsonMeter> & { topic: string },
): { source: MqttJsonSource; samples: Sample[]; leave: () => Promise<void> } {
  const source = new MqttJsonSource({
    meter: 'm',
    fields: [{ point: 'power', path: 'p', unit: 'W', scale: 1 }],
    time: undefined,
    broker: foreign,
    patience: 60_000,
    clock: systemClock,
    log: silentLog,
    ...given,
  });
  const samples: Sample[] = [];
  const stop = new AbortController();
  const following = source.follow((told) => samples.push(...told), stop.signal);
  const leave = async () => {
    stop.abort();
    await following;
  };
  context.after(leave);
  return { source, samples, leave };
}

function open(context: TestContext, address: ForeignAddress): ForeignBroker {
  const foreign = new ForeignBroker({ address, clock: systemClock, log: silentLog, random: () => 0.2 });
  context.after(() => foreign.close());
  return foreign;
}

const values = (samples: readonly Sample[]) => samples.map(({ value, quality }) => [value, qualityOf(quality)]);

test('meters of a foreign broker: each by its topic, wrong messages counted and told once, a broker that dies is a gap and comes back', {
  skip: mosquitto.skip,
}, async (context) => {
  const port = await freePort();
  const url = `mqtt://127.0.0.1:${port}`;
  const running = await broker(context, port);
  const publish = await device(context, url);
  await publish('hall/kept', { p: 99_000 }, true);
  await publish('hall/kept-dated', { p: 98_000, t: Date.now() - 3_600_000 }, true);

  const lines: string[] = [];
  const log = pino({ level: 'warn' }, { write: (line: string) => void lines.push(line) });
  const foreign = open(context, { url, ...login });
  const one = follow(context, foreign, { topic: 'hall/1', log });
  const two = follow(context, foreign, { topic: 'hall/2', meter: 'n' });
  const kept = follow(context, foreign, { topic: 'hall/kept' });
  const dated = follow(context, foreign, { topic: 'hall/kept-dated', time: { path: 't', format: 'ms' } });
  await until('what was kept is told', () => dated.samples.length > 0);
  assert.deepEqual(values(dated.samples), [[98, 'good']]);
  assert.ok(Date.now() - (dated.samples[0]?.time ?? 0) >= 3_600_000);

  for (const message of [{ p: 1_000 }, 'nonsense', '{', { q: 1 }, { p: 'much' }, { p: 2_000 }])
    await publish('hall/1', message);
  await publish('hall/2', { p: 5_000 });
  await until('all are told', () => one.samples.length === 6 && two.samples.length === 1);
  assert.deepEqual(values(one.samples), [
    [1, 'good'],
    [null, 'bad_decode'],
    [null, 'bad_decode'],
    [null, 'bad_not_available'],
    [null, 'bad_decode'],
    [2, 'good'],
  ]);
  const { messages, bad_json, missing_field, wrong_type } = one.source.counts;
  assert.deepEqual([messages, bad_json, missing_field, wrong_type], [6, 2, 1, 1]);
  assert.deepEqual(
    lines.map((line) => JSON.parse(line)).map(({ trouble, path }) => [trouble, path]),
    [
      ['bad_json', ''],
      ['missing_field', 'p'],
      ['wrong_type', 'p'],
    ],
  );
  assert.deepEqual([kept.samples, kept.source.counts.retained], [[], 1], 'a value of nobody knows when was taken');
  assert.ok(one.samples.every(({ time }, at) => at === 0 || time > (one.samples[at - 1]?.time ?? 0)));

  // A meter that comes later is heard in the session that there is; one that goes is not heard any more.
  const three = follow(context, foreign, { topic: 'hall/3' });
  await two.leave();
  for (const end = performance.now() + 60_000; three.samples.length === 0; await pause(20)) {
    assert.ok(performance.now() < end, 'the new meter is not heard');
    await publish('hall/3', { p: 1 });
    await publish('hall/2', { p: 1 });
  }
  assert.equal(two.samples.length, 1);

  await running.end('SIGKILL');
  await until('the gap', () => one.samples.at(-1)?.value === null);
  assert.deepEqual(values(one.samples.slice(-1)), [[null, 'bad_connection']]);
  assert.equal(one.source.fault?.code, 'mqtt_unavailable');
  await broker(context, port);
  const again = await device(context, url);
  for (const end = performance.now() + 60_000; one.samples.at(-1)?.value !== 7; await pause(50)) {
    assert.ok(performance.now() < end, 'it did not come back');
    await again('hall/1', { p: 7_000 });
  }
  assert.equal(one.source.fault, undefined);
});

test('a wrong password is said, and a device that falls silent is not taken for one that does not change', {
  skip: mosquitto.skip,
}, async (context) => {
  const port = await freePort();
  const url = `mqtt://127.0.0.1:${port}`;
  await broker(context, port);
  const wrong = follow(context, open(context, { url, ...login, password: 'wrong' }), { topic: 'hall/1' });
  await until('refused', () => wrong.source.fault !== undefined);
  assert.match(wrong.source.fault?.message ?? '', /not authorized|bad user ?name/i);
  assert.match(wrong.source.fault?.text.zh ?? '', /用户名和密码/);

  const publish = await device(context, url);
  const { source, samples } = follow(context, open(context, { url, ...login }), { topic: 'hall/1', patience: 1_500 });
  for (const end = performance.now() + 60_000; samples.length === 0; await pause(20)) {
    assert.ok(performance.now() < end, 'no message came');
    await publish('hall/1', { p: 1_000 });
  }
  await until('silent', () => source.fault?.code === 'mqtt_silent');
  assert.deepEqual(values(samples.slice(-1)), [[null, 'bad_timeout']]);
  assert.match(source.fault?.message ?? '', /nothing on hall\/1 for 2 s/);
  await publish('hall/1', { p: 1_000 });
  await until('back', () => samples.at(-1)?.value === 1 && source.fault === undefined);
});

test('a topic that is denied is told to its meter, and the other topics go on', async (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'tanbiao-mqtt-'));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  const credentials = loadCredentials(folder, ['gw-1', 'ingest']);
  const theirs = await startBroker({ site: 'mill', gateways: ['gw-1'], credentials, log: silentLog });
  context.after(() => theirs.close());
  const foreign = open(context, { url: theirs.url, username: 'gw-1', password: credentials['gw-1'] });
  const denied = follow(context, foreign, { topic: 'hall/1' });
  const allowed = follow(context, foreign, { topic: 'tanbiao/v1/mill/gw-1/cmd' });
  await until('denied', () => denied.source.fault !== undefined);
  assert.equal(denied.source.fault?.code, 'mqtt_denied');
  assert.match(denied.source.fault?.message ?? '', /denies the subscription to hall\/1/);
  const client = await connectAsync(theirs.url, {
    username: 'ingest',
    password: credentials.ingest ?? '',
    clean: true,
  });
  context.after(() => client.endAsync(true));
  await client.publishAsync('tanbiao/v1/mill/gw-1/cmd', '{"p": 3000}', { qos: 1 });
  await until('heard', () => allowed.samples.at(-1)?.value === 3);
  assert.equal(allowed.source.fault, undefined);
});
