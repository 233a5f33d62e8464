// Row 13 of the failure matrix: the edge's clock jumps, or was never set, while meters are read.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { decodeBatch } from '../core/batch-codec.ts';
import { hour, minute } from '../core/calendar.ts';
import type { Clock } from '../core/clock.ts';
import { FakeClock } from '../core/fake-clock.ts';
import { silentLog } from '../core/log.ts';
import { qualityOf } from '../core/quality.ts';
import type { Sample } from '../core/sample.ts';
import { Batcher, encodeLosses } from './batcher.ts';
import { Poller } from './poller.ts';
import type { PollClass, PolledSource } from './source.ts';
import { Spool } from './spool.ts';
import { SpoolBounds } from './spool-bounds.ts';
import { SteadyClock } from './steady-clock.ts';

const noon = Date.UTC(2026, 5, 1, 12);

/** A counter that goes up by one each second of true time. */
class Meter implements PolledSource {
  readonly meter = 'm';
  readonly fault = undefined;
  readonly askedAt: number[] = [];
  readonly #time: FakeClock;
  readonly #clock: Clock;

  constructor(time: FakeClock, clock: Clock) {
    this.#time = time;
    this.#clock = clock;
  }

  facts() {
    return [];
  }

  async read(pollClass: PollClass): Promise<Sample[]> {
    if (pollClass === 'slow') return [];
    this.askedAt.push(this.#time.monotonic());
    const value = (this.#time.monotonic() - noon) / 1_000;
    return [{ meter: 'm', point: 'energy_import', time: this.#clock.now(), value, quality: 0 }];
  }
}

function edge(context: TestContext, file?: string) {
  const folder = mkdtempSync(join(tmpdir(), 'tanbiao-clock-'));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  const path = file ?? join(folder, 'spool.sqlite');
  return { path, start: (time: FakeClock) => run(path, time) };
}

function run(file: string, time: FakeClock) {
  const spool = new Spool(file, 1);
  const clock = new SteadyClock(time, spool.newest);
  const encode = encodeLosses('gw');
  const bounds = new SpoolBounds({
    spool,
    file,
    bounds: { size: 1e9, age: 1e12, free: 0 },
    clock,
    log: silentLog,
    encode,
    sparing: () => new Set<number>(),
  });
  const batcher = new Batcher({
    gateway: 'gw',
    spool,
    bounds,
    clock,
    log: silentLog,
    onSpooled: () => undefined,
    every: 10_000,
  });
  const poller = new Poller({ clock, log: silentLog, deliver: (samples) => batcher.add(samples) });
  const meter = new Meter(time, clock);
  const stop = new AbortController();
  const running = Promise.all([poller.run(stop.signal), batcher.run(stop.signal)]);
  void poller.set([
    { source: meter, periods: { fast: 1_000, slow: minute }, limits: { deadband: {}, heartbeat: minute } },
  ]);
  return {
    meter,
    poller,
    async stop() {
      stop.abort();
      await time.advance(2_000);
      await running;
      batcher.flush();
      const batches = spool.after(0, 100_000).map(({ payload }) => decodeBatch(payload));
      const readings = batches
        .flatMap(({ time: times, value, quality }) =>
          times.map((at, row) => ({ at, value: value[row], quality: qualityOf(quality[row] ?? -1) })),
        )
        .sort((a, b) => (a.value ?? 0) - (b.value ?? 0));
      spool.close();
      return { readings, lost: batches.flatMap((batch) => batch.lost) };
    },
  };
}

for (const [name, jump] of [
  ['an hour forwards', hour],
  ['an hour backwards', -hour],
] as const) {
  test(`row 13: the clock jumps ${name}: polling keeps its pace, no reading is lost, no time is told twice, the doubt is marked`, async (context) => {
    const time = new FakeClock(noon);
    const { start } = edge(context);
    const running = start(time);
    await time.advance(10 * minute);
    time.wallOffset = jump;
    await time.advance(100 * minute);
    const { askedAt } = running.meter;
    assert.ok(askedAt.every((at, n) => n === 0 || at - (askedAt[n - 1] ?? 0) === 1_000));
    assert.equal(running.poller.counts.skipped, 0);
    const { readings } = await running.stop();
    assert.equal(readings.length, askedAt.length);
    assert.ok(readings.every(({ at }, n) => n === 0 || at > (readings[n - 1]?.at ?? 0)));
    const doubted = readings.filter(({ quality }) => quality === 'uncertain_clock');
    assert.ok(doubted.length > 600, `${doubted.length} readings are marked`);
    assert.ok(readings.slice(0, 590).every(({ quality }) => quality === 'good'));
    assert.equal(readings.at(-1)?.quality, 'good');
    assert.ok(
      Math.abs((readings.at(-1)?.at ?? 0) - (noon + 110 * minute + jump)) < 3_000,
      'time has not come back to the wall clock',
    );
  });
}

test('row 13: a start in 1970: readings wait for the time, then have the right one and the mark', async (context) => {
  const time = new FakeClock(noon);
  time.wallOffset = -noon;
  const { start } = edge(context);
  const running = start(time);
  await time.advance(5 * minute);
  time.wallOffset = 0;
  await time.advance(5 * minute);
  const { readings, lost } = await running.stop();
  assert.ok(readings.length >= 600);
  for (const { at, value } of readings) assert.ok(Math.abs(at - (noon + (value ?? 0) * 1_000)) <= 2, `${at}`);
  assert.equal(readings[0]?.quality, 'uncertain_clock');
  assert.equal(readings.at(-1)?.quality, 'good');
  assert.deepEqual(lost, []);
});

test('row 13: power goes before the clock was ever set: the readings are given up on record, not dated by guess', async (context) => {
  const { path } = edge(context);
  const unset = new FakeClock(noon);
  unset.wallOffset = -noon;
  const first = run(path, unset);
  await unset.advance(minute);
  const before = await first.stop();
  assert.deepEqual(before.readings, []);
  const second = run(path, new FakeClock(noon + hour));
  const { readings, lost } = await second.stop();
  assert.equal(readings.length, second.meter.askedAt.length);
  assert.equal(lost.length, 1);
  assert.deepEqual(
    [lost[0]?.reason, lost[0]?.kind, lost[0]?.readings],
    ['clock_unknown', 'counters', first.meter.askedAt.length],
  );
});
