import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gapsOf } from './gaps.ts';

const lost = {
  gateway: 'gw-1',
  epoch: 9,
  seq: 8,
  reason: 'spool_full',
  kind: 'states',
  readings: 5,
  from: 40,
  to: 60,
} as const;
const range = (first: number, last: number) => ({ first, last, oldest: first * 10, newest: last * 10 });

test('what is missing is told with its time, and apart by what is known of it', () => {
  const gaps = gapsOf(
    [
      { gateway: 'gw-2', epoch: 3, ranges: [range(1, 4)] },
      { gateway: 'gw-1', epoch: 9, ranges: [range(2, 3), range(12, 14)] },
      { gateway: 'gw-1', epoch: 0, ranges: [range(1_000, 1_000), range(2_000, 2_000)] },
    ],
    [
      { ...lost, batches: [5, 6] },
      { ...lost, batches: null },
    ],
    [
      { gateway: 'gw-1', epoch: 9, seq: 9 },
      { gateway: 'gw-1', epoch: 8, seq: 10 },
    ],
  );
  const within = { gateway: 'gw-1', epoch: 9, after: 30, before: 120 };
  const missing = { ...within, why: 'missing', reason: null };
  assert.deepEqual(gaps, [
    { ...missing, batches: [1, 1], after: null, before: 20 },
    { ...missing, batches: [4, 4] },
    { ...within, batches: [5, 6], why: 'lost', reason: 'spool_full' },
    { ...missing, batches: [7, 8] },
    { ...within, batches: [9, 9], why: 'refused', reason: null },
    { ...missing, batches: [10, 11] },
  ]);
});
