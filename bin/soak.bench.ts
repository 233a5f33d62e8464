// Measures a long run: 10,000 points read every second, sent as a gateway sends; memory and the way of a reading from its time to its acknowledgement.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { systemClock } from '../core/clock.ts';
import type { Site } from '../core/config/site.ts';
import { silentLog } from '../core/log.ts';
import { startBroker } from '../ingest/broker.ts';
import { loadCredentials } from '../ingest/credentials.ts';
import { startIngest } from '../ingest/main.ts';
import { DuckdbStore } from '../store/duckdb/duckdb-store.ts';
import { median, quantile, report, residentMegabytes, row, slopeOf } from './bench-report.ts';

const option = (name: string, otherwise: number): number => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? otherwise : Number(process.argv[at + 1]);
};
const second = 1_000;
const minutes = option('minutes', 5);
const site = { site: 'mill', timezone: 'Asia/Shanghai', meters: [] as unknown } as Site;
const folder = mkdtempSync(join(tmpdir(), 'tanbiao-soak-'));

const credentials = loadCredentials(folder, ['gw-1', 'ingest']);
const broker = await startBroker({ site: site.site, gateways: ['gw-1'], credentials, log: silentLog });
const store = await DuckdbStore.open(join(folder, 'store'));
const ingest = await startIngest({
  site,
  dataFolder: folder,
  broker: { url: broker.url, username: 'ingest', password: credentials.ingest ?? '' },
  store,
  clock: systemClock,
  log: silentLog,
});
try {
  await ingest.ready;
  const flags = ['--disable-warning=ExperimentalWarning', join(import.meta.dirname, 'soak-gateway.ts')];
  const gateway = spawn(process.execPath, [...flags, broker.url, credentials['gw-1'] ?? '', String(minutes)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lags: number[] = [];
  const memory: number[] = [];
  const watching = setInterval(() => memory.push(residentMegabytes('self')), 5 * second);
  let sent = 0;
  for await (const line of createInterface(gateway.stdout)) {
    const told = JSON.parse(line) as { lag?: number; sent?: number };
    if (told.lag !== undefined) lags.push(told.lag);
    if (told.sent !== undefined) sent = told.sent;
  }
  clearInterval(watching);
  if (ingest.committer.counts.samples !== sent)
    throw new Error(`${sent} readings were sent, ${ingest.committer.counts.samples} are stored`);
  const settled = memory.slice(Math.min(12, Math.floor(memory.length / 4))); // the first minute fills buffers
  const p99 = quantile(lags, 0.99);
  const slope = slopeOf(settled) * 12;
  report([
    row(`10,000 points every second for ${minutes} min: readings, all of them stored`, 'samples', [sent]),
    row('from the time of a reading to its acknowledgement, of each message', 'ms', lags),
    row('  p99', 'ms', [p99], { target: '≤ 2 batch intervals, 2,000 ms', met: p99 <= 2_000 }),
    row('memory of broker, ingest and store', 'MB', settled),
    row('  its slope', 'MB/min', [slope], { against: 'of the median an hour', ratio: (slope * 60) / median(settled) }),
  ]);
} finally {
  await ingest.stop();
  await broker.close();
  await store.close();
  rmSync(folder, { recursive: true, force: true });
}
