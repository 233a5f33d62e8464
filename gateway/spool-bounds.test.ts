import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeBatch } from '../core/batch-codec.ts';
import { FakeClock } from '../core/fake-clock.ts';
import { silentLog } from '../core/log.ts';
import { encodeLosses } from './batcher.ts';
import { Spool } from './spool.ts';
import { SpoolBounds } from './spool-bounds.ts';

const second = 1_000;
const start = Date.UTC(2026, 2, 1);

test('what is too old goes in portions, states and counters alike, and nothing that is not too old', async () => {
  const clock = new FakeClock(start);
  const spool = new Spool(':memory:', 1);
  const age = 1_000 * second;
  const bounds = new SpoolBounds({
    spool,
    file: ':memory:',
    bounds: { size: 1e9, age, free: 0 },
    clock,
    log: silentLog,
    encode: encodeLosses('gw-1'),
    sparing: () => new Set(),
    freeBytes: () => 1e9,
  });
  const seconds = 3_000;
  for (let n = 0; n < seconds; n++) {
    const now = clock.now();
    for (const kind of ['states', 'counters'] as const)
      spool.append({ kind, readings: 1, from: now, to: now }, () => kind);
    bounds.keep();
    await clock.advance(second);
  }
  const left = spool.after(0, 1e6).map(({ payload }) => payload);
  const lost = left.filter((payload) => payload.startsWith('{')).flatMap((payload) => decodeBatch(payload).lost);
  for (const kind of ['states', 'counters']) {
    const kept = left.filter((payload) => payload === kind).length;
    assert.ok(kept >= 1_000 && kept <= 1_012, `${kept} of ${kind} are left of a bound of 1000`);
    const records = lost.filter((loss) => loss.kind === kind);
    assert.equal(kept + records.reduce((sum, { readings }) => sum + readings, 0), seconds);
    assert.ok(records.length <= 201, `${records.length} records`);
  }
  spool.close();
});
