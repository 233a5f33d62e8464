// The golden plant through the whole chain as a user starts it: stored slots in, the standard's numbers out.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Calendar } from '../core/calendar.ts';
import type { Trace } from '../core/trace.ts';
import type { Score } from '../scoring/score.ts';
import type { TariffReport } from '../scoring/tariff/report.ts';
import { annualActivity, type Counted } from '../store/duckdb/annual-activity.fixture.ts';
import { projectFolder } from './context.ts';
import { figureNamed } from './figure-named.ts';

const folder = mkdtempSync(join(tmpdir(), 'tanbiao-golden-'));
const data = join(folder, 'data');
after(() => rmSync(folder, { recursive: true, force: true }));

type Ended = { code: number; stdout: string; stderr: string };

const tanbiao = (...args: string[]): Promise<Ended> =>
  new Promise((resolve) => {
    const all = ['--disable-warning=ExperimentalWarning', join(projectFolder, 'bin/tanbiao.ts'), ...args];
    execFile(
      process.execPath,
      all,
      { maxBuffer: 64_000_000, env: { ...process.env, LANG: 'C' } },
      (error, stdout, stderr) => {
        resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
      },
    );
  });

const site = ['--site', 'golden', '--data', data];
let first: Ended;
let summary: Score;

before(async () => {
  first = await tanbiao('demo', '--once', ...site, '--year', '2025', '--json');
  summary = JSON.parse(first.stdout) as Score;
});

test('prints one JSON object on stdout and nothing else, and tells its progress on stderr', () => {
  assert.equal(first.code, 0, first.stderr);
  assert.equal(first.stdout.trim().split('\n').length, 1);
  assert.match(first.stderr, /filling history .*100% .*350,410 readings/);
});

test('A.1 = 32.3440 %, A.2 = 4.3088 %, A.3 = 10.4974 %, CE = 4 847.6381 t, from stored slots; verdict met', () => {
  const values = Object.fromEntries(summary.indicators.map(({ id, value }) => [id, value]));
  for (const [name, actual, expected] of [
    ['A.1', values['ca-2'], 32.344],
    ['A.2', values['ca-3'], 4.3088],
    ['A.3', values['ca-4'], 10.4974],
    ['CE', summary.emissions.total_tCO2e, 4_847.6381],
  ] as const) {
    assert.ok(Math.abs((actual ?? 0) - expected) <= 1e-4, `${name} = ${actual}`);
  }
  assert.equal(summary.verdict, 'met');
  assert.deepEqual(summary.energy, {
    grid_import_kWh: 4_745_000,
    grid_export_kWh: 730_000,
    generated_kWh: 2_555_000,
    self_used_kWh: 1_825_000,
    consumed_kWh: 6_570_000,
    natural_gas_Nm3: 438_000,
    heat_GJ: 12_000,
  });
});

test('a second run fills nothing and says the same', async () => {
  const second = await tanbiao('demo', '--once', ...site, '--year', '2025', '--json');
  assert.doesNotMatch(second.stderr, /filling history/);
  assert.deepEqual(
    { ...JSON.parse(second.stdout), account: null, indicators: null },
    { ...summary, account: null, indicators: null },
  );
});

test('every figure opens by explain, down to meters with their slots, and factors with their source', async () => {
  const figures = [
    ...summary.indicators.map(({ id }) => id),
    ...Object.keys(summary.emissions).map((name) => `emissions.${name}`),
    ...Object.keys(summary.energy).map((name) => `energy.${name}`),
  ];
  for (const figure of ['ca-2', 'emissions.total_tCO2e']) {
    const { code, stdout, stderr } = await tanbiao('explain', figure, ...site, '--year', '2025', '--json');
    assert.equal(code, 0, stderr);
    assert.deepEqual(JSON.parse(stdout), figureNamed(summary, figure));
  }
  for (const figure of figures) {
    const trace = figureNamed(summary, figure);
    const leaves = (node: Trace): Trace[] => (node.parts.length === 0 ? [node] : node.parts.flatMap(leaves));
    for (const leaf of leaves(trace)) {
      if (leaf.meter !== undefined) assert.equal(leaf.meter.slots, 35_040);
      else if (leaf.factor !== undefined) assert.ok(leaf.factor.source.length > 0 && leaf.factor.confidence.length > 0);
      else assert.ok(leaf.ledger !== undefined || leaf.id === 'co2_per_carbon', `${figure} ends at ${leaf.id}`);
    }
  }
});

test('a meter opens to its slots, and a day of it to the registers that were read', async () => {
  const meter = (...args: string[]) =>
    tanbiao('explain', 'main.energy_import', ...site, '--year', '2025', '--json', ...args);
  const { slots } = JSON.parse((await meter('--slots', 'day')).stdout) as { slots: { value: number }[] };
  assert.equal(slots.length, 365);
  assert.ok(slots.every(({ value }) => value === 13_000));
  const { samples } = JSON.parse((await meter('--samples', '2025-03-01')).stdout) as { samples: { value: number }[] };
  assert.equal(samples.length, 96);
  assert.equal(samples[0]?.value, 1_000 + 59 * 13_000);
});

