// Measures what a reading takes on the disk: a closed month beside VictoriaMetrics with the same readings.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { minute } from '../core/calendar.ts';
import { BatchBuilder } from '../core/sample.ts';
import { DuckdbStore } from '../store/duckdb/duckdb-store.ts';
import { startVictoria } from '../store/influx/influxd.fixture.ts';
import { t0 } from './bench-readings.ts';
import { report, row } from './bench-report.ts';

/** The size of the same month in both, and that of VictoriaMetrics with and without the quality beside the value. */
async function sizes(folder: string): Promise<{ ours: number; value: number; both: number }> {
  const [few, minutes] = [50, 31 * 1_440];
  const store = await DuckdbStore.open(join(folder, 'size'));
  const counts = Array.from({ length: few }, (_, meter) => 100_000 + meter * 977);
  let state = 1;
  const random = () => {
    state = (state * 48_271) % 2_147_483_647;
    return state;
  };
  const servers = await Promise.all([startVictoria(), startVictoria()]); // with the value only, and with both
  let lines: [string[], string[]] = [[], []];
  const send = () =>
    Promise.all(
      servers.map(({ url }, n) =>
        fetch(`${url}/write?precision=ms`, { method: 'POST', body: (lines[n] as string[]).join('\n') }),
      ),
    );
  let builder = new BatchBuilder();
  for (let at = 0; at < minutes; at++) {
    for (let meter = 0; meter < few; meter++) {
      counts[meter] = (counts[meter] as number) + (random() % 11) / 100;
      const value = Number((counts[meter] as number).toFixed(2));
      const quality = random() % 1_000 === 0 ? 68 : 0;
      const time = t0 + at * minute;
      builder.add({ meter: `m${meter}`, point: 'energy_import', time, value, quality });
      lines[0].push(`e,m=m${meter} v=${value} ${time}`);
      lines[1].push(`e,m=m${meter} v=${value},q=${quality} ${time}`);
    }
    if (at % 200 === 199 || at === minutes - 1) {
      await store.commit([builder.build('gw', 1, at + 1)]);
      builder = new BatchBuilder();
      await send();
      lines = [[], []];
    }
  }
  const { bytes, rows } = await store.compact('2025-01');
  await store.close();
  const stored = await Promise.all(
    servers.map(async ({ url, folder: data, end }) => {
      await fetch(`${url}/internal/force_flush`);
      await fetch(`${url}/internal/force_merge`);
      await new Promise((resolve) => setTimeout(resolve, 3_000));
      const size = Number(spawnSync('du', ['-sb', join(data, 'data')], { encoding: 'utf8' }).stdout.split('\t')[0]);
      await end();
      return size / rows;
    }),
  );
  return { ours: bytes / rows, value: stored[0] as number, both: stored[1] as number };
}

const folder = mkdtempSync(join(tmpdir(), 'tanbiao-bench-'));
try {
  const { ours, value, both } = await sizes(folder);
  report([
    row('closed month, value and quality', 'bytes/sample', [ours], {
      against: `VictoriaMetrics, value only (${value.toFixed(3)})`,
      ratio: ours / value,
      target: '≤ 0.95×',
      met: ours / value <= 0.95,
    }),
    row('closed month, value and quality', 'bytes/sample', [ours], {
      against: `VictoriaMetrics, both (${both.toFixed(3)})`,
      ratio: ours / both,
    }),
  ]);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
