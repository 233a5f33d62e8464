// What docs/standards.md shows is run here: a standard that the product does not have, written in the site folder as a user would.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseYaml } from '../core/config/yaml-file.ts';
import { ledgerFileSchema } from '../core/ledger.ts';
import { inputs } from '../scoring/golden.fixture.ts';
import { loadPack } from '../scoring/pack.ts';
import { scoreSite } from '../scoring/score.ts';
import { projectFolder } from './context.ts';

const text = readFileSync(join(projectFolder, 'docs/standards.md'), 'utf8');
const blocks = [...text.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, block = '']) => block);

test('the standard of the page is sound, is listed, and comes to the points that the page says', (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'tanbiao-standard-'));
  context.after(() => rmSync(folder, { recursive: true }));
  cpSync(join(projectFolder, 'deploy/sites/golden/site.yaml'), join(folder, 'site.yaml'));
  const tanbiao = (...args: string[]) => {
    const all = ['--disable-warning=ExperimentalWarning', join(projectFolder, 'bin/tanbiao.ts'), ...args];
    return spawnSync(process.execPath, [...all, '--site', folder, '--lang', 'en'], { encoding: 'utf8' });
  };
  const made = tanbiao('packs', 'new', 'seesa-010');
  const file = join(folder, 'packs/seesa-010.yaml');
  assert.equal(made.stdout.trim(), file, made.stderr);
  writeFileSync(file, blocks[0] ?? '');
  const lint = tanbiao('packs', 'lint', 'seesa-010');
  assert.equal(lint.stdout.trim(), '✓ seesa-010 is sound', lint.stderr);
  assert.match(tanbiao('packs', 'list').stdout, /seesa-010 +FOUND +Zero-carbon parks/);

  const { value, problems } = parseYaml(blocks[2] ?? '', 'ledger', ledgerFileSchema);
  assert.deepEqual(problems, []);
  const given = inputs({ ledger: (entries) => [...entries, ...(value?.entries ?? [])] });
  const silent = scoreSite(given, loadPack('seesa-010', folder));
  assert.deepEqual([silent.verdict, silent.total?.score], ['not_assessable', null]);
  mkdirSync(join(folder, 'overlays'));
  writeFileSync(join(folder, 'overlays/seesa-010.yaml'), blocks[1] ?? '');
  const score = scoreSite(given, loadPack('seesa-010', folder));
  assert.deepEqual(
    score.indicators.map(({ value: share, score: points }) => [share, points]),
    [
      [55, 10],
      [12.5, 10],
      [90, 72],
    ],
  );
  assert.deepEqual([score.total?.score, score.verdictName?.en], [92, 'leading level']);
  assert.match(score.supplied.map(({ reason }) => reason).join(), /管委会 2025-03 会议纪要/);
});
