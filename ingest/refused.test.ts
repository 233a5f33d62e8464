// What is kept apart: impossible clocks, messages that cannot be read, single readings of foreign devices; and the way back into the store.
import assert from 'node:assert/strict';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { connectAsync } from 'mqtt';
import { decodeBatch, encodeBatch } from '../core/batch-codec.ts';
import { minute } from '../core/calendar.ts';
import { systemClock } from '../core/clock.ts';
import { Fault } from '../core/fault.ts';
import { gapsOf } from '../core/gaps.ts';
import { type Log, silentLog } from '../core/log.ts';
import { type Batch, BatchBuilder } from '../core/sample.ts';
import { topicOf } from '../core/wire.ts';
import { chain, everything, folderFor, main, site, t0, until } from './chain.fixture.ts';
import { ForeignReadings } from './foreign.ts';
import { withoutClockNonsense } from './quarantine.ts';
import { refusedFile } from './refused.ts';
import { retryRefused } from './retry.ts';

const now = Date.UTC(2026, 0, 1);

function batchAt(...times: readonly number[]): Batch {
  const builder = new BatchBuilder();
  for (const [value, time] of times.entries()) builder.add({ ...main, time, value, quality: 0 });
  return builder.build('gw-1', 7, 3);
}

test('readings from before 2000 and from more than five minutes ahead are kept apart, the others stay', () => {
  const sound = batchAt(Date.UTC(2000, 0), now, now + 5 * minute);
  assert.equal(withoutClockNonsense(sound, now).sound, sound, 'a sound batch is not copied');
  const mixed = {
    ...batchAt(0, now, now + 5 * minute + 1, Date.UTC(1999, 11, 31)),
    lost: [{ reason: 'spool_full', kind: 'states', readings: 1, from: 0, to: 1, batches: null } as const],
  };
  const { sound: rest, apart } = withoutClockNonsense(mixed, now);
  assert.deepEqual([rest.seq, rest.value, rest.lost.length], [3, [1], 1]);
  assert.deepEqual(
    apart.map(({ batch, reason }) => [reason.code, batch.value, batch.lost.length]),
    [
      ['clock_past', [0, 3], 0],
      ['clock_future', [2], 0],
    ],
  );
});

test('a batch with an impossible clock is acknowledged, kept once however often it comes, and stored when its time is right', async (context) => {
  let ahead = 0;
  const clock = { ...systemClock, now: () => systemClock.now() + ahead };
  const { store, ingest, spool, send, address } = await chain(context, { clock });
  const soon = Math.round((systemClock.now() - t0) / minute) + 60;
  send([
    [0, 1],
    [soon, 2],
  ]);
  await until('the spool is empty', () => spool.size.batches === 0);
  assert.deepEqual((await store.samples(main, everything)).value, [1]);
  const [kept] = ingest.refused.list();
  assert.equal(kept?.code, 'clock_future');
  const part = decodeBatch(kept?.payload ?? '');
  ingest.refused.keepReadings(
    'mill',
    { ...part, epoch: 1, seq: 1 },
    new Fault('clock_future', { zh: '再次', en: 'again' }),
    5,
  );
  assert.equal(ingest.refused.counts().kept, 1);
  const retry = () =>
    retryRefused({
      site,
      refused: ingest.refused,
      messages: ingest.refused.list(),
      brokerFor: address,
      clock,
      log: silentLog,
      signal: new AbortController().signal,
    });
  assert.deepEqual([...(await retry()).values()], ['refused']);
  assert.equal(ingest.refused.counts().kept, 1);
  ahead = 2 * 60 * minute;
  assert.deepEqual([...(await retry()).values()], ['stored']);
  assert.equal(ingest.refused.counts().kept, 0);
  assert.deepEqual((await store.samples(main, everything)).value, [1, 2]);
  assert.deepEqual(gapsOf(await store.receipts(), await store.losses(), []), []);
});

test('a refused batch is a gap with its time, until what was wrong is mended and it is sent again', async (context) => {
  const { store, ingest, spool, publisher, send, address } = await chain(context);
  send([[0, 0]]);
  spool.append(
    { kind: 'counters', readings: 1, from: t0, to: t0 },
    (epoch, seq) =>
      `{"v":1,"gw":"gw-1","epoch":${epoch},"seq":${seq},"t0":${t0 + minute},"series":[["main","energy_import"]],"s":[0],"t":[0],"x":[5],"q":[1]}`,
  );
  publisher.wake();
  send([[2, 10]]);
  await until('the spool is empty', () => spool.size.batches === 0);
  const gap = { gateway: 'gw-1', epoch: 1, batches: [2, 2], after: t0, before: t0 + 2 * minute, reason: null };
  assert.deepEqual(gapsOf(await store.receipts(), [], ingest.refused.batches()), [{ ...gap, why: 'refused' }]);
  assert.deepEqual(gapsOf(await store.receipts(), [], []), [{ ...gap, why: 'missing' }]);
  const options = {
    site,
    refused: ingest.refused,
    brokerFor: address,
    clock: systemClock,
    log: silentLog,
    signal: new AbortController().signal,
  };
  const messages = ingest.refused.list();
  assert.deepEqual([...(await retryRefused({ ...options, messages })).values()], ['refused']);
  const mended = messages.map((one) => ({
    ...one,
    payload: Buffer.from(new TextDecoder().decode(one.payload).replace('"q":[1]', '"q":[0]')),
  }));
  assert.deepEqual([...(await retryRefused({ ...options, messages: mended })).values()], ['stored']);
  assert.deepEqual((await store.samples(main, everything)).value, [0, 5, 10]);
  assert.deepEqual(gapsOf(await store.receipts(), [], ingest.refused.batches()), []);
});

