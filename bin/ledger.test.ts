// The ledger on the command line: entered once, revised, read as of a day, never broken by what comes in.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { projectFolder } from './context.ts';

const folder = mkdtempSync(join(tmpdir(), 'tanbiao-ledger-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const ledger = (command: string, ...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> =>
  new Promise((resolve) => {
    const all = [
      '--disable-warning=ExperimentalWarning',
      join(projectFolder, 'bin/tanbiao.ts'),
      'ledger',
      command,
      '--site',
      'golden',
      '--data',
      folder,
      ...args,
    ];
    execFile(process.execPath, all, { env: { ...process.env, LANG: 'C' } }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
  });
const by = ['--author', 'li', '--reason', 'annual survey'];

test('entries are added, imported, revised, verified, and read as of a day', async () => {
  const area = (value: number) => `{kind: fact, id: area, name: building_area, year: 2025, value: ${value}, unit: m2}`;
  assert.equal((await ledger('add', area(100), ...by)).stdout.trim(), '1 new revision');
  assert.equal((await ledger('add', area(120), ...by)).stdout.trim(), '1 new revision');
  assert.equal((await ledger('add', area(120), ...by)).stdout.trim(), '0 new revisions');
  const table = join(folder, 'entries.csv');
  writeFileSync(table, 'kind,id,name,year,value,unit\nfact,green,green_building_area,2025,60,m2\n');
  assert.equal((await ledger('import', table, ...by)).stdout.trim(), '1 new revision');
  const [now, all, before, sound] = await Promise.all([
    ledger('list', '--json'),
    ledger('list', '--history', '--json'),
    ledger('list', '--as-of', '2020-01-01', '--json'),
    ledger('verify', '--json'),
  ]);
  assert.deepEqual(
    (JSON.parse(now.stdout) as { entry: { id: string; value: number } }[]).map(({ entry }) => [entry.id, entry.value]),
    [
      ['area', 120],
      ['green', 60],
    ],
  );
  assert.equal((JSON.parse(all.stdout) as unknown[]).length, 3);
  assert.deepEqual(JSON.parse(before.stdout), []);
  assert.deepEqual({ ...JSON.parse(sound.stdout), head: null }, { ok: true, revisions: 3, head: null, findings: [] });
});

test('what would break the ledger is refused as a whole, with the entry and the remedy', async () => {
  const file = join(folder, 'twice.yaml');
  writeFileSync(
    file,
    'entries:\n  - {kind: fact, id: ok, name: plantable_area, year: 2025, value: 1, unit: m2}\n  - {kind: fact, id: area-2, name: building_area, year: 2025, value: 1, unit: m2}\n',
  );
  const refused = await ledger('import', file, ...by);
  assert.equal(refused.code, 65);
  assert.match(
    refused.stderr,
    /nothing was written:\n {2}\S*twice\.yaml:3:\d+ {2}area-2: fact twice: area already has building_area 2025; keep one of them/,
  );
  const bad = await ledger(
    'add',
    '{kind: production, id: p, product: steel, from: 2025-01-01, to: 2025-01-31, amount: -5, unit: t}',
    ...by,
  );
  assert.equal(bad.code, 78);
  assert.match(bad.stderr, /entry:1:\d+ {2}amount: production cannot be negative: correct the entry/);
  const list = await ledger('list', '--kind', 'fact', '--json');
  assert.equal((JSON.parse(list.stdout) as unknown[]).length, 2);
  assert.match((await ledger('list', '--as-of', 'yesterday')).stderr, /"yesterday" is not a day such as/);
});
