import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeClock } from '../core/fake-clock.ts';
import { DeadTime } from './dead-time.ts';

test('dead devices get a fifth of the time of their line in the long run, whatever each of them costs', async () => {
  const clock = new FakeClock(1_000_000);
  const deadTime = new DeadTime(clock);
  const line = { wasted: 0 };
  const other = { wasted: 0 };
  const begin = clock.monotonic();
  while (clock.monotonic() - begin < 3_600_000) {
    if (deadTime.isLeft(line)) line.wasted += 2_400;
    assert.equal(deadTime.isLeft(other), true);
    await clock.advance(500);
  }
  assert.ok(line.wasted > 3_600_000 * 0.18 && line.wasted < 3_600_000 * 0.2 + 10_000, `${line.wasted}`);
});
