import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { minute } from '../../core/calendar.ts';
import { DuckdbStore } from '../../store/duckdb/duckdb-store.ts';
import { SqliteLedger } from '../../store/ledger/sqlite-ledger.ts';
import { projectFolder } from '../context.ts';

type Place = {
  folder: string;
  data: string;
  tanbiao(...args: string[]): { status: number | null; stdout: string; stderr: string };
};

const programOf = (data: string) => [
  '--disable-warning=ExperimentalWarning',
  join(projectFolder, 'bin/tanbiao.ts'),
  'import',
  ...['--site', 'golden', '--data', data, '--lang', 'en', '--author', 'li'],
];

function placeFor(context: TestContext): Place {
  const folder = mkdtempSync(join(tmpdir(), 'tanbiao-import-'));
  context.after(() => rmSync(folder, { recursive: true }));
  const data = join(folder, 'data');
  const tanbiao = (...args: string[]) =>
    spawnSync(process.execPath, [...programOf(data), ...args], { encoding: 'utf8', cwd: folder });
  return { folder, data, tanbiao };
}

const everything = { start: 0, end: Date.UTC(2100, 0) };

async function stored(data: string): Promise<{ time: number[]; value: (number | null)[]; quarters: number }> {
  const store = await DuckdbStore.open(join(data, 'store'));
  try {
    const key = { meter: 'main', point: 'energy_import' } as const;
    const { time, value } = await store.samples(key, everything);
    const [quarters = []] = await store.slots([key], 'quarter', everything);
    return { time, value, quarters: quarters.reduce((sum, slot) => sum + slot.value, 0) };
  } finally {
    await store.close();
  }
}

const mapping = `
kind: readings
time: { columns: [日期, 时间] }
missing: ["—"]
values:
  - column: 正向有功
    unit: MWh
    meter: { column: 表计, names: { 总进线: main } }
    point: energy_import
`;

const head = '日期,时间,表计,正向有功\n';
const t0 = Date.UTC(2025, 2, 1, 0); // 08:00 at the plant

