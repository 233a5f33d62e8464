// Row 20 of the failure matrix: the edge loses its power or its process at any moment.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { decodeBatch } from '../core/batch-codec.ts';
import { Spool } from './spool.ts';

const rounds = process.env.TANBIAO_LONG === '1' ? 200 : 12;
const flushEvery = 20;

/** Reads a counter that goes up by one, as fast as timers go, and tells every reading and every number of a batch that was spooled. */
const edge = `
import { writeSync } from 'node:fs';
import { systemClock } from '../core/clock.ts';
import { silentLog } from '../core/log.ts';
import { Batcher } from './batcher.ts';
import { Spool } from './spool.ts';
import { SteadyClock } from './steady-clock.ts';
const [file, first] = process.argv.slice(1);
const spool = new Spool(file, 1);
const clock = new SteadyClock(systemClock, spool.newest);
const together = spool.together.bind(spool);
spool.together = (appends) => {
  const before = spool.size.newest;
  together(appends);
  for (let seq = before + 1; seq <= spool.size.newest; seq++) writeSync(1, 's' + seq + '\\n');
};
const bounds = { keep: () => undefined, makeRoom: () => undefined };
const batcher = new Batcher({ gateway: 'gw', spool, bounds, clock, log: silentLog, onSpooled: () => undefined, every: ${flushEvery} });
void batcher.run(new AbortController().signal);
let value = Number(first);
setInterval(() => {
  writeSync(1, 'r' + value + ' ' + Date.now() + '\\n');
  batcher.add([{ meter: 'm', point: 'energy_import', time: clock.now(), value: value++, quality: 0 }]);
}, 1);
`;

test(`row 20: ${rounds} times kill -9 at a random moment: at most one group commit is lost, no record is wrong, no number is used twice`, async (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'tanbiao-kill-'));
  context.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'spool.sqlite');
  let child: ChildProcess | undefined;
  context.after(() => child?.kill('SIGKILL'));
  let next = 1;
  let longestLoss = 0;
  const spooledAs = new Map<number, string>();
  for (let round = 0; round < rounds; round++) {
    const running = spawn(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', '--input-type=module-typescript', '-e', edge, file, String(next)],
      { cwd: import.meta.dirname, stdio: ['ignore', 'pipe', 'inherit'] },
    );
    child = running;
    let said = '';
    const started = new Promise<void>((resolve) => {
      running.stdout.on('data', (chunk) => {
        said += chunk;
        if (said.includes('s')) resolve();
      });
    });
    const ended = new Promise<void>((resolve) => running.once('close', () => resolve()));
    await started;
    await new Promise((resolve) => setTimeout(resolve, (round * 37) % 211));
    running.kill('SIGKILL');
    await ended;

    const readings = [...said.matchAll(/^r(\d+) (\d+)$/gm)].map(([, value, at]) => ({
      value: Number(value),
      at: Number(at),
    }));
    const beforeLastSpooled = said.slice(0, said.lastIndexOf('\ns')).matchAll(/^r(\d+) /gm);
    const spool = new Spool(file, 2);
    assert.equal(spool.epoch, 1);
    const batches = spool.after(0, 100_000);
    const values = batches.flatMap(({ payload }) => decodeBatch(payload).value);
    assert.deepEqual(
      values,
      Array.from({ length: values.length }, (_, n) => n + 1),
      'a reading is missing, wrong or twice',
    );
    for (const [, seq] of said.matchAll(/^s(\d+)$/gm)) {
      const found = batches.find((batch) => batch.seq === Number(seq));
      assert.ok(found, `batch ${seq} was spooled and is gone`);
    }
    for (const [, value] of beforeLastSpooled)
      assert.ok(Number(value) <= values.length, `reading ${value} was there before the last commit, and is gone`);
    for (const { seq, payload } of batches) {
      assert.equal(spooledAs.get(seq) ?? payload, payload, `number ${seq} was used twice`);
      spooledAs.set(seq, payload);
    }
    const lost = readings.filter(({ value }) => value > values.length);
    // While this machine stood still nothing was read and nothing could be flushed: of each pause between two readings one flush counts.
    const pauses = lost.slice(1).map(({ at }, n) => Math.min(flushEvery, at - (lost[n]?.at ?? 0)));
    longestLoss = Math.max(
      longestLoss,
      pauses.reduce((sum, time) => sum + time, 0),
    );
    next = values.length + 1;
    spool.close();
  }
  // One group commit: what was read since the last flush, and what was read while that commit was being written.
  assert.ok(longestLoss <= 10 * flushEvery, `readings of ${longestLoss} ms were lost`);
  context.diagnostic(`${next - 1} readings in ${spooledAs.size} batches; longest loss ${longestLoss} ms`);
});
