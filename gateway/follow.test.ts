import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { pino } from 'pino';
import { FakeClock } from '../core/fake-clock.ts';
import { Fault } from '../core/fault.ts';
import type { PointId } from '../core/points.ts';
import { qualityCode } from '../core/quality.ts';
import type { Sample } from '../core/sample.ts';
import { Follower } from './follow.ts';
import type { PushedSource } from './source.ts';

class FakeSource implements PushedSource {
  readonly meter: string;
  fault: Fault | undefined;
  follows = 0;
  #deliver: ((samples: readonly Sample[]) => void) | undefined;

  constructor(meter: string) {
    this.meter = meter;
  }

  facts() {
    return [];
  }

  tell(value: number | null, point: PointId = 'power', time = 0, quality = 0): void {
    this.#deliver?.([{ meter: this.meter, point, time, value, quality }]);
  }

  async follow(deliver: (samples: readonly Sample[]) => void, signal: AbortSignal): Promise<void> {
    this.follows++;
    this.#deliver = deliver;
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
    this.#deliver = undefined;
  }
}

const limits = { deadband: { power: 1, energy_import: 5 }, heartbeat: 60_000 };

function setUp(context: TestContext) {
  const delivered: Sample[] = [];
  const lines: string[] = [];
  const clock = new FakeClock(10_000_000);
  const follower = new Follower({
    clock,
    random: () => 1,
    log: pino({ level: 'info' }, { write: (line: string) => void lines.push(line) }),
    deliver: (samples) => delivered.push(...samples),
  });
  const stop = new AbortController();
  const running = follower.run(stop.signal);
  context.after(async () => {
    stop.abort();
    await running;
  });
  return { clock, follower, delivered, lines };
}

test('what is told goes the way of what is read: states by their deadband and heartbeat, counters always', async (context) => {
  const { follower, delivered } = setUp(context);
  const source = new FakeSource('a');
  await follower.set([{ source, limits }]);
  for (const [time, value] of [10, 10.4, 12].entries()) source.tell(value, 'power', time);
  source.tell(12, 'power', 60_002);
  for (const [time, value] of [1, 1, 2].entries()) source.tell(value, 'energy_import', time);
  assert.deepEqual(
    delivered.map(({ point, value }) => [point, value]),
    [
      ['power', 10],
      ['power', 12],
      ['power', 12],
      ['energy_import', 1],
      ['energy_import', 1],
      ['energy_import', 2],
    ],
  );
});

test('who stays is not begun again, who is new begins, who goes ends', async (context) => {
  const { follower, delivered } = setUp(context);
  const [stays, goes, comes] = ['stays', 'goes', 'comes'].map((name) => new FakeSource(name)) as [
    FakeSource,
    FakeSource,
    FakeSource,
  ];
  await follower.set([stays, goes].map((source) => ({ source, limits })));
  await follower.set([stays, comes].map((source) => ({ source, limits })));
  for (const source of [stays, goes, comes]) source.tell(1);
  assert.deepEqual([stays.follows, comes.follows], [1, 1]);
  assert.deepEqual(
    delivered.map(({ meter }) => meter),
    ['stays', 'comes'],
  );
});

test('a source that goes down is told once, and once when it is back', async (context) => {
  const { follower, lines } = setUp(context);
  const source = new FakeSource('a');
  await follower.set([{ source, limits }]);
  source.tell(1);
  source.fault = new Fault('gone', { zh: '断了', en: 'the server is gone' });
  for (let time = 1; time < 4; time++) source.tell(null, 'power', time, qualityCode('bad_connection'));
  source.fault = undefined;
  for (let time = 4; time < 7; time++) source.tell(1, 'power', time);
  assert.deepEqual(
    lines.map((line) => JSON.parse(line).event),
    ['source_down', 'source_back'],
  );
});

test('a source that ends by a mistake is told, and followed again after a wait that grows; the others are followed on', async (context) => {
  const { clock, follower, lines, delivered } = setUp(context);
  const [broken, whole] = [new FakeSource('a'), new FakeSource('b')];
  const follow = broken.follow.bind(broken);
  const begun: number[] = [];
  broken.follow = async (deliver, signal) => {
    begun.push(clock.monotonic());
    if (begun.length === 2) throw new TypeError('a mistake of ours');
    if (begun.length > 3) await follow(deliver, signal);
  };
  await follower.set([broken, whole].map((source) => ({ source, limits })));
  await clock.advance(20_000);
  const [first = 0] = begun;
  assert.deepEqual(
    begun.map((time) => time - first),
    [0, 1_000, 3_000, 7_000],
  );
  const told = lines.map((line) => JSON.parse(line));
  assert.deepEqual(
    told.map(({ event, meter, err }) => [event, meter, err.message]),
    ['a is no longer followed', 'a mistake of ours', 'a is no longer followed'].map((why) => [
      'follow_failed',
      'a',
      why,
    ]),
  );
  for (const source of [broken, whole]) source.tell(1);
  assert.deepEqual(
    delivered.map(({ meter }) => meter),
    ['a', 'b'],
  );
});
