// A park of factories on the command line: one hands in a sealed snapshot, one a live score, and the park is judged by both.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { inputs } from '../scoring/golden.fixture.ts';
import { loadPack } from '../scoring/pack.ts';
import { type Score, scoreSite } from '../scoring/score.ts';
import { bundle, first } from '../snapshot/golden.fixture.ts';
import { plantKey } from '../snapshot/key.ts';
import { projectFolder } from './context.ts';

const root = mkdtempSync(join(tmpdir(), 'tanbiao-park-'));
after(() => rmSync(root, { recursive: true, force: true }));
const file = (name: string) => join(root, name);
const park = (...args: string[]) => {
  const all = ['--disable-warning=ExperimentalWarning', join(projectFolder, 'bin/tanbiao.ts'), 'park'];
  return spawnSync(process.execPath, [...all, ...args, '--year', '2025', '--lang', 'en'], { encoding: 'utf8' });
};

/** What the two hand in is the golden plant twice. */
const { bytes } = await bundle(plantKey(root));
writeFileSync(file('mill.tanbiao'), bytes);
const live = { ...scoreSite(inputs(), loadPack('tcace')), site: 'dye' };
writeFileSync(file('dye.json'), JSON.stringify({ ...live, verdict: 'not_met', verdictName: null }));
mkdirSync(file('park'));
writeFileSync(
  file('park/site.yaml'),
  `site: park
name: {zh: 园区（虚构）, en: Park (fictional)}
gateways:
  - {id: gw-1, connections: [{id: lamps, protocol: opcua, endpoint: sim}]}
meters:
  - {id: lamps, name: {zh: 路灯, en: Lamps}, connection: lamps, nodes: {energy_import: "ns=1;s=lamps"}, role: none}
packs: [sx-park-industrial]
factors: {grid: {region: CN, dataYear: 2023}}
`,
);
writeFileSync(
  file('park/ledger.yaml'),
  `entries:
  - {kind: base_year, id: base, year: 2020, reason: 创建方案}
  - {kind: fact, id: net-2020, name: net_emissions, year: 2020, value: 20000, unit: tCO2e}
  - {kind: fact, id: value-2020, name: added_value, year: 2020, value: 10000, unit: 万元}
  - {kind: fact, id: value-2025, name: added_value, year: 2025, value: 20000, unit: 万元}
  - {kind: fact, id: sinks, name: carbon_sinks, year: 2025, value: 1000, unit: tCO2e}
`,
);
mkdirSync(file('park/overlays'));
writeFileSync(
  file('park/overlays/sx-park-industrial.yaml'),
  'schema: 1\npack: sx-park-industrial\nchoices:\n  net_emissions: {option: offset, reason: 算例}\n',
);
const judged = ['--site', file('park'), '--data', file('data'), '--pack', 'sx-park-industrial'];

test('a park is judged by a snapshot and a live score: sums, net emissions, and the share of zero-carbon factories', () => {
  const { stdout, stderr } = park(file('mill.tanbiao'), file('dye.json'), '--enterprises', '8', ...judged, '--json');
  assert.match(stderr, /zero-carbon: 1 {2}golden/);
  const score = JSON.parse(stdout) as Score;
  const found = (id: string) => score.indicators.find((one) => one.id === id);
  assert.equal(score.account.electricity_consumed?.value, 2 * 6_570_000);
  assert.equal(score.account.electricity_consumed?.coverage, 1);
  assert.deepEqual([found('sxp-18')?.value, found('sxp-18')?.met], [12.5, false]);
  // Net: 2 × (4 847.638148 − 300) − 1 000 over 20 000 万元; 2020: 20 000 t over 10 000.
  const net = 2 * (4_847.638148 - 300) - 1_000;
  assert.ok(Math.abs((found('sxp-01')?.value ?? 0) - (1 - net / 20_000 / 2) * 100) < 1e-4);
  assert.match(JSON.stringify(found('sxp-01')?.trace), /the score of golden for 2025, sha256:[0-9a-f]{64}/);
});

test('without a standard it prints what the ledger of the park takes; a table for people with one', () => {
  const counted = park(file('mill.tanbiao'), '--enterprises', '4');
  assert.match(counted.stdout, /"name":"zero_carbon_enterprises","value":1,"note":"golden tcace sha256:[0-9a-f]{64}"/);
  const table = park(file('mill.tanbiao'), '--enterprises', '4', ...judged);
  assert.match(table.stdout, /sxp-18/);
  assert.match(
    park(file('mill.tanbiao'), '--enterprises', '4', '--pack', 'ndrc-park-2025').stderr,
    /name the park's folder with --site/,
  );
});

test('a draft is no snapshot to be judged by', async () => {
  const draft = await bundle(plantKey(root), {}, { ...first, number: 0, state: 'draft' });
  writeFileSync(file('draft.tanbiao'), draft.bytes);
  const refused = park(file('draft.tanbiao'), '--enterprises', '4');
  assert.equal(refused.status, 65);
  assert.match(refused.stderr, /is a draft, not a sealed snapshot/);
});

test('a snapshot that was changed is refused, and so is the account of a park that has a main meter', () => {
  const spoiled = Buffer.from(bytes);
  spoiled[Math.floor(spoiled.length / 2)] = (spoiled[Math.floor(spoiled.length / 2)] ?? 0) ^ 1;
  writeFileSync(file('spoiled.tanbiao'), spoiled);
  const refused = park(file('spoiled.tanbiao'), '--enterprises', '4');
  assert.notEqual(refused.status, 0);
  assert.equal(refused.stdout, '');
  const metered = park(
    file('mill.tanbiao'),
    '--enterprises',
    '4',
    '--site',
    'golden',
    '--data',
    file('golden'),
    '--pack',
    'tcace',
  );
  assert.equal(metered.status, 78);
  assert.match(metered.stderr, /the park has a main meter of its own, main/);
});
