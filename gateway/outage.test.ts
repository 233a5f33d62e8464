// A long outage against a small spool: what is given up goes in the right order, and is accounted for to the last reading.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { decodeBatch } from '../core/batch-codec.ts';
import { day, minute } from '../core/calendar.ts';
import { systemClock } from '../core/clock.ts';
import type { Site } from '../core/config/site.ts';
import { FakeClock } from '../core/fake-clock.ts';
import { silentLog } from '../core/log.ts';
import type { PointId } from '../core/points.ts';
import type { Sample } from '../core/sample.ts';
import { startBroker } from '../ingest/broker.ts';
import { loadCredentials } from '../ingest/credentials.ts';
import { startIngest } from '../ingest/main.ts';
import { DuckdbStore } from '../store/duckdb/duckdb-store.ts';
import { Batcher, encodeLosses } from './batcher.ts';
import { Publisher } from './publisher.ts';
import { Spool } from './spool.ts';
import { SpoolBounds } from './spool-bounds.ts';
import { SteadyClock } from './steady-clock.ts';

const start = Date.UTC(2026, 2, 1);
const noReceipts: ReadonlySet<number> = new Set();

type Scale = { meters: number; every: number; size: number };
/** The long run is a plant of 250 meters, read every minute for a week, against 200 MB. */
const scale: Scale =
  process.env.TANBIAO_LONG === '1'
    ? { meters: 250, every: minute, size: 200e6 }
    : { meters: 30, every: 10 * minute, size: 1.2e6 };

const states: PointId[] = ['power', 'voltage_l1', 'current_l1', 'power_factor', 'frequency'];

function edge(context: TestContext, size: number, options: { freeBytes?: () => number } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'tanbiao-outage-'));
  context.after(() => rmSync(folder, { recursive: true }));
  const time = new FakeClock(start);
  const file = join(folder, 'spool.sqlite');
  const spool = new Spool(file, 1);
  context.after(() => spool.close());
  const clock = new SteadyClock(time, 0);
  const bounds = new SpoolBounds({
    spool,
    file,
    bounds: { size, age: 365 * day, free: 1e6 },
    clock,
    log: silentLog,
    encode: encodeLosses('gw-1'),
    sparing: () => noReceipts,
    ...options,
  });
  const batcher = new Batcher({ gateway: 'gw-1', spool, bounds, clock, log: silentLog, onSpooled: () => undefined });
  return { folder, time, file, spool, batcher };
}

function minuteOf(time: number, meters: number): Sample[] {
  return Array.from({ length: meters }, (_, m) => `m${m}`).flatMap((meter, m) => [
    { meter, point: 'energy_import', time, value: (time - start) / minute + m, quality: 0 },
    ...states.map(
      (point, p): Sample => ({ meter, point, time, value: (m * 7 + p + ((time / minute) % 97)) / 8, quality: 0 }),
    ),
  ]);
}

