// A plant whose store is a real influxd: the same bytes come out as on the embedded store, in one run and again from the database.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { promisify } from 'node:util';
import { day, hour, minute } from '../core/calendar.ts';
import { canonicalJson } from '../core/canonical.ts';
import { systemClock } from '../core/clock.ts';
import { loadSite } from '../core/config/site.ts';
import { findProgram } from '../core/real-programs.ts';
import { type Batch, BatchBuilder, type Loss, seriesName } from '../core/sample.ts';
import { emptySlot, resolutions } from '../core/slots.ts';
import type { Store } from '../core/store.ts';
import { bound } from '../ingest/chain.fixture.ts';
import type { Score } from '../scoring/score.ts';
import { DuckdbStore } from '../store/duckdb/duckdb-store.ts';
import { type Influxd, startInfluxd } from '../store/influx/influxd.fixture.ts';
import { type Manifest, restoreBackup, writeBackup } from './backup.ts';
import { projectFolder } from './context.ts';
import { openFiles } from './open-files.ts';
import { openStore } from './open-store.ts';
import { endOfYear, runSite } from './run-site.ts';
import { announceRunning } from './running.ts';
import { temporarySite } from './temporary-site.ts';

const { skip } = findProgram('influxd');
const everything = { start: 0, end: Number.MAX_SAFE_INTEGER };

let influxd: Influxd;
before(async () => {
  if (skip === false) influxd = await startInfluxd();
});
after(() => influxd?.end());

/** The ledger writes down when it took an entry: both plants must live at the same moment. */
const clock = { ...systemClock, now: () => Date.UTC(2026, 1, 1) };
/** The virtual plant listens where the system lets it. */
const withoutPorts = (text: string) => text.replaceAll(/127\.0\.0\.1:\d+/g, 'plant');

/** Everything that a store can be asked, in one text. */
async function contentOf(store: Store): Promise<string> {
  const keys = (await store.facts()).sort((a, b) => seriesName(a).localeCompare(seriesName(b)));
  const lists = await Promise.all(resolutions.map((resolution) => store.slots(keys, resolution, everything)));
  const samples = [];
  for (const key of keys) samples.push(await store.samples(key, everything));
  return withoutPorts(JSON.stringify({ keys, lists, samples }));
}

const scoreText = (score: Score): string => withoutPorts(canonicalJson(score));

test('golden scored on InfluxDB gives the same bytes as on DuckDB: score, slots and readings', {
  skip,
}, async (context) => {
  await influxd.query('CREATE DATABASE golden');
  const run = async (change: (yaml: string) => string) => {
    const { siteFolder, context: plain } = temporarySite(context, 'golden');
    const file = join(siteFolder, 'site.yaml');
    writeFileSync(file, change(readFileSync(file, 'utf8')));
    const site = { ...plain, site: loadSite(siteFolder) };
    const signal = new AbortController().signal;
    const running = await runSite(site, { signal, clock, step: hour, fillTo: endOfYear(site, 2025) });
    try {
      const score = await running.scorer.score('tcace', 2025);
      return {
        site,
        filled: running.filled,
        score: scoreText(score),
        content: await contentOf(running.store),
      };
    } finally {
      await running.stop();
    }
  };
  const embedded = await run((yaml) => yaml);
  const influx = await run((yaml) => `${yaml}\nstore: { kind: influxdb, url: "${influxd.url}", database: golden }\n`);
  assert.ok(influx.filled > 80_000 && influx.filled === embedded.filled, `${influx.filled} readings`);
  const { indicators } = JSON.parse(influx.score) as { indicators: { id: string; value: number }[] };
  const renewable = indicators.find(({ id }) => id === 'ca-2')?.value ?? 0;
  assert.ok(Math.abs(renewable - 32.344) <= 1e-4, `A.1 = ${renewable}`);
  assert.equal(influx.score, embedded.score);
  assert.equal(influx.content, embedded.content);

  // The page in a process of its own does what nobody asks for, too: the yearly figures at once, the key that will seal the year.
  const { dataFolder, site } = influx.site;
  announceRunning(dataFolder, { broker: 'mqtt://127.0.0.1:1' });
  const options = ['--site', site.folder, '--data', dataFolder, '--port', '0'];
  const child = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', join(projectFolder, 'bin/tanbiao.ts'), 'dashboards', ...options],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  context.after(() => child.kill('SIGKILL'));
  let said = '';
  child.stderr.on('data', (piece) => {
    said += piece;
  });
  const isKept = async () =>
    existsSync(join(dataFolder, 'keys/snapshot.pem')) &&
    (await influxd.query('SELECT last("verdict") FROM "golden".."scores"')).includes('"values"');
  for (const end = Date.now() + 120_000; !(await isKept()); await setTimeout(200)) {
    assert.equal(child.exitCode, null, said);
    assert.ok(Date.now() < end, said);
  }
  child.kill('SIGTERM');
  await once(child, 'exit');

  const again = await openFiles(influx.site.site, influx.site.dataFolder);
  context.after(() => again.close());
  assert.equal(scoreText(await again.scorer.score('tcace', 2025)), embedded.score);

  // A backup of it is an embedded store, and gives the same score.
  const saved = join(dataFolder, '../saved');
  const { from } = await tanbiao<Manifest>('backup', saved, '--site', site.folder, '--data', dataFolder);
  assert.equal(from, 'influxdb');
  assert.equal(withoutPorts(readFileSync(join(saved, 'scores/tcace-2025.json'), 'utf8')), embedded.score);
});

