// A backup is taken while readings come in, restored, and gives the same scores; a damaged one is told.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { test } from 'node:test';
import { canonicalJson, sha256 } from '../core/canonical.ts';
import { systemClock } from '../core/clock.ts';
import { openAccessFile } from '../dashboards/access/access-file.ts';
import { plantKey } from '../snapshot/key.ts';
import { draftYear } from '../snapshot/make.ts';
import { DuckdbStore } from '../store/duckdb/duckdb-store.ts';
import type { Manifest } from './backup.ts';
import { projectFolder } from './context.ts';
import { askRunning } from './control.ts';
import { runSite } from './run-site.ts';
import { whoRuns } from './running.ts';
import { software } from './software.ts';
import { daysAgo, temporarySite } from './temporary-site.ts';

type Ended = { code: number; stdout: string; stderr: string };

const tanbiao = (...args: string[]): Promise<Ended> =>
  new Promise((resolve) => {
    const all = [
      '--disable-warning=ExperimentalWarning',
      join(projectFolder, 'bin/tanbiao.ts'),
      ...args,
      '--lang',
      'en',
    ];
    execFile(process.execPath, all, { maxBuffer: 64_000_000 }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
  });

const everything = { start: 0, end: Date.UTC(2100, 0) };
const key = { meter: 'main', point: 'energy_import' } as const;

test('a running site is backed up, restored and verified, and what was altered shows', {
  timeout: 600_000,
}, async (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'tanbiao-backup-'));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  const { context: site, siteFolder } = temporarySite(context, 'golden', { start: daysAgo(40), withoutOpcua: true });
  const stop = new AbortController();
  const named = ['--site', siteFolder, '--data', site.dataFolder];
  const running = await runSite(site, { signal: stop.signal, port: 0 });
  // A table is taken by the running site, too.
  writeFileSync(join(folder, 'old.csv'), 't,v\n2020-01-01 00:00,5\n2020-01-01 00:15,6.5\n');
  writeFileSync(
    join(folder, 'map.yaml'),
    'kind: readings\ntime: { columns: [t] }\nvalues: [{ column: v, meter: main, point: energy_import }]\n',
  );
  for (const [taken, known] of [
    [2, 0],
    [0, 2],
  ]) {
    const imported = await tanbiao(
      'import',
      join(folder, 'old.csv'),
      '--map',
      join(folder, 'map.yaml'),
      ...named,
      '--json',
    );
    assert.equal(imported.code, 0, imported.stderr);
    assert.partialDeepStrictEqual(JSON.parse(imported.stdout), { taken, known, wrong: 0 });
  }
  assert.deepEqual((await running.chain.store.samples(key, { start: 0, end: Date.UTC(2021, 0) })).value, [5, 6.5]);
  assert.ok(running.ledger.current().some(({ entry }) => entry.kind === 'import' && entry.readings === 2));
  mkdirSync(join(site.dataFolder, 'evidence'));
  writeFileSync(join(site.dataFolder, 'evidence', sha256('proof')), 'proof');
  const { access } = running.dashboards ?? assert.fail('no dashboards');
  access.users.add({ name: 'li', role: 'admin', expires: null }, Date.now());
  access.sessions.start('li', Date.now());
  const shop = { site: site.site, dataFolder: site.dataFolder, store: running.store, ledger: running.ledger };
  const draft = await draftYear({ ...shop, clock: systemClock, software }, Number(daysAgo(0).slice(0, 4)), 12);
  const kept = {
    'reports/history.jsonl': '{"outcome":"seen"}\n',
    'pki/trusted/plc.pem': 'a device',
    'alarms.yaml': 'keep: 30d\n',
  };
  for (const [name, content] of Object.entries({ ...kept, 'reports/half.pdf.part': 'not yet' })) {
    mkdirSync(dirname(join(site.dataFolder, name)), { recursive: true });
    writeFileSync(join(site.dataFolder, name), content);
  }
  const [month = ''] = await (running.chain.store as DuckdbStore).monthsToCompact(Date.now());
  await (running.chain.store as DuckdbStore).compact(month);
  const target = join(folder, 'saved');
  const made = await tanbiao('backup', target, ...named, '--json');
  assert.equal(made.code, 0, made.stderr);
  const { at, files, scores } = JSON.parse(made.stdout) as Manifest;
  const names = files.map(({ path }) => path);
  for (const name of [
    'store/tanbiao.duckdb',
    `store/months/${month}.1.parquet`,
    'ledger.sqlite',
    'late.sqlite',
    'site/site.yaml',
  ])
    assert.ok(names.includes(name), `${name} in ${names.join(' ')}`);
  assert.ok(!names.some((name) => /credential|spool/.test(name)));
  assert.equal(scores.length, 2);
  assert.match((await tanbiao('backup', target, ...named)).stderr, /saved exists: choose another name/);

  // Nobody else may ask, and nothing else may be asked.
  const { control = '' } = whoRuns(site.dataFolder) ?? {};
  const asked = await fetch(`${control}/backup`, {
    method: 'POST',
    headers: { authorization: 'Bearer wrong' },
    body: `${target}2`,
  });
  assert.equal(asked.status, 401);
  await assert.rejects(askRunning(site.dataFolder, 'restore', ''), /does not answer: HTTP 404/);
  const before = await running.chain.store.samples(key, { start: 0, end: Date.parse(at) - 120_000 });
  stop.abort();
  await running.stop();

  const data = join(folder, 'restored');
  const restored = await tanbiao('restore', target, '--data', data, '--verify');
  assert.equal(restored.code, 0, restored.stdout + restored.stderr);
  assert.equal(restored.stdout.match(/✓ the score tcace \d{4} is the same to the byte/g)?.length, 2);
  assert.equal(readFileSync(join(data, 'evidence', sha256('proof')), 'utf8'), 'proof');
  for (const [name, content] of Object.entries(kept)) assert.equal(readFileSync(join(data, name), 'utf8'), content);
  assert.ok(!existsSync(join(data, 'reports/half.pdf.part')));
  assert.deepEqual(readFileSync(join(data, 'snapshots', basename(draft.file))), readFileSync(draft.file));
  assert.equal(
    plantKey(data).fingerprint,
    plantKey(site.dataFolder).fingerprint,
    'the same key, which others cannot read',
  );
  const opened = openAccessFile(data);
  assert.deepEqual(
    opened
      .prepare('SELECT name, role FROM user')
      .all()
      .map((row) => ({ ...row })),
    [{ name: 'li', role: 'admin' }],
  );
  assert.equal(opened.prepare('SELECT count(*) AS count FROM session').get()?.count, 0);
  opened.close();
  const store = await DuckdbStore.open(join(data, 'store'));
  const after = await store.samples(key, everything);
  await store.close();
  assert.ok(before.time.length > 1_000);
  assert.deepEqual(after.time.slice(0, before.time.length), before.time);
  assert.match(
    (await tanbiao('restore', target, '--data', data)).stderr,
    /is not empty: restoring writes over nothing/,
  );

  // A score that the readings do not give is found, although nothing of the backup is damaged.
  const file = join(target, scores[0]?.file ?? '');
  const manifest = JSON.parse(readFileSync(join(target, 'manifest.json'), 'utf8')) as Manifest;
  const score = readFileSync(file, 'utf8').replace(/"verdict":"[^"]*"/, '"verdict":"met"');
  writeFileSync(file, score);
  const damaged = await tanbiao('restore', target, '--data', join(folder, 'other'));
  assert.match(damaged.stderr, /the backup is damaged; not as in its manifest: scores\/tcace-\d{4}\.json/);
  assert.ok(damaged.code === 65 && !existsSync(join(folder, 'other')));
  for (const one of manifest.files)
    if (join(target, one.path) === file) Object.assign(one, { bytes: Buffer.byteLength(score), sha256: sha256(score) });
  writeFileSync(join(target, 'manifest.json'), canonicalJson(manifest));
  const differing = await tanbiao('restore', target, '--data', join(folder, 'other'), '--verify');
  assert.equal(differing.code, 65);
  assert.match(differing.stdout, /✗ the score tcace \d{4} differs from that of the backup/);
});
