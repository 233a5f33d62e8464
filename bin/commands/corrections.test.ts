import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { systemClock } from '../../core/clock.ts';
import { loadSite, sitesFolder } from '../../core/config/site.ts';
import { emptySlot, marks, type Slot } from '../../core/slots.ts';
import { startScoring } from '../../scoring/main.ts';
import { DuckdbStore } from '../../store/duckdb/duckdb-store.ts';
import { SqliteLedger } from '../../store/ledger/sqlite-ledger.ts';
import { projectFolder } from '../context.ts';

const start = Date.UTC(2025, 2, 1, 0); // 08:00 at the plant
const quarter = 15 * 60_000;
const key = { meter: 'main', point: 'energy_import' } as const;

test('a gap is decided by rule, by hand, and taken back; each score knows what was known then', async (context) => {
  const data = mkdtempSync(join(tmpdir(), 'tanbiao-corrections-'));
  context.after(() => rmSync(data, { recursive: true }));
  const program = ['--disable-warning=ExperimentalWarning', join(projectFolder, 'bin/tanbiao.ts'), 'corrections'];
  const tanbiao = (...args: string[]) =>
    spawnSync(process.execPath, [...program, ...args, '--site', 'golden', '--data', data, '--lang', 'en'], {
      encoding: 'utf8',
    });
  const add = (...args: string[]) =>
    tanbiao(
      'add',
      'main.energy_import',
      '--from',
      '2025-03-01 09:00',
      '--to',
      '2025-03-01 10:00',
      '--author',
      'li',
      ...args,
    );

  const slots = Array.from({ length: 12 }, (_, index): Slot => {
    const slot = { ...emptySlot(start + index * quarter), value: 1_000_000, covered: quarter };
    return index < 4 || index >= 8 ? slot : { ...slot, value: 0, covered: 0, marks: marks.jumped };
  });
  const store = await DuckdbStore.open(join(data, 'store'));
  await store.putSlots([{ key, resolution: 'quarter', slots }]);
  await store.close();

  assert.match(add('--rule', 'guess', '--reason', 'x').stderr, /no rule "guess"; allowed: linear history profile hand/);
  assert.match(add('--rule', 'profile', '--reason', 'x').stderr, /is not known/);
  const tried = add('--rule', 'linear', '--reason', 'x', '--dry-run').stdout;
  assert.match(tried, /4 quarters of an hour, 0 kWh → 4000 kWh \(straight .*\), not written/);
  const before = Date.now();
  assert.equal(add('--rule', 'linear', '--reason', 'meter exchanged').status, 0);
  const afterFirst = Date.now();
  const listed = tanbiao('list').stdout;
  const [, id = ''] =
    /^(correction-\w+) {2}main\.energy_import {2}2025-03-01T09:00\+08:00 … 2025-03-01T10:00\+08:00 {2}linear .*li: meter exchanged\n$/.exec(
      listed,
    ) ?? [];
  assert.notEqual(id, '', listed);
  assert.match(
    add('--rule', 'hand', '--amount', '4400', '--reason', 'x').stderr,
    new RegExp(`first tanbiao corrections withdraw ${id}`),
  );
  assert.equal(tanbiao('withdraw', id, '--reason', 'the invoice is there', '--author', 'wang').status, 0);
  const afterSecond = Date.now();
  assert.equal(tanbiao('list').stdout, '');
  assert.equal(add('--rule', 'hand', '--amount', '4400', '--reason', 'as invoiced', '--evidence', 'F-17').status, 0);

  const again = await DuckdbStore.open(join(data, 'store'));
  const ledger = new SqliteLedger(join(data, 'ledger.sqlite'));
  context.after(async () => {
    ledger.close();
    await again.close();
  });
  const site = loadSite(join(sitesFolder, 'golden'));
  const scorer = startScoring({ site, store: again, ledger, clock: systemClock });
  const importedAt = async (asOf?: number) => {
    const { account } = await scorer.score('tcace', 2025, asOf);
    return account.grid_import?.parts[0] ?? account.grid_import;
  };
  const values = [];
  for (const asOf of [before, afterFirst, afterSecond, undefined]) values.push((await importedAt(asOf))?.value);
  assert.deepEqual(values.map(Number), [8_000, 12_000, 8_000, 12_400]);
  const now = await importedAt();
  assert.match(
    JSON.stringify(now),
    new RegExp(`corrected by ${id} \\(revision \\d+ of the ledger, li: as invoiced\\)`),
  );
  assert.deepEqual(await again.slots([key], 'quarter', { start, end: start + 12 * quarter }), [slots]);
});
