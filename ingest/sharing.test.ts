// Two ingest that share one broker's readings, on real servers: each reading once in effect, slots as if one had heard all.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { connectAsync } from 'mqtt';
import { encodeBatch } from '../core/batch-codec.ts';
import { minute } from '../core/calendar.ts';
import { systemClock } from '../core/clock.ts';
import { Fault } from '../core/fault.ts';
import { silentLog } from '../core/log.ts';
import { findProgram } from '../core/real-programs.ts';
import { BatchBuilder } from '../core/sample.ts';
import { resolutions } from '../core/slots.ts';
import { Publisher } from '../gateway/publisher.ts';
import { Spool } from '../gateway/spool.ts';
import { DuckdbStore } from '../store/duckdb/duckdb-store.ts';
import { InfluxStore } from '../store/influx/influx-store.ts';
import { optionsFor, startInfluxd } from '../store/influx/influxd.fixture.ts';
import { calendar, everything, facts, folderFor, main, site, startedBroker, t0, until } from './chain.fixture.ts';
import { startSlotKeeper, startWorker } from './main.ts';
import { RollUp } from './slots/roll-up.ts';

const mosquitto = findProgram('mosquitto');
const influxd = findProgram('influxd');
const skip = mosquitto.skip || influxd.skip;

async function plant(context: TestContext, version: '3.1.1' | '5') {
  const folder = folderFor(context);
  const broker = await startedBroker('mosquitto', folder, 0);
  context.after(() => broker.kill());
  const database = await startInfluxd();
  context.after(() => database.end());
  await database.query('CREATE DATABASE plant');
  const address = (username: string) => ({ url: broker.url, username, password: 'x', version });
  const openAs = (name: string) =>
    InfluxStore.open({ ...optionsFor(database.url, 'plant'), shared: { name, now: Date.now } });
  const worker = async (name: string) => {
    const started = startWorker({
      site,
      dataFolder: join(folder, name),
      broker: address('ingest'),
      store: await openAs(name),
      clock: systemClock,
      log: silentLog,
      share: 'plant',
    });
    let running = true;
    const stop = async () => {
      if (running) await started.stop();
      running = false;
    };
    context.after(stop);
    await started.ready;
    return { ...started, stop };
  };
  const spool = new Spool(join(folder, 'spool.sqlite'), 1);
  const publisher = new Publisher({
    site: 'mill',
    gateway: 'gw-1',
    broker: address('gw-1'),
    spool,
    facts: () => facts,
    clock: systemClock,
    log: silentLog,
    patience: 1_000,
    pace: 1_000,
  });
  const stopping = new AbortController();
  const running = publisher.run(stopping.signal);
  context.after(async () => {
    stopping.abort();
    await running;
    await publisher.close();
    spool.close();
  });
  const send = (minutes: number, value: number) => {
    const builder = new BatchBuilder();
    builder.add({ ...main, time: t0 + minutes * minute, value, quality: 0 });
    spool.append({ kind: 'counters', readings: 1, ...builder.span() }, (epoch, seq) =>
      encodeBatch(builder.build('gw-1', epoch, seq)),
    );
    publisher.wake();
  };
  return { folder, broker, address, openAs, worker, spool, send };
}

for (const version of ['3.1.1', '5'] as const) {
  test(`MQTT ${version}: two share the readings, one ends in the middle, late ones come last: each is stored once, and the slots are those of a full rebuild`, {
    skip,
  }, async (context) => {
    const { folder, openAs, worker, spool, send } = await plant(context, version);
    const [one, two] = [await worker('one'), await worker('two')];
    const store = await openAs('slots');
    const keeper = await startSlotKeeper({
      site,
      dataFolder: join(folder, 'slots'),
      store,
      clock: systemClock,
      log: silentLog,
    });
    context.after(() => keeper.stop());
    const all: [number, number][] = Array.from({ length: 300 }, (_, n) => [n * 7, n * n]);
    const late = all.slice(120, 160);
    for (const [at, value] of [...all.slice(0, 120), ...all.slice(160)]) send(at, value);
    await until('both have stored', () => one.committer.counts.samples > 20 && two.committer.counts.samples > 20);
    await one.stop();
    for (const [at, value] of late) send(at, value);
    await until('the spool is empty', () => spool.size.batches === 0, 30_000);
    const { value } = await store.samples(main, everything);
    assert.deepEqual(
      value,
      all.map(([, reading]) => reading),
    );
    const ranges = (await store.receipts()).find(({ gateway }) => gateway === 'gw-1')?.ranges;
    assert.deepEqual(ranges, [{ first: 1, last: 300, oldest: t0, newest: t0 + 299 * 7 * minute }]);

    await keeper.catchUp();
    const rebuilt = await DuckdbStore.open(join(folder, 'rebuilt'));
    context.after(() => rebuilt.close());
    const builder = new BatchBuilder();
    for (const [at, reading] of all) builder.add({ ...main, time: t0 + at * minute, value: reading, quality: 0 });
    await rebuilt.putFacts(facts);
    await rebuilt.commit([builder.build('gw-1', 1, 1)]);
    const rollUp = new RollUp(rebuilt, calendar, silentLog);
    await rollUp.start();
    for (const resolution of resolutions)
      assert.deepEqual(
        await store.slots([main], resolution, everything),
        await rebuilt.slots([main], resolution, everything),
      );
  });
}

test('slots of what was stored while nobody made them are made when somebody does', { skip }, async (context) => {
  const { folder, openAs, worker, spool, send } = await plant(context, '3.1.1');
  await worker('one');
  const keep = async () =>
    startSlotKeeper({
      site,
      dataFolder: join(folder, 'slots'),
      store: await openAs('slots'),
      clock: systemClock,
      log: silentLog,
    });
  for (const at of [0, 15, 60, 75]) send(at, at);
  await until('the spool is empty', () => spool.size.batches === 0);
  const first = await keep();
  await first.catchUp();
  await first.stop();
  send(30, 40); // late, and changes what is known of the hour
  await until('the spool is empty', () => spool.size.batches === 0);
  const second = await keep();
  context.after(() => second.stop());
  await second.catchUp();
  const [slots = []] = await (await openAs('reader')).slots([main], 'quarter', everything);
  assert.deepEqual(
    slots.map(({ value }) => value / 1_000),
    [15, 25, 10, 10, 15],
  );
});

test('a broker that does not deliver shared subscriptions is told, not waited for', async (context) => {
  const folder = folderFor(context);
  const aedes = await startedBroker('aedes', folder, 0);
  context.after(() => aedes.kill());
  const { loadCredentials } = await import('./credentials.ts');
  const password = loadCredentials(folder, ['ingest']).ingest ?? '';
  const client = await connectAsync(aedes.url, { username: 'ingest', password, reconnectPeriod: 0 });
  context.after(() => client.endAsync(true));
  const [granted] = await client
    .subscribeAsync('$share/g/tanbiao/v1/mill/+/data', { qos: 1 })
    .catch(() => [{ qos: 128 }]);
  assert.equal(granted?.qos, 128, 'the embedded broker grants nothing that it does not deliver');
  const store = await DuckdbStore.open(join(folder, 'store'));
  context.after(() => store.close());
  const worker = startWorker({
    site,
    dataFolder: folder,
    broker: { url: aedes.url, username: 'ingest', password },
    store,
    clock: { ...systemClock, after: (_, run) => systemClock.after(500, run) },
    log: silentLog,
    share: 'plant',
  });
  context.after(() => worker.stop());
  await assert.rejects(worker.ready, (error) => error instanceof Fault && error.code === 'broker_not_shared');
});
