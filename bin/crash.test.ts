// kill -9 of everything at once, ten times: what was acknowledged is stored, and nothing is stored twice.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { loadPlant } from '../simulators/main.ts';
import { DuckdbStore } from '../store/duckdb/duckdb-store.ts';
import { brokerOf } from './commands/services.ts';
import { projectFolder } from './context.ts';
import type { Running } from './running.ts';
import { daysAgo, temporarySite } from './temporary-site.ts';
import { keptAll, listen, nothingSeen } from './witness.fixture.ts';

const rounds = 10;
const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

test(`${rounds} times kill -9 under load: no acknowledged batch missing, no reading twice, every value the plant's`, async (context) => {
  const { siteFolder, context: site } = temporarySite(context, 'golden', { start: daysAgo(2), withoutOpcua: true });
  const { dataFolder } = site;
  const seen = nothingSeen();
  let child: ChildProcess | undefined;
  context.after(() => child?.kill('SIGKILL'));
  for (let round = 0; round < rounds; round++) {
    const process_ = spawn(
      process.execPath,
      [
        '--disable-warning=ExperimentalWarning',
        join(projectFolder, 'bin/tanbiao.ts'),
        'demo',
        '--site',
        siteFolder,
        '--data',
        dataFolder,
        '--port',
        '0',
        '--log',
        'error',
      ],
      { stdio: 'ignore' },
    );
    child = process_;
    const ended = new Promise<void>((resolve) => process_.once('exit', () => resolve()));
    const note = join(dataFolder, 'running.json');
    const isUp = () => existsSync(note) && (JSON.parse(readFileSync(note, 'utf8')) as Running).pid === process_.pid;
    for (let waits = 0; !isUp() && waits < 600; waits++) await pause(50);
    assert.ok(isUp(), `round ${round}: the process did not come up`);
    const witness = listen(brokerOf(site.site, dataFolder, 'dashboards'), seen);
    // At a moment of its own, but never before it has promised something that it must keep.
    const before = seen.acknowledged.size;
    for (let waits = 0; seen.acknowledged.size < before + 3 && waits < 600; waits++) await pause(50);
    await pause((round * 379) % 1_000);
    process_.kill('SIGKILL');
    await ended;
    await witness.close();
  }

  const store = await DuckdbStore.open(join(dataFolder, 'store'));
  context.after(() => store.close());
  const { counters, acknowledged } = await keptAll(store, seen, loadPlant(site.site));
  assert.ok(acknowledged >= rounds * 3, `the witness saw only ${acknowledged} acknowledged batches`);
  assert.ok(counters > acknowledged, `only ${counters} counter readings in ${acknowledged} batches`);
  const live = (await store.receipts()).filter(({ gateway }) => gateway === 'gw-1');
  assert.equal(live.length, 1, 'the spool lost its epoch');
  assert.equal(live[0]?.ranges.length, 1, `sequence numbers are missing: ${JSON.stringify(live[0]?.ranges)}`);
});
