// Snapshots as people use them: sealed at the plant, verified in an empty folder, compared with the data of today.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Bridge, YearSeries } from '../snapshot/compare.ts';
import type { Listed } from '../snapshot/list.ts';
import type { Verification } from '../snapshot/verify.ts';
import { projectFolder } from './context.ts';
import { runSite } from './run-site.ts';
import { daysAgo, temporarySite } from './temporary-site.ts';

const folder = mkdtempSync(join(tmpdir(), 'tanbiao-snapshots-'));
const empty = join(folder, 'empty');
const site = ['--site', 'golden', '--data', join(folder, 'data')];
after(() => rmSync(folder, { recursive: true, force: true }));

type Ended = { code: number; stdout: string; stderr: string };

const tanbiao = (...args: string[]): Promise<Ended> =>
  new Promise((resolve) => {
    const all = ['--disable-warning=ExperimentalWarning', join(projectFolder, 'bin/tanbiao.ts'), ...args];
    const options = { cwd: empty, maxBuffer: 64_000_000, env: { ...process.env, LANG: 'C' } };
    execFile(process.execPath, all, options, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
  });

async function json<T>(...args: string[]): Promise<T> {
  const { code, stdout, stderr } = await tanbiao(...args, '--json');
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout) as T;
}

before(async () => {
  mkdirSync(empty);
  assert.equal((await tanbiao('demo', '--once', ...site, '--year', '2025')).code, 0);
});

test('a sealed year is verified in an empty folder from the file alone; a changed byte and another key are told by exit code 65', async () => {
  const { file } = await json<{ file: string }>('snapshots', 'make', ...site, '--year', '2025');
  const { fingerprint } = await json<{ fingerprint: string }>('snapshots', 'key', ...site);
  const copy = join(empty, 'copy.tanbiao');
  copyFileSync(file, copy);
  const { ok, figures } = await json<Verification>('verify', copy, '--key', fingerprint);
  assert.ok(ok && figures.length > 50 && figures.every(({ equal }) => equal));
  const sound = (await tanbiao('verify', copy, '--key', fingerprint, '--lang', 'zh')).stdout;
  assert.match(sound, /= tcace {2}A\.2 \(A\.1\) {2}可再生电力消费占比.* {2}32\.34398782 %\n/);
  assert.match(sound, /= tcace {2}结论 {2}（近）零碳工厂\n/);
  assert.match(sound, /核验通过\n签名密钥与给定的指纹一致。\n$/);
  const wrongKey = await tanbiao('verify', copy, '--key', '0'.repeat(64));
  assert.equal(wrongKey.code, 65);
  assert.match(
    wrongKey.stdout,
    /✗ it is signed by the key[\s\S]*\nNot sound because it is signed by the key [0-9a-f]{64}, not by 0{64}\n$/,
  );
  const altered = join(empty, 'altered.tanbiao');
  const bytes = readFileSync(copy);
  bytes[5_000] = (bytes[5_000] as number) ^ 1;
  writeFileSync(altered, bytes);
  const flipped = await tanbiao('verify', altered, '--lang', 'zh');
  assert.equal(flipped.code, 65);
  assert.match(flipped.stderr, /snapshot.json 已损坏或被改动/);
  assert.equal((await tanbiao('verify', join(empty, 'nowhere'))).code, 78);
  assert.deepEqual(readdirSync(empty).sort(), ['altered.tanbiao', 'copy.tanbiao']);
});

test('what comes in after sealing shows as what would change; its correction names the cause and adds up', async () => {
  assert.deepEqual(await json('snapshots', 'diff', '2025', ...site), []);
  const entry = '{kind: credit, id: late-2025, program: CCER, vintage: 2024, tonnes: 100, retiredFor: 2025}';
  await json('ledger', 'add', entry, ...site, '--author', 'Wang', '--reason', 'came late');
  const would = await json<Bridge[]>('snapshots', 'diff', '2025', 'now', ...site);
  assert.deepEqual(
    would.map(({ id, from, to }) => [id, from, to]).find(([id]) => id === 'credits_retired'),
    ['credits_retired', 300, 400],
  );
  assert.match((await tanbiao('snapshots', 'make', ...site, '--year', '2025')).stderr, /sealed already .*--cause/);
  await json('snapshots', 'make', ...site, '--year', '2025', '--cause', 'a credit came late', '--by', 'Wang');
  const list = await json<Listed[]>('snapshots', 'list', ...site);
  assert.deepEqual(
    list.map(({ name, state, cause }) => [name, state, cause]),
    [
      ['0001-2025', 'superseded', null],
      ['0002-2025', 'sealed', 'a credit came late'],
    ],
  );
  const [bridge] = await json<Bridge[]>('snapshots', 'bridge', '#1', '#2', ...site, '--figure', 'credits_retired');
  assert.deepEqual(bridge?.steps, [
    { causes: ['data_correction'], detail: { zh: '台账', en: 'ledger' }, change: '100' },
  ]);
  const [series] = await json<YearSeries[]>('snapshots', 'series', ...site, '--figure', 'credits_retired');
  assert.deepEqual(series?.values, [{ year: 2025, value: 400 }]);
  assert.match(
    (await tanbiao('snapshots', 'show', '2025', ...site)).stdout,
    /corrects [0-9a-f]{64}: a credit came late \(Wang\)/,
  );
  assert.match(
    (await tanbiao('snapshots', 'show', '2031', ...site)).stderr,
    /no snapshot "2031"; there are: 0001-2025, 0002-2025/,
  );
});

test('a plant that runs makes a draft and compares on demand, and refuses what may not be sealed', async (context) => {
  const {
    context: plant,
    siteFolder,
    beforeItGoes,
  } = temporarySite(context, 'golden', { start: daysAgo(2), withoutOpcua: true });
  const running = await runSite(plant, { signal: new AbortController().signal, port: 0 });
  beforeItGoes(() => running.stop());
  assert.ok(existsSync(join(plant.dataFolder, 'keys', 'snapshot.pem')));
  const own = ['--site', siteFolder, '--data', plant.dataFolder];
  const { file } = await json<{ file: string }>('snapshots', 'make', '--draft', ...own);
  assert.ok((await json<Verification>('verify', file)).ok);
  assert.ok(Array.isArray(await json<Bridge[]>('snapshots', 'diff', file, 'now', ...own)));
  const asked = ['report', 'energy', '--period', daysAgo(1).slice(0, 10), '--format', 'xlsx'];
  const report = await json<{ file: string }>(...asked, '--out', join(folder, 'reports'), ...own);
  assert.ok(existsSync(report.file));
  assert.deepEqual(await json('reports', 'list', ...own), []);
  const year = String(new Date().getUTCFullYear() + 1);
  const refused = await tanbiao('snapshots', 'make', '--year', year, ...own);
  assert.equal(refused.code, 69);
  assert.match(refused.stderr, /is not over: only a draft/);
});
