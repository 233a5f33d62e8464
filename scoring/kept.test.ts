import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeClock } from '../core/fake-clock.ts';
import { Kept } from './kept.ts';

test('an answer is made once for all who ask within its time, again after it or a failure, and none stays for ever', async () => {
  const clock = new FakeClock(0);
  const kept = new Kept<number>(clock, 60_000);
  let made = 0;
  const ask = (question: string) => kept.of(question, async () => ++made);
  assert.deepEqual(await Promise.all([ask('a'), ask('a'), ask('b')]), [1, 1, 2]);
  await clock.advance(60_000);
  assert.equal(await ask('c'), 3);
  assert.equal(kept.size, 1);
  assert.equal(await ask('a'), 4);
  await assert.rejects(
    kept.of('d', () => Promise.reject(new Error('no store'))),
    /no store/,
  );
  assert.equal(await ask('d'), 5);
  kept.forget();
  assert.equal(await ask('a'), 6);
});
