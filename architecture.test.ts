// Keeps the house in order: which room may import which, who owns a foreign package, and that the documents speak of what exists.
import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { dirname, join, normalize } from 'node:path';
import { test } from 'node:test';

const root = import.meta.dirname;
const rooms = ['core', 'gateway', 'ingest', 'store', 'scoring', 'snapshot', 'dashboards', 'simulators', 'bin'] as const;

/** Which rooms a room may import; `bin` may import anything. */
const mayImport: Record<string, readonly string[]> = {
  core: [],
  gateway: ['core'],
  ingest: ['core'],
  store: ['core'],
  scoring: ['core'],
  snapshot: ['core', 'scoring'],
  dashboards: ['core', 'scoring', 'snapshot'],
  // Simulators speak with the gateway's own templates and register codecs, and with nothing else of it.
  simulators: [
    'core',
    'gateway/template.ts',
    'gateway/modbus/registers.ts',
    'gateway/modbus/decode.ts',
    'gateway/modbus/read-plan.ts',
    'gateway/line/byte-stream.ts',
  ],
};

/** Tests may also set up a peer: a simulator for the gateway, a store for ingest, a site for anyone. */
const testsMayImport: Record<string, readonly string[]> = {
  gateway: ['simulators', 'ingest', 'store', 'bin/bench-report.ts'],
  ingest: ['store', 'gateway', 'simulators'],
  dashboards: ['bin', 'simulators', 'store'],
  simulators: ['gateway'],
  store: ['ingest'],
  scoring: ['store', 'bin'],
  snapshot: ['store', 'bin'],
};

const opcua = ['gateway/opcua/', 'simulators/opcua-server.ts'];

/** Where each foreign package may be imported. What is not listed may not be imported at all. */
const owners: Record<string, readonly string[]> = {
  '@grafana/grafana-foundation-sdk': ['dashboards/grafana/'],
  '@duckdb/node-api': ['store/duckdb/'],
  '@duckdb/node-bindings': ['store/duckdb/'],
  '@influxdata/influxdb-client': ['store/influx/'],
  '@preact/signals': ['dashboards/web/'],
  aedes: ['ingest/broker.ts'],
  commander: ['bin/'],
  croner: ['snapshot/'],
  express: ['dashboards/api/'],
  hucre: ['ingest/import/spreadsheet.ts', 'snapshot/report/xlsx.ts'],
  mathjs: ['scoring/expression.ts'],
  mqtt: ['core/broker-link.ts'],
  'node-opcua-certificate-manager': opcua,
  'node-opcua-client': opcua,
  'node-opcua-debug': opcua,
  'node-opcua-secure-channel': opcua,
  'node-opcua-server': opcua,
  'node-opcua-variant': opcua,
  pino: ['core/log.ts'],
  serialport: ['gateway/line/byte-stream.ts'],
  preact: ['dashboards/web/'],
  uplot: ['dashboards/web/'],
  vite: ['dashboards/web/vite.config.ts'],
  yaml: ['core/config/yaml-file.ts', 'bin/temporary-site.ts'],
  zod: [
    'core/',
    'gateway/',
    'ingest/',
    'scoring/',
    'snapshot/',
    'dashboards/alarms/',
    'dashboards/api/',
    'simulators/',
    'bin/generate.ts',
    'bin/backup.ts',
    'bin/control.ts',
    'bin/snapshot-work.ts',
  ],
};

const testPackages = ['fast-check', 'pino', 'mqtt', 'playwright-core', 'ajv', 'axe-core', 'yaml', 'zod'];

type Import = { file: string; target: string; isTest: boolean };

const isTestFile = (file: string): boolean =>
  /\.(test|bench|fuzz|chaos|fixture)\.tsx?$/.test(file) || file === 'store/contract.ts';
const sources = rooms
  .flatMap((room) => globSync(`${room}/**/*.{ts,tsx}`, { cwd: root }))
  .filter((file) => !file.includes('/dist/'));

