import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { hour, minute } from '../../core/calendar.ts';
import { qualityCode } from '../../core/quality.ts';
import { BatchBuilder } from '../../core/sample.ts';
import { emptySlot, marks } from '../../core/slots.ts';
import { Database } from '../../store/duckdb/database.ts';
import { DuckdbStore } from '../../store/duckdb/duckdb-store.ts';
import { projectFolder } from '../context.ts';

const t0 = Date.UTC(2025, 2, 31, 15); // 23:00 of the last day of March at the plant
const key = { meter: 'main', point: 'energy_import' } as const;
const everything = { start: 0, end: Date.UTC(2100, 0) };

test('what is exported as CSV imports again to the same readings, and Parquet holds the same', async (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'tanbiao-export-'));
  context.after(() => rmSync(folder, { recursive: true }));
  const run = (data: string, ...args: string[]) =>
    spawnSync(
      process.execPath,
      [
        '--disable-warning=ExperimentalWarning',
        join(projectFolder, 'bin/tanbiao.ts'),
        ...args,
        '--site',
        'golden',
        '--data',
        data,
        '--lang',
        'en',
      ],
      { encoding: 'utf8', cwd: folder },
    );
  const data = join(folder, 'data');
  const span = ['--from', '2025-03-01', '--to', '2025-05-01'];
  const store = await DuckdbStore.open(join(data, 'store'));
  const builder = new BatchBuilder();
  for (let row = 0; row < 120; row++) builder.add({ ...key, time: t0 + row * minute + 7, value: row / 8, quality: 0 });
  builder.add({ meter: 'main', point: 'power', time: t0, value: null, quality: qualityCode('bad_timeout') });
  await store.commit([builder.build('gw', 1, 1)]);
  const slot = { ...emptySlot(t0), value: 12_500, estimated: 500, covered: hour / 2, marks: marks.spanning };
  await store.putSlots([{ key, resolution: 'hour', slots: [slot] }]);
  const before = await store.samples(key, everything);
  await store.close();

  const csv = run(data, 'export', ...span, '--resolution', 'readings', '-o', 'out.csv');
  assert.match(csv.stdout, /out\.csv: 121 rows/, csv.stderr);
  const lines = readFileSync(join(folder, 'out.csv'), 'utf8').split('\n');
  assert.deepEqual(lines.slice(0, 2), [
    '\uFEFFtime,time_utc,meter,point,unit,value,quality',
    '2025-03-31T23:00:00+08:00,2025-03-31T15:00:00.007Z,main,energy_import,kWh,0,good',
  ]);
  assert.equal(lines.at(-2), '2025-03-31T23:00:00+08:00,2025-03-31T15:00:00.000Z,main,power,kW,,bad_timeout');
  writeFileSync(
    join(folder, 'map.yaml'),
    'kind: readings\ntime: { columns: [time_utc] }\nvalues: [{ column: value, meter: { column: meter }, point: { column: point } }]\n',
  );
  assert.match(
    run(join(folder, 'other'), 'import', 'out.csv', '--map', 'map.yaml').stdout,
    /121 rows, 120 taken, 0 known, 0 rows wrong/,
  );
  const other = await DuckdbStore.open(join(folder, 'other/store'));
  assert.deepEqual(await other.samples(key, everything), before);
  await other.close();

  run(data, 'export', ...span, '--resolution', 'hour', '--meter', 'main', '-o', 'hours.csv');
  assert.equal(
    readFileSync(join(folder, 'hours.csv'), 'utf8').split('\n')[1],
    '2025-03-31T23:00:00+08:00,2025-03-31T15:00:00.000Z,main,energy_import,kWh,12.5,good,0.5,0.5,spanning',
  );
  const parquet = run(
    data,
    'export',
    ...span,
    '--resolution',
    'readings',
    '--point',
    'energy_import',
    '-o',
    'out.parquet',
  );
  assert.equal(parquet.status, 0, parquet.stderr);
  const database = await Database.open(':memory:', folder);
  const rows = await database.rows(
    `SELECT epoch_ms(time_utc)::DOUBLE AS t, * FROM read_parquet('${join(folder, 'out.parquet')}')`,
  );
  database.close();
  assert.deepEqual(
    rows.map(({ t, value }) => [t, value]),
    before.time.map((time, row) => [time, before.value[row]]),
  );
  assert.deepEqual(
    [rows[0]?.meter, rows[0]?.point, rows[0]?.unit, rows[0]?.quality],
    ['main', 'energy_import', 'kWh', 0],
  );

  for (const [args, text] of [
    [['--meter', 'nobody'], /no meter "nobody"; there are: main workshop/],
    [['--point', 'kwh'], /unknown point "kwh"; allowed: energy_import/],
    [['--resolution', 'week'], /no resolution "week"; allowed: quarter hour day readings/],
  ] as const)
    assert.match(run(data, 'export', ...span, '-o', 'no.csv', ...args).stderr, text);
  assert.match(run(data, 'export', ...span, '-o', 'no.txt').stderr, /must end in \.csv or \.parquet/);
  const nowhere = run(data, 'export', ...span, '-o', 'no/where.csv');
  assert.match(nowhere.stderr, /^tanbiao: .*where\.csv cannot be written/m);
  assert.equal(nowhere.status, 69);
  assert.ok(!existsSync(join(folder, 'no.csv')) && !existsSync(join(folder, 'no.csv.new')));
});