test('7 days without a network against a bounded spool: states go before counters, scheduled = stored + recorded losses', async (context) => {
  const { folder, time, file, spool, batcher } = edge(context, scale.size);
  const end = start + 7 * day;
  let scheduled = 0;
  let biggest = 0;
  for (let at = start; at < end; at += scale.every) {
    await time.advance(0);
    const samples = minuteOf(at, scale.meters);
    scheduled += samples.length;
    batcher.add(samples);
    batcher.flush();
    if ((at - start) % day === 0) biggest = Math.max(biggest, statSync(file).size);
  }
  assert.ok(biggest < scale.size * 1.05, `the file grew to ${biggest} bytes`);

  const credentials = loadCredentials(folder, ['gw-1', 'ingest']);
  const broker = await startBroker({ site: 'mill', gateways: ['gw-1'], credentials, log: silentLog });
  const store = await DuckdbStore.open(join(folder, 'store'));
  const address = (username: string) => ({ url: broker.url, username, password: credentials[username] ?? '' });
  const common = { site: { site: 'mill', timezone: 'Asia/Shanghai' } as Site, clock: systemClock, log: silentLog };
  const ingest = await startIngest({ ...common, dataFolder: folder, broker: address('ingest'), store });
  await ingest.ready;
  const publisher = new Publisher({
    ...common,
    site: 'mill',
    gateway: 'gw-1',
    broker: address('gw-1'),
    spool,
    facts: () => [],
    pace: 2_000,
  });
  const stop = new AbortController();
  const running = publisher.run(stop.signal);
  for (let waits = 0; spool.size.batches > 0 && waits < 6_000; waits++)
    await new Promise((done) => setTimeout(done, 20));
  stop.abort();
  await running;
  await publisher.close();
  await ingest.stop();
  await broker.close();

  const losses = await store.losses();
  const lost = losses.reduce((sum, { readings }) => sum + readings, 0);
  let stored = 0;
  let firstState = Number.POSITIVE_INFINITY;
  let firstCounter = Number.POSITIVE_INFINITY;
  for (const { meter, point } of await store.latest()) {
    const { time: times, value } = await store.samples({ meter, point }, { start: 0, end: Number.MAX_SAFE_INTEGER });
    stored += times.length;
    const first = times[0] ?? 0;
    if (point === 'energy_import') firstCounter = Math.min(firstCounter, first);
    else firstState = Math.min(firstState, first);
    if (point !== 'energy_import') continue;
    for (const [row, at] of times.entries())
      assert.equal(value[row], (at - start) / minute + Number(meter.slice(1)), `${meter} at ${at}`);
  }
  await store.close();
  assert.equal(stored + lost, scheduled);
  assert.ok(lost > scheduled / 10, `only ${lost} of ${scheduled} readings were given up`);
  const lostCounters = losses.some(({ kind }) => kind === 'counters');
  assert.equal(firstCounter > start, lostCounters, 'a counter went without a record');
  assert.ok(firstState > firstCounter, 'counters went before states');
  context.diagnostic(`${scheduled} scheduled = ${stored} stored + ${lost} lost in ${losses.length} records`);
});

test('a disk that takes nothing: readings wait in memory, then go on record, and everything works again without a restart', async (context) => {
  const { spool, batcher, time } = edge(context, 1e9);
  const append = spool.append.bind(spool);
  const appendLosses = spool.appendLosses.bind(spool);
  const full = () => {
    throw new Error('database or disk is full');
  };
  batcher.add(minuteOf(start, 5));
  batcher.flush();
  spool.append = full;
  spool.appendLosses = full;
  let scheduled = 30;
  for (let n = 1; n <= 500; n++) {
    await time.advance(minute);
    batcher.add(minuteOf(start + n * minute, 5));
    batcher.flush();
    scheduled += 30;
  }
  spool.append = append;
  spool.appendLosses = appendLosses;
  batcher.flush();
  const batches = spool.after(0, 10_000).map(({ payload }) => decodeBatch(payload));
  const kept = batches.reduce((sum, { index }) => sum + index.length, 0);
  const lost = batches.flatMap((batch) => batch.lost);
  assert.equal(kept + lost.reduce((sum, { readings }) => sum + readings, 0), scheduled);
  assert.deepEqual([...new Set(lost.map(({ reason }) => reason))], ['disk_full']);
  const counters = batches.filter(({ series }) => series.some(({ point }) => point === 'energy_import'));
  assert.ok(counters.length > batches.length / 2, 'states must go first');
});

test('a disk that others fill: the spool keeps its size, the newest takes the place of the oldest', async (context) => {
  let free = 1e9;
  const { spool, batcher, file } = edge(context, 1e8, { freeBytes: () => free });
  const pass = (from: number, to: number) => {
    for (let n = from; n < to; n++) {
      batcher.add(minuteOf(start + n * minute, 40));
      batcher.flush();
    }
    spool.checkpoint();
    return statSync(file).size;
  };
  pass(0, 600);
  free = 1_000;
  const before = pass(600, 605);
  const after = pass(605, 1_400);
  assert.ok(after < before * 1.1 + 100_000, `grew from ${before} to ${after}`);
  const losses = spool.after(0, 100_000).flatMap(({ payload }) => decodeBatch(payload).lost);
  assert.ok(losses.length > 0 && losses.every(({ reason, kind }) => reason === 'disk_low' && kind === 'states'));
});
