import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { BatchBuilder } from '../../core/sample.ts';
import { DuckdbStore } from './duckdb-store.ts';

const key = { meter: 'main', point: 'power' } as const;
const everything = { start: 0, end: Date.UTC(2100, 0) };

test('a copy is of the moment at which it was begun, whatever is stored and moved meanwhile', async (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'tanbiao-copy-'));
  context.after(() => rmSync(folder, { recursive: true }));
  const store = await DuckdbStore.open(join(folder, 'store'));
  let seq = 0;
  const commit = async (count: number) => {
    seq++;
    const builder = new BatchBuilder();
    const start = Date.UTC(2025, 0, 1) + seq * 10_000_000_000; // four months away from each other
    for (let row = 0; row < count; row++)
      builder.add({ ...key, time: start + row * 1_000, value: row / 8, quality: 0 });
    await store.commit([builder.build('gw', 1, seq)]);
  };
  await commit(200_000);
  await commit(200_000);
  const [first = ''] = await store.monthsToCompact(Date.UTC(2026, 0));
  await store.compact(first);
  const { done } = await store.copyTo(join(folder, 'copy'));
  const later = store.monthsToCompact(Date.UTC(2027, 0)).then(([month = '']) => store.compact(month));
  for (let more = 0; more < 5; more++) await commit(10_000);
  await Promise.all([done, later]);
  await store.close();

  const copy = await DuckdbStore.open(join(folder, 'copy'));
  context.after(() => copy.close());
  const { time, value } = await copy.samples(key, everything);
  assert.equal(time.length, 400_000);
  assert.equal(value.at(-1), 199_999 / 8);
  assert.deepEqual(
    (await copy.receipts()).map(({ ranges }) => ranges.map(({ first, last }) => [first, last])),
    [[[1, 2]]],
  );
  assert.deepEqual((await copy.check()).problems, []);
  await assert.rejects(copy.copyTo(join(folder, 'copy')), /the store failed/);
  assert.equal((await copy.samples(key, everything)).time.length, 400_000);
});