test('a backup of an InfluxDB that is written to has what its receipts tell of, and goes into either store', {
  skip,
}, async (context) => {
  const { siteFolder, context: plain } = temporarySite(context, 'golden');
  const on = (database: string) => {
    const folder = join(siteFolder, '..', database);
    cpSync(siteFolder, folder, { recursive: true });
    const store = `store: { kind: influxdb, url: "${influxd.url}", database: ${database} }`;
    appendFileSync(join(folder, 'site.yaml'), `\n${store}\n`);
    return loadSite(folder);
  };
  for (const name of ['live', 'moved']) await influxd.query(`CREATE DATABASE ${name}`);
  const [site, other] = [on('live'), on('moved')];
  const key = { meter: 'main', point: 'energy_import' } as const;
  const start = Date.UTC(2025, 4, 30);
  const batch = (seq: number, hours: readonly number[], lost: Loss[] = []): Batch => {
    const builder = new BatchBuilder();
    for (const n of hours) builder.add({ ...key, time: start + n * hour, value: n, quality: 0 });
    return { ...builder.build('gw-1', 7, seq), lost };
  };
  const loss = { reason: 'spool_old', kind: 'states', readings: 4, from: start, to: start + hour } as const;
  const { store } = await openStore(site, plain.dataFolder);
  const each = (from: number, to: number) => Array.from({ length: to - from }, (_, n) => from + n);
  await store.commit([
    batch(1, each(0, 500)),
    batch(2, each(600, 1_000)),
    batch(4, [1_000], [{ ...loss, batches: [3, 3] }]),
  ]);
  // All that is left of readings that are gone, and a slot that does not follow from the readings that are there.
  const slotAt = (time: number) => ({ ...emptySlot(time), value: 7_000, covered: 15 * minute });
  await store.putSlots([{ key, resolution: 'quarter', slots: [slotAt(start - 40 * day), slotAt(start + 3 * day)] }]);
  const [receipts, losses] = [await store.receipts(), await store.losses()];
  // What comes while it is copied: it fills a gap, and nobody has acknowledged it yet.
  const meanwhile = async () => {
    await store.commit([batch(5, each(500, 600), [{ ...loss, batches: [9, 9] }])]);
    return store.facts();
  };
  const target = join(siteFolder, '../saved');
  const source = { ...bound(store), facts: meanwhile };
  const { files } = await writeBackup({ site, dataFolder: plain.dataFolder, store: source }, target);
  assert.equal(files.filter(({ path }) => path.endsWith('.parquet')).length, 3);

  const contentIn = async (restored: Store) => {
    context.after(() => restored.close());
    assert.deepEqual([await restored.receipts(), await restored.losses()], [receipts, losses]);
    const { value } = await restored.samples(key, everything);
    const lists = await Promise.all(resolutions.map((resolution) => restored.slots([key], resolution, everything)));
    return { value, lists, sum: lists[0]?.[0]?.reduce((sum, slot) => sum + slot.value, 0) };
  };
  const data = (name: string) => join(siteFolder, '..', name);
  await restoreBackup(target, data('one'));
  const inFiles = await contentIn(await DuckdbStore.open(join(data('one'), 'store')));
  assert.deepEqual([inFiles.value, inFiles.sum], [each(0, 1_001), 7_000 + 1_000 * 1_000]);
  const { scores } = await tanbiao<{ scores: { equal: boolean }[] }>(
    ...['restore', target, '--data', data('two'), '--site', other.folder, '--verify'],
  );
  assert.deepEqual(
    scores.map(({ equal }) => equal),
    [true, true],
  );
  assert.deepEqual(await contentIn((await openStore(other, data('two'))).store), inFiles);
  await assert.rejects(restoreBackup(target, data('three'), other), /holds data of golden already/);
});

async function tanbiao<T>(...args: string[]): Promise<T> {
  const command = ['--disable-warning=ExperimentalWarning', join(projectFolder, 'bin/tanbiao.ts'), ...args];
  const { stdout } = await promisify(execFile)(process.execPath, [...command, '--json', '--lang', 'en'], {
    maxBuffer: 64_000_000,
  });
  return JSON.parse(stdout) as T;
}
