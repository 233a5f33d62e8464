import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeBatch } from '../core/batch-codec.ts';
import { systemClock } from '../core/clock.ts';
import { silentLog } from '../core/log.ts';
import { qualityCode } from '../core/quality.ts';
import { Batcher } from './batcher.ts';
import { Spool } from './spool.ts';
import { SteadyClock } from './steady-clock.ts';

test('a value beyond what can be counted is none, and the readings beside it go their way', () => {
  const spool = new Spool(':memory:', 1);
  const bounds = { keep: () => undefined, makeRoom: () => undefined };
  const clock = new SteadyClock(systemClock, 0);
  const batcher = new Batcher({ gateway: 'gw-1', spool, bounds, clock, log: silentLog, onSpooled: () => undefined });
  const values = [5, 3.4e38, Number.NaN, -1e15, null, 7];
  batcher.add(
    values.map((value, time) => ({
      ...{ meter: 'm', point: 'energy_import', time: 1_750_000_000_000 + time, value },
      quality: qualityCode(value === null ? 'bad_timeout' : 'good'),
    })),
  );
  batcher.flush();
  const { value, quality } = decodeBatch(spool.after(0, 1)[0]?.payload ?? '');
  const [good, bad] = [qualityCode('good'), qualityCode('bad_range')];
  assert.deepEqual(value, [5, null, null, null, null, 7]);
  assert.deepEqual(quality, [good, bad, bad, bad, qualityCode('bad_timeout'), good]);
});