const importing =
  /(?:^|\n)(?:import|export)\b[^;]*?\bfrom\s+'([^']+)'|(?:^|\n)import\s+'([^']+)'|\bimport\(\s*'([^']+)'\s*\)/g;

export function importsOf(file: string, text: string): Import[] {
  return [...text.matchAll(importing)].map(([, from, bare, dynamic]) => ({
    file,
    target: from ?? bare ?? dynamic ?? '',
    isTest: isTestFile(file),
  }));
}

export function refusalOf({ file, target, isTest }: Import): string | undefined {
  const room = file.split('/')[0] ?? '';
  if (target.startsWith('node:') || builtinModules.includes(target)) return undefined;
  if (target.startsWith('.')) {
    const path = normalize(join(dirname(file), target));
    const other = path.split('/')[0] ?? '';
    if (other === room || room === 'bin') return undefined;
    const allowed = [...(mayImport[room] ?? []), ...(isTest ? (testsMayImport[room] ?? []) : [])];
    return allowed.some((one) => path === one || path.startsWith(`${one}/`))
      ? undefined
      : `${file}: ${room} may not import ${path}`;
  }
  const name = target.startsWith('@') ? target.split('/').slice(0, 2).join('/') : (target.split('/')[0] ?? '');
  if (isTest && testPackages.includes(name)) return undefined;
  const places = owners[name];
  if (places === undefined) return `${file}: ${name} has no owner; give it one in architecture.test.ts`;
  return places.some((place) => file.startsWith(place))
    ? undefined
    : `${file}: ${name} belongs to ${places.join(' and ')}`;
}

test('rooms import only what they may, and each foreign package has its owner', () => {
  const refusals = sources
    .flatMap((file) => importsOf(file, readFileSync(join(root, file), 'utf8')))
    .flatMap((one) => refusalOf(one) ?? []);
  assert.deepEqual(refusals, []);
});

for (const [file, line, expected] of [
  ['gateway/poller.ts', "import { Committer } from '../ingest/committer.ts';", /gateway may not import ingest/],
  ['core/clock.ts', "import { scoreSite } from '../scoring/score.ts';", /core may not import scoring/],
  [
    'scoring/score.ts',
    "const { DuckdbStore } = await import('../store/duckdb/duckdb-store.ts');",
    /scoring may not import store/,
  ],
  ['ingest/main.ts', "import { SerialPort } from 'serialport';", /serialport belongs to gateway/],
  ['core/units.ts', "import left from 'left-pad';", /left-pad has no owner/],
  [
    'simulators/device.ts',
    "import { Poller } from '../gateway/poller.ts';",
    /simulators may not import gateway\/poller/,
  ],
] as const) {
  test(`${file} may not say: ${line}`, () => {
    const [one] = importsOf(file, line);
    assert.ok(one);
    assert.match(refusalOf(one) ?? '', expected);
  });
}

test('every dependency that is declared has an owner, and no owner lacks its dependency', () => {
  const { dependencies, devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const declared = new Set([...Object.keys(dependencies), ...Object.keys(devDependencies)]);
  const tools = ['node', 'typescript', '@types/node', '@types/express', '@biomejs/biome'];
  const known = new Set([...Object.keys(owners), ...testPackages, ...tools]);
  assert.deepEqual(
    [...declared].filter((name) => !known.has(name)),
    [],
  );
  assert.deepEqual(
    Object.keys(owners).filter((name) => !declared.has(name)),
    [],
  );
});

test('no folder is named after nothing in particular, and no file only passes others on', () => {
  const folders = new Set(sources.flatMap((file) => file.split('/').slice(0, -1)));
  assert.deepEqual(
    [...folders].filter((name) => /^(utils?|common|helpers?|lib|misc|shared)$/.test(name)),
    [],
  );
  assert.deepEqual(
    sources.filter((file) => /(^|\/)index\.tsx?$/.test(file)),
    [],
  );
});

test('every source file says in its first line what it owns', () => {
  const silent = sources.filter(
    (file) => !isTestFile(file) && !/^(#!.*\n)?(\/\/|\/\*) \S/.test(readFileSync(join(root, file), 'utf8')),
  );
  assert.deepEqual(silent, []);
});

test('paths that the documents name exist', () => {
  const documents = [
    'README.md',
    'README.en.md',
    'ARCHITECTURE.md',
    'CONTRIBUTING.md',
    ...globSync('docs/**/*.md', { cwd: root }),
  ];
  const missing = documents.flatMap((document) => {
    const text = readFileSync(join(root, document), 'utf8');
    const named = [
      ...text.matchAll(
        /`((?:core|gateway|ingest|store|scoring|snapshot|dashboards|simulators|deploy|bin|docs)\/[^`\s*<>…]*)`/g,
      ),
    ].map(([, path = '']) => path);
    return named.filter((path) => !existsSync(join(root, path))).map((path) => `${document}: ${path}`);
  });
  assert.deepEqual(missing, []);
});
