import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { DuckDBInstance } from '@duckdb/node-api';
import { day } from '../../core/calendar.ts';
import { Fault } from '../../core/fault.ts';
import { emptySlot } from '../../core/slots.ts';
import { type Opener, storeContract } from '../contract.ts';
import { DuckdbStore } from './duckdb-store.ts';
import { databaseFile } from './operations.ts';

function folderFor(context: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'tanbiao-duckdb-'));
  context.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

const open: Opener = async (context) => {
  const folder = folderFor(context);
  let store = await DuckdbStore.open(folder);
  context.after(() => store.close());
  return {
    store,
    reopen: async () => {
      await store.close();
      store = await DuckdbStore.open(folder);
      return store;
    },
  };
};

storeContract('duckdb', open);

test('a store that another process holds is refused with a remedy', async (context) => {
  const folder = folderFor(context);
  const script = join(folder, 'holder.mjs');
  writeFileSync(
    script,
    `import { DuckdbStore } from ${JSON.stringify(new URL('./duckdb-store.ts', import.meta.url).href)};
     await DuckdbStore.open(${JSON.stringify(folder)});
     process.stdout.write('open');`,
  );
  const holder = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'] });
  context.after(() => holder.kill('SIGKILL'));
  await new Promise((resolve) => holder.stdout.once('data', resolve));
  await assert.rejects(DuckdbStore.open(folder), (error) => error instanceof Fault && error.code === 'store_locked');
});

test('an empty slot takes away what was there, and days add up where they lie', async (context) => {
  const { store, reopen } = await open(context);
  const key = { meter: 'main', point: 'energy_import' } as const;
  const slot = (days: number, value: number, covered: number) => ({ ...emptySlot(days * day), value, covered });
  const period = { start: 0, end: 10 * day };
  await store.putSlots([{ key, resolution: 'day', slots: [slot(1, 5, day), slot(2, 7, day), slot(3, 9, day / 2)] }]);
  await store.putSlots([{ key, resolution: 'day', slots: [emptySlot(2 * day)] }]);
  const again = (await reopen()) as DuckdbStore;
  assert.deepEqual(await again.slots([key], 'day', period), [[slot(1, 5, day), slot(3, 9, day / 2)]]);
  const nobody = { meter: 'nobody', point: 'power' } as const;
  assert.deepEqual(await again.totals([nobody, key], period), [emptySlot(0), slot(1, 14, 1.5 * day)]);
  assert.deepEqual(await again.totals([key], { start: 0, end: day }), [emptySlot(0)]);
});

test('slots of a version that did not count readings stay, with a count of none', async (context) => {
  const folder = folderFor(context);
  const key = { meter: 'main', point: 'energy_import' } as const;
  const slot = { ...emptySlot(0), value: 5, covered: 60_000, readings: 4 };
  const store = await DuckdbStore.open(folder);
  await store.putSlots([{ key, resolution: 'quarter', slots: [slot] }]);
  await store.close();
  const database = await DuckDBInstance.create(join(folder, databaseFile));
  const connection = await database.connect();
  for (const resolution of ['quarter', 'hour', 'day'])
    await connection.run(`ALTER TABLE slots_${resolution} DROP COLUMN readings`);
  connection.closeSync();
  database.closeSync();
  const again = await DuckdbStore.open(folder);
  context.after(() => again.close());
  await again.putSlots([{ key, resolution: 'quarter', slots: [{ ...slot, start: 900_000 }] }]);
  assert.deepEqual(await again.slots([key], 'quarter', { start: 0, end: day }), [
    [
      { ...slot, readings: 0 },
      { ...slot, start: 900_000 },
    ],
  ]);
});
