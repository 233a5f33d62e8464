// Measures the whole way of a reading: a golden year through MQTT, ingest, DuckDB and slots, at 15 min and at 1 min.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Calendar, minute } from '../core/calendar.ts';
import { systemClock } from '../core/clock.ts';
import { loadSite, sitesFolder } from '../core/config/site.ts';
import { silentLog } from '../core/log.ts';
import { History } from '../simulators/history.ts';
import { loadPlant, simulateDevices } from '../simulators/main.ts';
import { type BenchRow, report, row } from './bench-report.ts';
import { startChain } from './chain.ts';
import { fillHistory, historyGateway } from './fill.ts';

const site = loadSite(join(sitesFolder, 'golden'));
const { start, end } = new Calendar(site.timezone).year(2025);

async function fillOnce(step: number): Promise<{ samples: number; seconds: number; cpu: number }> {
  const folder = mkdtempSync(join(tmpdir(), 'tanbiao-bench-'));
  const chain = await startChain(site, folder, systemClock, silentLog);
  const plant = loadPlant(site);
  const history = new History(site, plant, simulateDevices(site, plant));
  const cpuBefore = process.cpuUsage();
  const began = performance.now();
  const samples = await fillHistory({
    site,
    history,
    facts: [],
    from: start,
    to: end,
    step,
    store: chain.store,
    broker: chain.brokerFor(historyGateway),
    clock: systemClock,
    log: silentLog,
    signal: new AbortController().signal,
    onProgress: () => undefined,
  });
  await chain.ingest.rollUp.flush();
  const seconds = (performance.now() - began) / 1_000;
  const { user, system } = process.cpuUsage(cpuBefore);
  await chain.stop();
  rmSync(folder, { recursive: true });
  return { samples, seconds, cpu: (user + system) / 1e6 };
}

/** What making the readings alone costs: the simulator's part of every figure here. */
function generateOnly(step: number): number {
  const plant = loadPlant(site);
  const history = new History(site, plant, simulateDevices(site, plant));
  const began = performance.now();
  let samples = 0;
  for (const _ of history.samples(start, end, step, new Map())) samples++;
  return samples / ((performance.now() - began) / 1_000);
}

const rows: BenchRow[] = [];
for (const [name, step, runs] of [
  ['golden year at 15 min', 15 * minute, 3],
  ['golden year at 1 min', minute, 1],
] as const) {
  const results = [];
  for (let run = 0; run < runs; run++) results.push(await fillOnce(step));
  const generated = generateOnly(step);
  const rates = results.map(({ samples, seconds }) => samples / seconds);
  rows.push(
    row(`${name}: MQTT → ingest → DuckDB → slots`, 'samples/s', rates, {
      against: 'making the readings alone',
      ratio: (rates[0] as number) / generated,
    }),
  );
  rows.push(
    row(
      `${name}: CPU of the whole process`,
      'µs/sample',
      results.map(({ cpu, samples }) => (cpu / samples) * 1e6),
    ),
  );
  rows.push(
    row(
      `${name}: readings`,
      'samples',
      results.map(({ samples }) => samples),
    ),
  );
}
report(rows);