test('SQL over the raw readings of the year gives the same activity data', async () => {
  const year = new Calendar('Asia/Shanghai').year(2025);
  const counted: Counted[] = [
    { plant: '', quantity: 'grid_import', meter: 'main', point: 'energy_import' },
    { plant: '', quantity: 'export', meter: 'main', point: 'energy_export' },
    { plant: '', quantity: 'generated', meter: 'pv-roof', point: 'energy_generated' },
    { plant: '', quantity: 'natural_gas', meter: 'gas-main', point: 'gas_volume' },
  ];
  const sql = (await annualActivity(join(data, 'store'), counted, year)).get('') ?? {};
  for (const [quantity, slots] of [
    ['grid_import', summary.energy.grid_import_kWh],
    ['export', summary.energy.grid_export_kWh],
    ['generated', summary.energy.generated_kWh],
    ['self_used', summary.energy.self_used_kWh],
    ['natural_gas', summary.energy.natural_gas_Nm3],
  ] as const) {
    assert.ok(slots != null && slots > 0);
    assert.ok(Math.abs((sql[quantity] ?? 0) - slots) <= 1e-9 * slots, `${quantity}: ${sql[quantity]}, ${slots}`);
  }
});

test('other standards are judged on the same data, and the way to the next grade is told', async () => {
  for (const [pack, verdict] of [
    ['cq-guide', 'none'],
    ['miit-zcf-2026', 'not_assessable'],
  ] as const) {
    const { stdout, stderr } = await tanbiao('score', ...site, '--year', '2025', '--pack', pack, '--json');
    assert.equal((JSON.parse(stdout) as { verdict: string }).verdict, verdict, `${pack} ${stderr}`);
  }
  const early = await tanbiao('score', ...site, '--year', '2025', '--as-of', '2020-01-01', '--json');
  const { verdict, indicators } = JSON.parse(early.stdout) as Score;
  assert.equal(verdict, 'not_met');
  assert.ok(Math.abs((indicators.find(({ id }) => id === 'ca-2')?.value ?? 0) - 27.7778) < 1e-4);
  const way = JSON.parse((await tanbiao('plan', ...site, '--year', '2025', '--json')).stdout) as {
    gaps: unknown[];
    next: unknown;
  };
  assert.deepEqual([way.gaps, way.next], [[], null]);
});

test('a day costs what its hours and prices say, and a stretch that is none is refused', async () => {
  const cost = (from: string, to: string) => tanbiao('cost', ...site, '--from', from, '--to', to, '--json');
  const { stdout, stderr } = await cost('2025-03-03', '2025-03-03');
  const { total, flat, versions } = JSON.parse(stdout || stderr) as TariffReport;
  assert.deepEqual([total.energy, total.cost, flat, total.coverage], [13_000, '7290', '6500', 1]);
  assert.deepEqual(
    versions.map(({ table }) => table),
    ['SX-2021-479'],
  );
  const refused = await cost('2025-03-03', '2025-03-02');
  assert.equal(refused.code, 78);
  assert.match(refused.stderr, /--to must not be before --from/);
});

test('a park counts its factories from their scores, into entries that its ledger takes', async () => {
  const [score, entries] = [join(folder, 'mill.json'), join(folder, 'park.yaml')];
  writeFileSync(score, first.stdout);
  const { stdout, stderr } = await tanbiao('park', score, '--year', '2025', '--enterprises', '5');
  assert.match(stderr, /zero-carbon: 1 {2}golden/);
  writeFileSync(entries, stdout);
  const into = ['--site', 'golden', '--data', join(folder, 'park'), '--author', 'li', '--reason', 'scores of 2025'];
  assert.equal((await tanbiao('ledger', 'import', entries, ...into)).stdout.trim(), '2 new revisions');
  const wrong = await tanbiao('park', entries, '--year', '2025', '--enterprises', '5');
  assert.equal(wrong.code, 65);
  assert.match(wrong.stderr, /is no score: make one with "tanbiao score --json"/);
});

/** What goes wrong before the store is opened, so that many may go wrong at once. */
const early = [
  [['score', '--site', 'nowhere'], 78, /no site "nowhere": there is no site.yaml/],
  [['score', '--site', 'golden', '--data', join(folder, 'empty')], 69, /there are no data in .*start the site first/],
  [['up', '--site', 'golden', '--data', join(folder, 'empty')], 78, /virtual plant .*: start it with "tanbiao demo"/],
  [['gateway', '--site', 'golden', '--data', join(folder, 'empty')], 78, /points to a virtual plant/],
  [['demo', '--once', ...site], 78, /--once needs --year/],
] as const;

const late = [
  [['explain', 'ca-9', ...site, '--year', '2025'], 78, /no figure "ca-9"\. There are:\n {2}ca-1 +digital/],
  [['score', ...site, '--year', 'last'], 78, /"last" is not a year/],
  [['score', ...site, '--pack', 'iso'], 78, /no pack "iso"; there are: /],
] as const;

async function failsWell([args, code, pattern]: readonly [readonly string[], number, RegExp]): Promise<void> {
  const ended = await tanbiao(...args);
  assert.match(ended.stderr, pattern);
  assert.equal(ended.code, code, args.join(' '));
  assert.equal(ended.stdout, '');
  const chinese = await tanbiao(...args, '--lang', 'zh');
  assert.match(chinese.stderr, /[一-龥]{2}/);
}

test('a command that cannot do its work says why and what to do, in both languages, with its exit code', async () => {
  await Promise.all(early.map(failsWell));
  for (const one of late) await failsWell(one);
});

test('every command explains itself', async () => {
  const { stdout } = await tanbiao('--help');
  const commands = [
    'up',
    'demo',
    'gateway',
    'ingest',
    'scoring',
    'dashboards',
    'config',
    'score',
    'explain',
    'snapshots',
    'verify',
    'packs',
    'factors',
    'ledger',
    'park',
  ];
  await Promise.all(
    commands.map(async (command) => {
      assert.match(stdout, new RegExp(`^ {2}${command}\\b`, 'm'));
      const help = await tanbiao(command, '--help');
      assert.equal(help.code, 0);
      assert.match(help.stdout, /Usage: tanbiao/);
    }),
  );
});
