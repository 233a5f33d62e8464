// Row 27 of the failure matrix with a whole plant: its site.yaml is edited while it runs.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { pino } from 'pino';
import { runSite } from './run-site.ts';
import { daysAgo, temporarySite } from './temporary-site.ts';

test('row 27: site.yaml is edited while meters are read: a good one is in force at once, a bad one is refused whole with its place', async (context) => {
  const {
    context: site,
    siteFolder,
    beforeItGoes,
  } = temporarySite(context, 'golden', { start: daysAgo(0), withoutOpcua: true });
  const lines: string[] = [];
  const log = pino({ level: 'warn' }, { write: (line: string) => void lines.push(line) });
  const running = await runSite({ ...site, log }, { signal: new AbortController().signal, port: 0 });
  beforeItGoes(() => running.stop());
  const file = join(siteFolder, 'site.yaml');
  const original = readFileSync(file, 'utf8');
  const said = async (event: string, count: number) => {
    for (let waits = 0; waits < 2_400; waits++) {
      const found = lines.filter((line) => line.includes(`"${event}"`));
      if (found.length >= count) return found;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    return assert.fail(`${event} was not said; ${lines.join('')}`);
  };
  const newestOf = async (meter: string) =>
    (await running.store.latest()).find((sample) => sample.meter === meter && sample.point === 'power')?.time ?? 0;
  const isRead = async (meter: string, since: number) => {
    for (let waits = 0; waits < 2_400; waits++) {
      if ((await newestOf(meter)) > since) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    assert.fail(`${meter} is not read`);
  };

  await isRead('workshop', Date.now());
  const refused = original.replace('role: feeder', 'role: feedr').replace('acrel.adw300', 'acrel.adw3000');
  assert.notEqual(refused, original);
  writeFileSync(file, refused);
  const [first = ''] = await said('configuration_refused', 1);
  assert.match(first, /site\.yaml:\d+:\d+/);
  await isRead('main', Date.now());
  await isRead('workshop', Date.now());

  const renamed = original.replaceAll(/\bworkshop\b/g, 'press-shop');
  assert.notEqual(renamed, original);
  writeFileSync(file, renamed);
  const [applied = ''] = await said('configuration_applied', 1);
  assert.match(applied, /names and roles of meters: from the next start on/);
  await isRead('press-shop', Date.now());
  await isRead('main', Date.now());
  const gone = await newestOf('workshop');
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  assert.equal(await newestOf('workshop'), gone);
});
