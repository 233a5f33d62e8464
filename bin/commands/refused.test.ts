import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { encodeBatch } from '../../core/batch-codec.ts';
import { Fault } from '../../core/fault.ts';
import { type Batch, BatchBuilder } from '../../core/sample.ts';
import { topicOf } from '../../core/wire.ts';
import { RefusedMessages, refusedFile } from '../../ingest/refused.ts';
import { DuckdbStore } from '../../store/duckdb/duckdb-store.ts';
import { projectFolder } from '../context.ts';

const t0 = Date.UTC(2025, 0, 1);

function batch(seq: number): Batch {
  const builder = new BatchBuilder();
  builder.add({ meter: 'main', point: 'energy_import', time: t0 + seq * 900_000, value: seq, quality: 0 });
  return builder.build('gw-1', 5, seq);
}

test('what was refused is listed, shows as a gap, and is sent again from the command line', async (context) => {
  const data = mkdtempSync(join(tmpdir(), 'tanbiao-refused-'));
  context.after(() => rmSync(data, { recursive: true }));
  const tanbiao = (...args: string[]) => {
    const program = ['--disable-warning=ExperimentalWarning', join(projectFolder, 'bin/tanbiao.ts')];
    const place = ['--site', 'golden', '--data', data, '--lang', 'en'];
    return spawnSync(process.execPath, [...program, ...args, ...place], { encoding: 'utf8' });
  };
  assert.match(tanbiao('refused', 'list').stderr, /nothing was ever received in/);

  const store = await DuckdbStore.open(join(data, 'store'));
  await store.commit([batch(1), batch(3)]);
  await store.close();
  const refused = new RefusedMessages(refusedFile(data));
  const topic = topicOf('golden', 'gw-1', 'data');
  const message = { at: t0, topic, code: 'message_series', reason: 'unknown point' };
  refused.keep({ ...message, payload: Buffer.from(encodeBatch(batch(2))) }, { gateway: 'gw-1', epoch: 5, seq: 2 });
  refused.keep({ ...message, code: 'message_json', payload: Buffer.from('nonsense') });
  refused.keepReadings('golden', batch(3), new Fault('clock_past', { zh: '时钟', en: 'clock' }), t0);
  refused.close();

  assert.match(
    tanbiao('refused', 'list').stdout,
    /^1 {2}2025-01-01T08:00:00\+08:00 {2}tanbiao\/v1\/golden\/gw-1\/data {2}message_series {2}unknown point\n2 .*\n3 .*clock_past.*\n3 kept, 3 refused ever\n$/,
  );
  assert.match(
    tanbiao('gaps').stdout,
    /^gw-1 {2}2–2 {2}2025-01-01T08:15:00\+08:00 … 2025-01-01T08:45:00\+08:00 {2}refused and kept/,
  );
  assert.match(tanbiao('refused', 'retry', '9').stderr, /no refused message has the number 9/);
  const retried = tanbiao('refused', 'retry');
  assert.equal(retried.stdout, '1  stored\n2  not a numbered batch, so it cannot be sent; still kept\n3  stored\n');
  assert.equal(retried.status, 65);
  assert.equal(tanbiao('gaps').stdout, 'no batch is missing\n');
  const { messages } = JSON.parse(tanbiao('refused', 'list', '--json').stdout) as { messages: { payload: string }[] };
  assert.deepEqual(
    messages.map(({ payload }) => payload),
    ['nonsense'],
  );
});

test('sharing the readings is refused where it cannot work, with what to do', () => {
  const program = ['--disable-warning=ExperimentalWarning', join(projectFolder, 'bin/tanbiao.ts')];
  const run = (...args: string[]) =>
    spawnSync(process.execPath, [...program, ...args, '--site', 'golden', '--lang', 'en'], { encoding: 'utf8' });
  for (const args of [['ingest', '--share', 'plant'], ['slots']]) {
    const { status, stderr } = run(...args);
    assert.equal(status, 78);
    assert.match(stderr, /the embedded store belongs to one process: several need an InfluxDB/);
  }
});
