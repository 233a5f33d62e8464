// The golden plant twice, for tests: in the embedded store behind our /query, and in a real influxd; with some trouble in both.
import { readFileSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import express from 'express';
import { endOfYear, runSite } from '../../bin/run-site.ts';
import { temporarySite } from '../../bin/temporary-site.ts';
import { writeYearly } from '../../bin/yearly.ts';
import { hour } from '../../core/calendar.ts';
import { systemClock } from '../../core/clock.ts';
import { loadSite } from '../../core/config/site.ts';
import { createLog } from '../../core/log.ts';
import { type Batch, BatchBuilder } from '../../core/sample.ts';
import { startInfluxd } from '../../store/influx/influxd.fixture.ts';
import { mountInfluxql } from './influxql.ts';

/** A moment after the golden year. */
export const now = Date.UTC(2026, 0, 2);
const clock = { ...systemClock, now: () => now };

export type Twins = { ours: string; influx: string };

export async function goldenTwins(context: TestContext): Promise<Twins> {
  const influxd = await startInfluxd();
  context.after(() => influxd.end());
  await influxd.query('CREATE DATABASE golden');
  const run = async (change: (yaml: string) => string) => {
    const { siteFolder, context: plain, beforeItGoes } = temporarySite(context, 'golden');
    const file = join(siteFolder, 'site.yaml');
    writeFileSync(file, change(readFileSync(file, 'utf8')));
    const there = { ...plain, site: loadSite(siteFolder) };
    const signal = new AbortController().signal;
    const running = await runSite(there, { signal, clock, step: hour, fillTo: endOfYear(there, 2025) });
    beforeItGoes(() => running.stop());
    await running.store.commit([trouble()]);
    return { site: there.site, ...running };
  };
  const [embedded, influx] = await Promise.all([
    run((yaml) => yaml),
    run((yaml) => `${yaml}\nstore: { kind: influxdb, url: "${influxd.url}", database: golden }\n`),
  ]);
  await writeYearly(influx);

  const app = express();
  const { site, store, scorer } = embedded;
  const log = createLog('test', 'error');
  mountInfluxql(app, { site, store, scorer, clock, log }, () => 'test');
  const server = app.listen(0, '127.0.0.1');
  context.after(() => server.close());
  await new Promise((resolve) => server.once('listening', resolve));
  return { ours: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, influx: influxd.url };
}

/**
 * An afternoon of a power every 10 s with gaps, devices that do not answer, doubtful values, and a loss that the gateway tells. None
 * stands at an instant of the history's: there an InfluxDB keeps what each gateway said, the embedded store the better one.
 */
function trouble(): Batch {
  const builder = new BatchBuilder();
  const from = Date.UTC(2025, 11, 31, 4);
  for (const meter of ['main', 'workshop', 'pv-roof']) {
    for (let row = 0; row < 2_000; row++) {
      const silent = (row > 300 && row < 420) || (meter === 'workshop' && row > 900 && row < 1_700);
      if (silent) continue;
      const bad = row % 97 === 0;
      const value = Math.round((700 + 300 * Math.sin(row / 50) + (row % 7) * 11.25) * 1e4) / 1e4;
      builder.add({
        meter,
        point: 'power',
        time: from + row * 10_000 + (meter === 'main' ? 2_500 : 137),
        value: bad ? null : value,
        quality: bad ? 128 : row % 53 === 0 ? 65 : 0,
      });
    }
  }
  const lost: Batch['lost'] = [
    {
      reason: 'spool_full',
      kind: 'states',
      readings: 120,
      from: from + 3_010_000,
      to: from + 4_190_000,
      batches: null,
    },
  ];
  return { ...builder.build('gw-1', 7, 1), lost };
}

export type Row = (number | string | boolean | null)[];
export type Answer = {
  error?: string;
  results?: {
    statement_id: number;
    error?: string;
    series?: { name: string; tags?: object; columns: string[]; values: Row[] }[];
  }[];
};

export async function ask(url: string, q: string, more: Record<string, string> = {}): Promise<Answer> {
  const body = new URLSearchParams({ db: 'golden', epoch: 'ms', ...more, q });
  const response = await fetch(`${url}/query`, { method: 'POST', body, signal: AbortSignal.timeout(300_000) });
  return (await response.json()) as Answer;
}