test('while the disk keeps no refused message none is acknowledged and nothing ends; when it does, the message comes again', async (context) => {
  const told: string[] = [];
  const log = { ...silentLog, error: ({ event }: { event: string }) => told.push(event) } as unknown as Log;
  const { ingest, spool, spoolFile, publisher } = await chain(context, { log });
  const disk = new DatabaseSync(refusedFile(dirname(spoolFile)));
  context.after(() => disk.close());
  disk.exec("CREATE TRIGGER full BEFORE INSERT ON refused BEGIN SELECT raise(ABORT, 'database or disk is full'); END");
  const content = { kind: 'counters', readings: 1, from: t0, to: t0 } as const;
  spool.append(content, (epoch, seq) => `{"v":1,"gw":"gw-1","epoch":${epoch},"seq":${seq},"t0":"no time"}`);
  spool.append(content, (epoch, seq) => encodeBatch({ ...batchAt(0), epoch, seq }));
  publisher.wake();
  await until('both are told', () => told.filter((event) => event === 'message_lost').length >= 2);
  assert.equal(spool.size.batches, 2);
  disk.exec('DROP TRIGGER full');
  await until('the spool is empty', () => spool.size.batches === 0);
  assert.deepEqual(
    ingest.refused
      .list()
      .map(({ code }) => code)
      .sort(),
    ['clock_past', 'message_time'],
  );
});

test('ingest itself tells what is missing, every hour', async (context) => {
  const told: object[] = [];
  const log = { ...silentLog, warn: (fields: object) => told.push(fields) } as unknown as Log;
  const clock = { ...systemClock, sleep: (_: number, signal?: AbortSignal) => systemClock.sleep(20, signal) };
  const { store } = await chain(context, { clock, log });
  await store.commit([
    { ...batchAt(t0), seq: 1 },
    { ...batchAt(t0 + minute), seq: 5 },
  ]);
  const missing = () => told.find((one) => 'event' in one && one.event === 'batches_missing');
  await until('the gap is told', () => missing() !== undefined);
  assert.deepEqual(missing(), {
    event: 'batches_missing',
    gateway: 'gw-1',
    batches: [2, 4],
    from: new Date(t0).toISOString(),
    to: new Date(t0 + minute).toISOString(),
  });
});

test('a single reading in JSON is stored once; one that nobody knows is refused, and taken when it is known', async (context) => {
  const plant = { ...site, meters: [...site.meters] };
  const { store, ingest, address } = await chain(context, { site: plant });
  const { url, ...login } = address('gw-1');
  const device = await connectAsync(url, { ...login, clientId: 'device', reconnectPeriod: 0 });
  context.after(() => device.endAsync(true));
  const say = (reading: object) =>
    device.publishAsync(topicOf('mill', 'gw-1', 'reading'), JSON.stringify(reading), { qos: 1 });
  const gas = { meter: 'gas', point: 'gas_volume' } as const;
  await say({ ...main, value: 12.3456, time: t0 });
  await say({ ...main, value: null, time: '2025-03-01T00:15:00+08:00' });
  await say({ ...main, value: 13, time: t0 + 30 * minute, quality: 'uncertain_clock' });
  for (const wrong of [
    { ...main, value: 'much' },
    { ...main, value: 1, quality: 'bad_timeout' },
    { ...gas, value: 7, time: t0 },
  ])
    await say(wrong);
  await until('three are refused', () => ingest.refused.counts().kept === 3);
  await until('three are stored', () => ingest.committer.counts.samples === 3);
  assert.deepEqual(await store.samples(main, everything), {
    time: [t0, t0 + 15 * minute, t0 + 30 * minute],
    value: [12.346, null, 13],
    quality: [0, 134, 65],
  });
  assert.deepEqual(
    ingest.refused.list().map(({ code }) => code),
    ['message_reading', 'message_value', 'message_meter'],
  );
  plant.meters.push({ id: 'gas' } as never);
  const outcomes = await retryRefused({
    site: plant,
    refused: ingest.refused,
    messages: ingest.refused.list(),
    brokerFor: address,
    clock: systemClock,
    log: silentLog,
    signal: new AbortController().signal,
  });
  assert.deepEqual([...outcomes.values()], ['unnumbered', 'unnumbered', 'stored']);
  assert.deepEqual((await store.samples(gas, everything)).value, [7]);
  assert.equal(ingest.refused.counts().kept, 2);
});

test('a single reading that was taken and not stored waits through a restart, under the same number', (context) => {
  const file = join(folderFor(context), 'foreign.sqlite');
  const sample = { ...main, time: t0, value: 1, quality: 0 };
  const before = new ForeignReadings(file, now);
  before.take('gw-1', sample);
  const second = before.take('gw-1', { ...sample, value: 2 });
  before.stored({ gateway: 'gw-1', epoch: now, ranges: [[1, 1]] });
  before.close();
  const again = new ForeignReadings(file, now + 1);
  assert.deepEqual(again.waiting(), [second]);
  assert.equal(again.take('gw-1', sample).seq, 3);
  assert.throws(() => new ForeignReadings(file, now), /another/);
  again.close();
});
