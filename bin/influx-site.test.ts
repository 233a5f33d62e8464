// A plant whose store is a real influxd: the same bytes come out as on the embedded store, in one run and again from the database.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { hour } from '../core/calendar.ts';
import { canonicalJson } from '../core/canonical.ts';
import { systemClock } from '../core/clock.ts';
import { loadSite } from '../core/config/site.ts';
import { findProgram } from '../core/real-programs.ts';
import { seriesName } from '../core/sample.ts';
import { resolutions } from '../core/slots.ts';
import type { Store } from '../core/store.ts';
import type { Score } from '../scoring/score.ts';
import { startInfluxd } from '../store/influx/influxd.fixture.ts';
import { projectFolder } from './context.ts';
import { openFiles } from './open-files.ts';
import { endOfYear, runSite } from './run-site.ts';
import { announceRunning } from './running.ts';
import { temporarySite } from './temporary-site.ts';

const { skip } = findProgram('influxd');
const everything = { start: 0, end: Number.MAX_SAFE_INTEGER };

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
  const influxd = await startInfluxd();
  context.after(() => influxd.end());
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
});
