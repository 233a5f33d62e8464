import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { Fault } from '../../core/fault.ts';
import { type Opener, storeContract } from '../contract.ts';
import { DuckdbStore } from './duckdb-store.ts';

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
