import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { day, hour, minute } from '../core/calendar.ts';
import { FakeClock } from '../core/fake-clock.ts';
import { SteadyClock, type Unset } from './steady-clock.ts';

const start = Date.UTC(2026, 5, 1);

test('a clock that runs well is passed on', async () => {
  const clock = new FakeClock(start);
  const steady = new SteadyClock(clock, 0);
  for (let n = 0; n < 10; n++) {
    await clock.advance(1_234);
    assert.equal(steady.now(), clock.now());
    assert.equal(steady.isDoubtful, false);
  }
});

test('a step forwards is followed at once, and doubted for a while', async () => {
  const clock = new FakeClock(start);
  const steady = new SteadyClock(clock, 0);
  clock.wallOffset = hour;
  assert.equal(steady.now(), start + hour);
  assert.equal(steady.isDoubtful, true);
  await clock.advance(16 * minute);
  assert.equal(steady.isDoubtful, false);
  assert.equal(steady.now(), clock.now());
});

test('a step backwards never turns time back: it slows down until the wall clock has caught up', async () => {
  const clock = new FakeClock(start);
  const steady = new SteadyClock(clock, 0);
  steady.now();
  clock.wallOffset = -hour;
  let last = steady.now();
  assert.equal(last, start);
  for (let n = 0; n < 66; n++) {
    await clock.advance(minute);
    assert.ok(steady.now() > last);
    last = steady.now();
    assert.equal(steady.isDoubtful, true);
  }
  await clock.advance(5 * minute);
  assert.equal(steady.now(), clock.now());
  await clock.advance(minute);
  assert.equal(steady.isDoubtful, false);
});

test('after a restart with a clock that is behind, time goes on where it was', async () => {
  const clock = new FakeClock(start);
  const steady = new SteadyClock(clock, start + 5 * minute);
  assert.equal(steady.now(), start + 5 * minute);
  await clock.advance(minute);
  assert.ok(steady.now() > start + 5 * minute && steady.isDoubtful);
});

for (const [name, wall, newest] of [
  ['in 1970', 0, 0],
  ['months before the newest reading', start - 90 * day, start],
] as const) {
  test(`a clock that wakes up ${name} is not set; when it is, it says how wrong the times were`, async () => {
    const clock = new FakeClock(start);
    clock.wallOffset = wall - start;
    const steady = new SteadyClock(clock, newest);
    const told: Unset[] = [];
    steady.onSet = (unset) => told.push(unset);
    assert.equal(steady.isSet, false);
    await clock.advance(10 * minute);
    assert.equal(steady.now(), wall + 10 * minute);
    clock.wallOffset = 0;
    await clock.advance(1_000);
    assert.equal(steady.now(), start + 10 * minute + 1_000);
    assert.equal(steady.isSet, true);
    assert.deepEqual(told, [{ from: wall, to: wall + 10 * minute + 1_000, shift: start - wall }]);
  });
}

test('whatever the wall clock does, time never runs backwards once it is set', async () => {
  const step = fc.record({ pass: fc.integer({ min: 0, max: 7_200_000 }), jump: fc.integer({ min: -hour, max: hour }) });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
      const clock = new FakeClock(start);
      const steady = new SteadyClock(clock, 0);
      let last = steady.now();
      for (const { pass, jump } of steps) {
        await clock.advance(pass);
        clock.wallOffset += jump;
        const now = steady.now();
        assert.ok(now >= last);
        last = now;
      }
    }),
    { numRuns: 100 },
  );
});
