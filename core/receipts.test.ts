import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ReceiptSet } from './receipts.ts';

const one = (seq: number, time: number | null) => ({ first: seq, last: seq, oldest: time, newest: time });

test('in whatever order batches come, the ranges are those of the numbers that came, with the times of their readings', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(60), { maxLength: 80 }), (numbers) => {
      const set = new ReceiptSet();
      for (const seq of numbers) set.add(one(seq, seq * 10));
      for (let seq = 0; seq < 65; seq++) assert.equal(set.has(seq), numbers.includes(seq));
      for (const [index, { first, last, oldest, newest }] of set.ranges.entries()) {
        assert.deepEqual([oldest, newest], [first * 10, last * 10]);
        assert.ok(index === 0 || first > (set.ranges[index - 1]?.last ?? 0) + 1);
      }
    }),
  );
});

test('a gap has the time between the readings on its two sides, and none where nobody knows', () => {
  const set = new ReceiptSet();
  for (const range of [one(1, 100), one(5, 500), one(6, null), one(9, null)]) set.add(range);
  assert.deepEqual(set.gaps(), [
    { batches: [2, 4], after: 100, before: 500 },
    { batches: [7, 8], after: 500, before: null },
  ]);
});
