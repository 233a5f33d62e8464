// Row 19 of the failure matrix: the edge's disk is full, on a real file system of a few megabytes.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { findProgram } from '../core/real-programs.ts';
import type { Loss } from '../core/sample.ts';

const unshare = findProgram('unshare');

/** Somebody fills the disk while meters are read, and cleans up later. */
const edge = `
import { rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FakeClock } from '../core/fake-clock.ts';
import { silentLog } from '../core/log.ts';
import { decodeBatch } from '../core/batch-codec.ts';
import { Batcher, encodeLosses } from './batcher.ts';
import { Spool } from './spool.ts';
import { SpoolBounds } from './spool-bounds.ts';
import { SteadyClock } from './steady-clock.ts';
const folder = process.argv[1];
const file = join(folder, 'spool.sqlite');
const spool = new Spool(file, 1);
const clock = new SteadyClock(new FakeClock(Date.UTC(2026, 5, 1)), 0);
const encode = encodeLosses('gw');
const bounds = new SpoolBounds({ spool, file, bounds: { size: 1e9, age: 1e12, free: 0 }, clock, log: silentLog, encode, sparing: () => new Set() });
const batcher = new Batcher({ gateway: 'gw', spool, bounds, clock, log: silentLog, onSpooled: () => undefined });
let minute = 0;
let scheduled = 0;
const read = (minutes) => {
  for (let end = minute + minutes; minute < end; minute++) {
    const time = clock.now() + minute * 60_000;
    const samples = Array.from({ length: 40 }, (_, m) => [
      { meter: 'm' + m, point: 'energy_import', time, value: minute, quality: 0 },
      { meter: 'm' + m, point: 'power', time, value: (minute * 7 + m) / 8, quality: 0 },
      { meter: 'm' + m, point: 'frequency', time, value: 50, quality: 0 },
    ]).flat();
    scheduled += samples.length;
    batcher.add(samples);
    batcher.flush();
  }
};
read(200);
const { bavail, bsize } = statfsSync(folder);
writeFileSync(join(folder, 'others'), Buffer.alloc(Math.max(0, bavail * bsize - 100_000)));
read(900);
const full = spool.size.batches;
rmSync(join(folder, 'others'));
read(200);
const batches = spool.after(0, 1_000_000).map(({ payload }) => decodeBatch(payload));
const kept = batches.reduce((sum, { index }) => sum + index.length, 0);
const newest = Math.max(...batches.flatMap(({ value }) => value));
console.log(JSON.stringify({ scheduled, kept, full, minute, lost: batches.flatMap(({ lost }) => lost), newest: batches.at(-1).time.at(-1) === clock.now() + (minute - 1) * 60_000 }));
`;

test('row 19: a full disk at the edge: the oldest goes on record, reading goes on, and nobody has to restart it', {
  skip: unshare.skip,
}, (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'tanbiao-disk-'));
  context.after(() => rmSync(folder, { recursive: true }));
  const script =
    'mount -t tmpfs -o size=8m tmpfs "$1" && exec "$2" --disable-warning=ExperimentalWarning --input-type=module-typescript -e "$3" "$1"';
  const { stdout, stderr, status } = spawnSync(
    unshare.path,
    ['-rm', 'sh', '-c', script, 'edge', folder, process.execPath, edge],
    { cwd: import.meta.dirname, encoding: 'utf8', timeout: 600_000 },
  );
  if (/permi(tted|ssion)|not allowed/i.test(stderr))
    return context.skip(`a small disk cannot be made here: ${stderr.trim()}`);
  assert.equal(status, 0, stderr);
  const told = JSON.parse(stdout) as { scheduled: number; kept: number; full: number; lost: Loss[]; newest: boolean };
  const lost = told.lost.reduce((sum, { readings }) => sum + readings, 0);
  assert.equal(told.kept + lost, told.scheduled);
  assert.ok(lost > 0 && told.full > 0, `${lost} lost, ${told.full} batches kept while the disk was full`);
  assert.deepEqual([...new Set(told.lost.map(({ reason }) => reason))], ['disk_full']);
  const lostOf = (kind: string) =>
    told.lost.filter((loss) => loss.kind === kind).reduce((sum, { readings }) => sum + readings, 0);
  assert.ok(lostOf('states') > lostOf('counters'), 'states must go before counters');
  assert.ok(told.newest, 'what came last is not in the spool');
  context.diagnostic(`${told.scheduled} scheduled = ${told.kept} kept + ${lost} lost on record`);
});
