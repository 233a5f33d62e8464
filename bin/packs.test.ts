// The standards on the command line, as an author of one meets them.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { projectFolder } from './context.ts';

const folder = mkdtempSync(join(tmpdir(), 'tanbiao-packs-'));
after(() => rmSync(folder, { recursive: true, force: true }));
cpSync(join(projectFolder, 'deploy/sites/golden/site.yaml'), join(folder, 'site.yaml'));

const packs = (...args: string[]) => tanbiao('packs', ...args);

const tanbiao = (...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> =>
  new Promise((resolve) => {
    const all = ['--disable-warning=ExperimentalWarning', join(projectFolder, 'bin/tanbiao.ts'), ...args];
    execFile(process.execPath, all, { env: { ...process.env, LANG: 'C' } }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
  });

test('list, show and lint speak of the nine standards', async () => {
  const [list, show, lint] = await Promise.all([packs('list', '--json'), packs('show', 'sx-factory'), packs('lint')]);
  const known = JSON.parse(list.stdout) as { id: string; indicators: number; kind: string }[];
  assert.deepEqual(
    known.map(({ id, indicators }) => [id, indicators]),
    [
      ['cq-guide', 10],
      ['gd-factory', 0],
      ['miit-zcf-2026', 11],
      ['ndrc-park-2025', 6],
      ['sx-factory', 11],
      ['sx-park-agricultural', 14],
      ['sx-park-industrial', 14],
      ['sx-park-tourism', 14],
      ['tcace', 4],
    ],
  );
  assert.match(show.stdout, /sxf-04 .*a minimum that is not stated\s+\[not stated\]/);
  assert.match(show.stdout, /fact net_emissions \(tCO2e, base year\)/);
  assert.match(show.stdout, /output_ratio .*output-value \| added-value/);
  assert.equal(lint.code, 0, lint.stderr);
  assert.equal(lint.stdout.trim().split('\n').length, 9);
});

test('a new standard is sound from its first line, and its mistakes are told with their place', async () => {
  const made = await packs('new', 'our-own', '--site', folder);
  const file = join(folder, 'packs/our-own.yaml');
  assert.equal(made.stdout.trim(), file);
  assert.equal((await packs('lint', 'our-own', '--site', folder)).code, 0);
  writeFileSync(
    file,
    readFileSync(file, 'utf8').replace(
      'formula: net_emissions / output_value',
      'formula: net_emissions * output_value',
    ),
  );
  const wrong = await packs('lint', 'our-own', '--site', folder);
  assert.equal(wrong.code, 78);
  assert.match(wrong.stderr, /our-own\.yaml:\d+:\d+ {2}indicators\.0\.formula: the formula has the unit/);
  assert.equal((await packs('new', 'tcace', '--site', folder)).code, 78);
  const ofSoftware = await packs('new', 'our-own', '--site', 'golden');
  assert.equal(ofSoftware.code, 78);
  assert.match(ofSoftware.stderr, /golden comes with the software and is not written to: copy it/);
  assert.ok(!existsSync(join(projectFolder, 'deploy/sites/golden/packs')));
  assert.match((await packs('new', 'x')).stderr, /name the site folder with --site/);
});

test('factors are listed with their confidence, and told apart from year to year', async () => {
  const [list, diff, unknown] = await Promise.all([
    tanbiao('factors', 'show', 'grid_residual'),
    tanbiao('factors', 'diff', 'grid_average', '2022', '2023', '--region', 'CN-SX', '--json'),
    tanbiao('factors', 'show', 'weather'),
  ]);
  assert.match(list.stdout, /CN 2021 .*0\.5942 kgCO2\/kWh {2}RECALLED {2}公告2024年第12号/);
  assert.deepEqual(
    (JSON.parse(diff.stdout) as { from: number; to: number }[]).map(({ from, to }) => [from, to]),
    [[0.7096, 0.6634]],
  );
  assert.equal(unknown.code, 78);
});

test('the sites of the product are sound, with their overlays, measures and ledgers', async () => {
  for (const site of ['demo', 'golden']) {
    const { code, stderr } = await tanbiao('config', 'check', site);
    assert.equal(code, 0, stderr);
  }
});
