import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { BatchBuilder } from '../../core/sample.ts';
import { DuckdbStore } from '../../store/duckdb/duckdb-store.ts';
import { projectFolder } from '../context.ts';

function tanbiao(data: string, ...args: string[]): { status: number | null; stdout: string; stderr: string } {
  const program = ['--disable-warning=ExperimentalWarning', join(projectFolder, 'bin/tanbiao.ts'), 'store'];
  return spawnSync(process.execPath, [...program, ...args, '--site', 'golden', '--data', data, '--lang', 'en'], {
    encoding: 'utf8',
  });
}

test('a store is counted, compacted and checked from the command line, and never while another process holds it', async (context) => {
  const data = mkdtempSync(join(tmpdir(), 'tanbiao-store-'));
  context.after(() => rmSync(data, { recursive: true }));
  assert.match(tanbiao(data, 'stats').stderr, /there is no embedded store of .* in .*--data/);

  const store = await DuckdbStore.open(join(data, 'store'));
  const builder = new BatchBuilder();
  for (let hour = 0; hour < 24 * 40; hour++)
    builder.add({ meter: 'main', point: 'power', time: Date.UTC(2025, 0, 1, hour), value: hour / 8, quality: 0 });
  await store.commit([builder.build('gw', 1, 1)]);
  const held = tanbiao(data, 'stats');
  await store.close();
  assert.equal(held.status, 69);
  assert.match(held.stderr, /in use by another process \(.*node.*, PID \d+\): stop it first/);

  const { months } = JSON.parse(tanbiao(data, 'compact', '--json').stdout) as { months: { rows: number }[] };
  assert.deepEqual(
    months.map(({ rows }) => rows),
    [31 * 24, 9 * 24],
  );
  const stats = JSON.parse(tanbiao(data, 'stats', '--json').stdout) as { hot: object; cold: { readings: number } };
  assert.deepEqual(stats.hot, { months: 0, readings: 0 });
  assert.equal(stats.cold.readings, 24 * 40);
  assert.match(tanbiao(data, 'check').stdout, /2 files, 960 readings; all as written/);

  const [file = ''] = readdirSync(join(data, 'store/months'));
  const path = join(data, 'store/months', file);
  const bytes = readFileSync(path);
  writeFileSync(path, bytes.fill(0, 100, 101));
  const damaged = tanbiao(data, 'check');
  assert.equal(damaged.status, 65);
  assert.match(damaged.stdout, new RegExp(`✗ ${file}: the file was altered or is damaged`));
});
