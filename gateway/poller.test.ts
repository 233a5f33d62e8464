import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { FakeClock } from '../core/fake-clock.ts';
import { Fault } from '../core/fault.ts';
import { silentLog } from '../core/log.ts';
import { qualityCode } from '../core/quality.ts';
import type { Sample } from '../core/sample.ts';
import { Poller } from './poller.ts';
import type { PollClass, PolledSource } from './source.ts';

class FakeSource implements PolledSource {
  readonly meter: string;
  fault: Fault | undefined;
  readonly reads: { at: number; pollClass: PollClass }[] = [];
  takes = 0;
  down = false;
  readonly #clock: FakeClock;

  constructor(meter: string, clock: FakeClock) {
    this.meter = meter;
    this.#clock = clock;
  }

  facts() {
    return [];
  }

  async read(pollClass: PollClass): Promise<Sample[]> {
    this.reads.push({ at: this.#clock.monotonic(), pollClass });
    if (this.takes > 0) await this.#clock.sleep(this.takes);
    this.fault = this.down ? new Fault('down', { zh: '', en: '' }) : undefined;
    const quality = qualityCode(this.down ? 'bad_timeout' : 'good');
    return [{ meter: this.meter, point: 'power', time: this.#clock.now(), value: this.down ? null : 1, quality }];
  }
}

function setUp(context: TestContext, names: string[], periods = { fast: 1_000, slow: 1_000_000 }) {
  const clock = new FakeClock(10_000_000);
  const delivered: Sample[] = [];
  const poller = new Poller({ clock, log: silentLog, deliver: (samples) => delivered.push(...samples) });
  const sources = names.map((name) => new FakeSource(name, clock));
  const stop = new AbortController();
  const limits = { deadband: {}, heartbeat: 60_000 };
  const running = poller.run(stop.signal);
  void poller.set(sources.map((source) => ({ source, periods, limits })));
  context.after(async () => {
    stop.abort();
    await clock.advance(10_000); // lets a read that is under way end
    await running;
  });
  return { clock, delivered, poller, sources };
}

const fastReads = ({ reads }: FakeSource): number[] =>
  reads.filter(({ pollClass }) => pollClass === 'fast').map(({ at }) => at);

test('readings keep an absolute schedule: no drift, whatever a read takes', async (context) => {
  const {
    clock,
    sources: [source],
  } = setUp(context, ['a']);
  if (source !== undefined) source.takes = 300;
  await clock.advance(20_500);
  const times = fastReads(source as FakeSource);
  assert.ok(times.length >= 20);
  assert.deepEqual([...new Set(times.map((time) => time % 1_000))].length, 1);
});

test('meters are spread over the period', async (context) => {
  const { clock, sources } = setUp(
    context,
    Array.from({ length: 50 }, (_, i) => `meter-${i}`),
  );
  await clock.advance(2_000);
  const phases = new Set(sources.map((source) => Math.floor(((fastReads(source)[0] ?? 0) % 1_000) / 100)));
  assert.ok(phases.size >= 8, `all phases are within ${phases.size} tenths of the period`);
});

test('a read that outlasts its period skips ticks and counts them; nothing queues up', async (context) => {
  const {
    clock,
    poller,
    sources: [source],
  } = setUp(context, ['a']);
  if (source !== undefined) source.takes = 2_500;
  await clock.advance(12_500);
  const times = fastReads(source as FakeSource);
  assert.ok(
    times.every((time, index) => index === 0 || time - (times[index - 1] ?? 0) === 3_000),
    `${times}`,
  );
  assert.ok(poller.counts.skipped >= 6);
});

test('a silent meter does not slow the others, is asked less and less, and comes back by itself', async (context) => {
  const {
    clock,
    sources: [dead, alive],
  } = setUp(context, ['dead', 'alive']);
  assert.ok(dead && alive);
  dead.down = true;
  await clock.advance(120_000);
  assert.equal(fastReads(alive).length, 120);
  assert.ok(fastReads(dead).length < 12, `${fastReads(dead).length} reads of a dead meter in two minutes`);
  dead.down = false;
  const before = fastReads(dead).length;
  await clock.advance(70_000);
  assert.ok(fastReads(dead).length > before + 5);
});

test('the same trouble is told once; the recovery is told by the next good value', async (context) => {
  const {
    clock,
    delivered,
    sources: [source],
  } = setUp(context, ['a']);
  assert.ok(source);
  await clock.advance(3_000);
  source.down = true;
  await clock.advance(30_000);
  source.down = false;
  await clock.advance(60_000);
  const bad = delivered.filter(({ quality }) => quality !== 0);
  assert.equal(bad.length, 1);
  assert.equal(bad[0]?.value, null);
  assert.ok((delivered.at(-1)?.time ?? 0) > (bad[0]?.time ?? 0));
});

test('row 27: another configuration while meters are read: who stays misses no tick, who is new begins, who goes ends', async (context) => {
  const { clock, poller, delivered, sources } = setUp(context, ['stays', 'goes']);
  const [stays, goes] = sources;
  assert.ok(stays && goes);
  goes.takes = 400;
  await clock.advance(10_000);
  const limits = { deadband: {}, heartbeat: 60_000 };
  const periods = { fast: 1_000, slow: 1_000_000 };
  const comes = new FakeSource('comes', clock);
  const changed = poller.set([stays, comes].map((source) => ({ source, periods, limits })));
  await clock.advance(10_000);
  await changed;
  const times = fastReads(stays);
  assert.equal(times.length, 20);
  assert.ok(times.every((time, n) => n === 0 || time - (times[n - 1] ?? 0) === 1_000));
  assert.equal(poller.counts.skipped, 0);
  assert.equal(fastReads(comes).length, 10);
  const ended = fastReads(goes).length;
  assert.equal(delivered.filter(({ meter }) => meter === 'goes').length, ended, 'a reading under way was thrown away');
  await clock.advance(10_000);
  assert.equal(fastReads(goes).length, ended);
});

test('a mistake in reading one meter is told; it is read again, and the others are read on', async (context) => {
  const { clock, delivered, sources } = setUp(context, ['a', 'b']);
  const [broken, whole] = sources as [FakeSource, FakeSource];
  const read = broken.read.bind(broken);
  let mistakes = 0;
  broken.read = async (pollClass) => {
    if (pollClass === 'fast' && mistakes++ < 5) throw new TypeError('a mistake of ours');
    return read(pollClass);
  };
  await clock.advance(120_000);
  assert.ok(mistakes > 10, `read ${mistakes} times`);
  assert.ok(fastReads(whole).length >= 118, `the other one ${fastReads(whole).length} times`);
  assert.ok(delivered.filter(({ meter }) => meter === 'a').length > 1);
});
