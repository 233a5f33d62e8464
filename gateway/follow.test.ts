import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { pino } from 'pino';
import { settle } from '../core/fake-clock.ts';
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
  const follower = new Follower({
    log: pino({ level: 'info' }, { write: (line: string) => void lines.push(line) }),
    deliver: (samples) => delivered.push(...samples),
  });
  const stop = new AbortController();
  const running = follower.run(stop.signal);
  context.after(async () => {
    stop.abort();
    await running.catch(() => undefined); // the tests that make it fail look at it themselves
  });
  return { follower, delivered, lines, running };
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

test('a source that stops by itself is a mistake that is not kept quiet', async (context) => {
  const { follower, running } = setUp(context);
  const source = new FakeSource('a');
  source.follow = async () => settle();
  void follower.set([{ source, limits }]);
  await assert.rejects(running, /a is no longer followed/);
});