test('readings are tried, taken, not taken twice, and what was wrong is mended in the error file', async (context) => {
  const { folder, data, tanbiao } = placeFor(context);
  const file = join(folder, 'readings.csv');
  writeFileSync(join(folder, 'map.yaml'), mapping);
  writeFileSync(
    file,
    `${head}2025-03-01,8:00,总进线,1.000\n2025-03-01,8:15,总进线,1.0125\n2025-03-01,8:30,总进线,"1,02"\n2025/3/1,08:45,二号线,1.03\n2025-03-01,9:00,总进线,—\n2099-03-01,9:00,总进线,2\n2025-03-01,8:15,总进线,1.5\n`,
  );
  const tried = tanbiao(file, '--map', 'map.yaml', '--dry-run', '--json');
  assert.equal(tried.status, 65, tried.stderr);
  assert.deepEqual(JSON.parse(tried.stdout), {
    file,
    readAs: 'utf-8',
    dryRun: true,
    rows: 7,
    taken: 2,
    known: 0,
    interrupted: false,
    wrong: 4,
    errorFile: `${file}.errors.csv`,
  });
  assert.ok(!existsSync(join(data, 'store')));

  const first = tanbiao(file, '--map', 'map.yaml');
  assert.match(first.stdout, /readings\.csv \(utf-8\): 7 rows, 2 taken, 0 known, 4 rows wrong/);
  assert.match(first.stderr, /readings\.csv row 4, column "正向有功": "1,02": say in the mapping's numbers/);
  assert.match(first.stderr, /row 5, column "表计": the mapping's names do not have "二号线"; there are: 总进线/);
  assert.match(first.stderr, /row 7, column "正向有功": the time 2099-03-01T01:00:00.000Z is before 2000 or after now/);
  assert.match(
    first.stderr,
    /row 8, column "正向有功": main.energy_import has the reading 1012.5 at this time, the file says 1500/,
  );
  assert.deepEqual(await stored(data), { time: [t0, t0 + 15 * minute], value: [1000, 1012.5], quarters: 12_500 });

  const errors = `${file}.errors.csv`;
  const wrong = readFileSync(errors, 'utf8');
  assert.match(
    wrong,
    /^\uFEFF日期,时间,表计,正向有功,行 row,列 column,错误,error\n2025-03-01,8:30,总进线,"1,02",4,正向有功,/,
  );
  const mended = wrong.replace('"1,02"', '1.02').replace('二号线', '总进线').split('\n').slice(0, 3).join('\n');
  const mendedFile = join(folder, 'mended.csv');
  writeFileSync(mendedFile, mended);
  assert.match(tanbiao(mendedFile, '--map', 'map.yaml').stdout, /2 rows, 2 taken, 0 known, 0 rows wrong/);
  assert.ok(!existsSync(`${mendedFile}.errors.csv`));
  const whole = {
    time: [0, 15, 30, 45].map((minutes) => t0 + minutes * minute),
    value: [1000, 1012.5, 1020, 1030],
    quarters: 30_000,
  };
  assert.deepEqual(await stored(data), whole);

  assert.match(tanbiao(mendedFile, '--map', 'map.yaml').stdout, /2 rows, 0 taken, 2 known, 0 rows wrong/);
  assert.deepEqual(await stored(data), whole);
  const ledger = new SqliteLedger(join(data, 'ledger.sqlite'));
  const imports = ledger
    .history()
    .flatMap(({ entry, author }) => (entry.kind === 'import' ? [[entry.file, entry.readings, author]] : []));
  ledger.close();
  assert.deepEqual(imports, [
    ['readings.csv', 2, 'li'],
    ['mended.csv', 2, 'li'],
  ]);
});

test('an import that is killed goes on where it was, and ends with the same readings', {
  timeout: 600_000,
}, async (context) => {
  const { folder, data, tanbiao } = placeFor(context);
  const rows = 200_000;
  const file = join(folder, 'year.csv');
  const line = (row: number) => `${new Date(t0 + row * minute).toISOString()},main,${(row / 1000).toFixed(3)}`;
  writeFileSync(file, `t,m,v\n${Array.from({ length: rows }, (_, row) => line(row)).join('\n')}\n`);
  writeFileSync(
    join(folder, 'map.yaml'),
    'kind: readings\ntime: { columns: [t] }\nvalues: [{ column: v, meter: { column: m }, point: energy_import }]\n',
  );
  const child = spawn(process.execPath, [...programOf(data), file, '--map', join(folder, 'map.yaml')], {
    stdio: 'ignore',
  });
  const gone = new Promise((resolve) => child.once('close', resolve));
  const begun = () => existsSync(join(data, 'store/tanbiao.duckdb.wal'));
  for (const end = performance.now() + 60_000; !begun() && performance.now() < end; )
    await new Promise((resolve) => setTimeout(resolve, 5));
  await new Promise((resolve) => setTimeout(resolve, 700));
  child.kill('SIGKILL');
  await gone;
  const done = existsSync(join(data, 'store')) ? (await stored(data)).time.length : 0;
  const again = JSON.parse(tanbiao(file, '--map', 'map.yaml', '--json').stdout) as { taken: number; known: number };
  assert.deepEqual([again.known, again.taken], [done, rows - done]);
  const { time, value, quarters } = await stored(data);
  assert.equal(time.length, rows);
  assert.equal(value.at(-1), (rows - 1) / 1000);
  assert.equal(quarters, rows - 1);
  const gaps = [
    programOf(data)[0] as string,
    programOf(data)[1] as string,
    'gaps',
    '--site',
    'golden',
    '--data',
    data,
    '--lang',
    'en',
  ];
  assert.equal(spawnSync(process.execPath, gaps, { encoding: 'utf8' }).stdout, 'no batch is missing\n');
});

test('bills and production go into the ledger once; a changed amount is a revision, and stays one', (context) => {
  const { folder, data, tanbiao } = placeFor(context);
  writeFileSync(
    join(folder, 'gas.yaml'),
    `kind: bills
numbers: { thousands: "," }
fields:
  carrier: { column: 能源, names: { 天然气: natural_gas, 柴油: diesel } }
  month: { column: 月份 }
  amount: { column: 用量 }
  unit: { column: 单位 }
  evidence: { column: 发票号 }
`,
  );
  const bills = (amount: string) =>
    `月份,能源,用量,单位,发票号\n2025年1月,天然气,"${amount}",Nm3,F1\n2025年2月,天然气,900,kWh,F2\n2025年3月,煤,1,t,F3\n2025年1月,天然气,1,Nm3,F1\n`;
  const file = join(folder, 'bills.csv');
  writeFileSync(file, bills('1,000'));
  const first = tanbiao(file, '--map', 'gas.yaml');
  assert.equal(first.status, 65);
  assert.match(first.stdout, /4 rows, 1 taken, 0 known, 3 rows wrong/);
  assert.match(first.stderr, /row 3, column "单位": unit: .*Nm3/);
  assert.match(first.stderr, /row 4, column "能源": the mapping's names do not have "煤"/);
  assert.match(first.stderr, /row 5: repeats row 2/);
  assert.match(tanbiao(file, '--map', 'gas.yaml').stdout, /0 taken, 1 known/);
  writeFileSync(join(folder, 'changed.csv'), bills('1,100'));
  assert.match(tanbiao('changed.csv', '--map', 'gas.yaml').stdout, /1 taken, 0 known/);
  assert.match(tanbiao(file, '--map', 'gas.yaml').stdout, /0 taken, 1 known/);

  writeFileSync(
    join(folder, 'made.yaml'),
    'kind: production\nfields: { product: castings, from: { column: from }, to: { column: to }, amount: { column: t }, unit: t }\n',
  );
  writeFileSync(join(folder, 'made.csv'), 'from,to,t\n2025-01-01,2025-01-31,120.5\n2025-12-01,2026-01-31,3\n');
  assert.match(
    tanbiao('made.csv', '--map', 'made.yaml').stderr,
    /row 3, column "to": to: the dates must be in order and in one year/,
  );
  const ledger = new SqliteLedger(join(data, 'ledger.sqlite'));
  const current = ledger
    .current()
    .map(({ entry }) =>
      'amount' in entry && 'from' in entry ? [entry.kind, entry.from, entry.to, entry.amount] : entry,
    );
  const revisions = ledger.history().length;
  ledger.close();
  assert.deepEqual(current, [
    ['booking', '2025-01-01', '2025-01-31', 1100],
    ['production', '2025-01-01', '2025-01-31', 120.5],
  ]);
  assert.equal(revisions, 3);
});

test('a bill of electricity says which supply it is of; two supplies of a month are two bills', (context) => {
  const { folder, data, tanbiao } = placeFor(context);
  writeFileSync(
    join(folder, 'power.yaml'),
    'kind: bills\nfields: { carrier: electricity, meter: { column: 表计 }, supply: { column: 户号 }, month: { column: 月份 }, amount: { column: 电量 }, unit: kWh }\n',
  );
  const rows = [
    '2025年1月,main,,9000',
    '2025年1月,,0351-1,500',
    '2025年1月,,0351-2,70',
    '2025年2月,,,8',
    '2025年3月,main,0351-1,9',
  ];
  writeFileSync(join(folder, 'power.csv'), `月份,表计,户号,电量\n${rows.join('\n')}\n`);
  const { stdout, stderr } = tanbiao('power.csv', '--map', 'power.yaml');
  assert.match(stdout, /5 rows, 3 taken, 0 known, 2 rows wrong/);
  for (const row of [5, 6])
    assert.match(stderr, new RegExp(`row ${row}: an electricity bill names its meter, or the supply`));
  const ledger = new SqliteLedger(join(data, 'ledger.sqlite'));
  const current = ledger
    .current()
    .flatMap(({ entry }) =>
      entry.kind === 'booking' ? [[entry.carrier, entry.meter, entry.supply, entry.amount]] : [],
    );
  ledger.close();
  assert.deepEqual(current, [
    ['electricity', 'main', undefined, 9000],
    ['electricity', undefined, '0351-1', 500],
    ['electricity', undefined, '0351-2', 70],
  ]);
});

test('a mapping that does not fit is refused before anything is read', (context) => {
  const { folder, tanbiao } = placeFor(context);
  writeFileSync(join(folder, 'map.yaml'), mapping);
  writeFileSync(join(folder, 'a.csv'), '日期,时间,时间,正向有功\n');
  const twice = tanbiao('a.csv', '--map', 'map.yaml');
  assert.equal(twice.status, 78);
  assert.match(twice.stderr, /has more than one column "时间"/);
  writeFileSync(join(folder, 'a.csv'), '日期,时刻,正向有功\n');
  assert.match(
    tanbiao('a.csv', '--map', 'map.yaml').stderr,
    /has no column "时间"; its head is: 日期, 时刻, 正向有功\./,
  );
  writeFileSync(join(folder, 'map.yaml'), `${mapping}\nheader: 2\n`);
  assert.match(
    tanbiao('a.csv', '--map', 'map.yaml').stderr,
    /map\.yaml:\d+:1 {2}header: unknown key "header"; allowed: /,
  );
});
