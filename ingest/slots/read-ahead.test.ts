import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { day, minute } from '../../core/calendar.ts';
import { BatchBuilder, type SeriesKey } from '../../core/sample.ts';
import { emptySlot } from '../../core/slots.ts';
import { DuckdbStore } from '../../store/duckdb/duckdb-store.ts';
import { ReadAhead } from './read-ahead.ts';

const keys: SeriesKey[] = ['a', 'b', 'silent'].map((meter) => ({ meter, point: 'energy_import' }));
const t0 = Date.UTC(2025, 0, 31, 20);

test('what is read ahead answers as the store does, whatever is asked of it', async (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'tanbiao-ahead-'));
  context.after(() => rmSync(folder, { recursive: true }));
  const store = await DuckdbStore.open(folder);
  const builder = new BatchBuilder();
  for (let at = 0; at < 600; at++)
    for (const { meter, point } of keys.slice(0, 2)) {
      const quality = [0, 0, 0, 66, 128][(at * 7 + meter.length + at ** 2) % 5] as number;
      const value = quality === 128 ? null : at;
      for (
        let times = at % 50 === 0 ? 2 : 1;
        times > 0;
        times-- // some instants twice, and over the end of a month
      )
        builder.add({ meter, point, time: t0 + at * minute, value, quality });
    }
  await store.commit([builder.build('gw', 1, 1)]);
  const slot = { ...emptySlot(t0 + 300 * minute), covered: 1, value: 3 };
  await store.putSlots([{ key: keys[0] as SeriesKey, resolution: 'quarter', slots: [slot] }]);
  // From the middle, from before the first reading, and from where months tell that there is nothing older.
  const sinces = [t0 + 200 * minute, t0 - minute, t0 - 60 * day, t0 + 400 * minute];
  const aheads = await Promise.all(sinces.map((since) => ReadAhead.of(store, keys, since)));
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...aheads),
      fc.constantFrom(...keys),
      fc.integer({ min: -10, max: 620 }),
      fc.oneof(fc.nat(300), fc.constant(Number.MAX_SAFE_INTEGER)),
      fc.constantFrom('none', 'any', 'counting'),
      async (ahead, key, from, length, around) => {
        const start = t0 + from * minute;
        const period = { start, end: Math.min(start + length * minute, Number.MAX_SAFE_INTEGER) };
        assert.deepEqual(await ahead.samples(key, period, around), await store.samples(key, period, around));
        assert.deepEqual(await ahead.slots([key], 'quarter', period), await store.slots([key], 'quarter', period));
      },
    ),
    { seed: 4, numRuns: 300 },
  );
  await store.close();
});
