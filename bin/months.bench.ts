// Measures what disturbs commits: a month that moves into its file, and a backlog whose slots must be made again.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Calendar, minute } from '../core/calendar.ts';
import { systemClock } from '../core/clock.ts';
import { silentLog } from '../core/log.ts';
import { type Batch, BatchBuilder } from '../core/sample.ts';
import { RollUp } from '../ingest/slots/roll-up.ts';
import { DuckdbStore } from '../store/duckdb/duckdb-store.ts';
import { message, t0 } from './bench-readings.ts';
import { report, row } from './bench-report.ts';

/** How long commits wait while a month of many readings moves into its file. */
async function commitsWhileMonthsMove(folder: string): Promise<{ alone: number[]; moving: number[]; seconds: number }> {
  const store = await DuckdbStore.open(join(folder, 'moving'));
  const perCommit = 100;
  let seq = 0;
  const commit = async (year: number) => {
    const batches = Array.from({ length: perCommit }, () => {
      const { time, ...batch } = message(++seq);
      return { ...batch, time: time.map((at) => at + Date.UTC(year, 0) - t0) };
    });
    const began = performance.now();
    await store.commit(batches);
    return performance.now() - began;
  };
  const alone: number[] = [];
  for (let n = 0; n < 400; n++) alone.push(await commit(2025));
  const began = performance.now();
  let over = false;
  const moved = store.compact('2025-01').finally(() => {
    over = true;
  });
  const moving: number[] = [];
  while (!over) moving.push(await commit(2026));
  await moved;
  const seconds = (performance.now() - began) / 1_000;
  await store.close();
  return { alone, moving, seconds };
}

/** A week of fifty meters arrives behind live readings: until all its slots are right. */
async function backlog(folder: string): Promise<{ samples: number; seconds: number; readingsOnly: number }> {
  const week = 7 * 1_440;
  const of = (from: number, to: number, seq: number) => {
    const builder = new BatchBuilder();
    for (let at = from; at < to; at++)
      for (let meter = 0; meter < 50; meter++)
        builder.add({
          meter: `m${meter}`,
          point: 'energy_import',
          time: t0 + at * minute,
          value: at + meter,
          quality: 0,
        });
    return builder.build('gw-1', 1, seq);
  };
  const timed = async (name: string, withSlots: boolean) => {
    const store = await DuckdbStore.open(join(folder, name));
    const rollUp = new RollUp(store, new Calendar('Asia/Shanghai'), silentLog);
    await rollUp.start();
    const stopping = new AbortController();
    const running = rollUp.run(systemClock, stopping.signal);
    const follow = async (batch: Batch) => {
      rollUp.foresee([batch]);
      const { late } = await store.commit([batch]);
      if (withSlots) await rollUp.follow([batch], late);
    };
    await follow(of(week, week + 1, 1));
    const began = performance.now();
    for (let n = 0; n < week / 10; n++) await follow(of(n * 10, n * 10 + 10, n + 2));
    if (withSlots) await rollUp.flush();
    const seconds = (performance.now() - began) / 1_000;
    stopping.abort();
    await running;
    await store.close();
    return seconds;
  };
  return {
    samples: week * 50,
    readingsOnly: await timed('backlog-readings', false),
    seconds: await timed('backlog', true),
  };
}

const quantile = (values: readonly number[], share: number): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length * share)] as number;

const folder = mkdtempSync(join(tmpdir(), 'tanbiao-bench-'));
try {
  const { alone, moving, seconds } = await commitsWhileMonthsMove(folder);
  const worst = quantile(moving, 0.99);
  const week = await backlog(folder);
  report([
    row('commit of 10,000 readings, alone, p50 of', 'ms', alone),
    row(`the same while a month of 4 M moves (${seconds.toFixed(1)} s), p99`, 'ms', [worst], {
      against: 'p99 alone',
      ratio: worst / quantile(alone, 0.99),
      target: 'waits ≤ 100 ms',
      met: worst - quantile(alone, 0.99) <= 100,
    }),
    row('a week of 50 points behind live readings, slots right', 'samples/s', [week.samples / week.seconds], {
      against: 'time of the readings alone',
      ratio: week.seconds / week.readingsOnly,
    }),
  ]);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
