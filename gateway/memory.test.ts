import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Log, silentLog } from '../core/log.ts';
import { Memory } from './memory.ts';

test('what a full disk does not keep is remembered as long as the process lives, and is on the disk with the next thing learned', (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'tanbiao-memory-'));
  context.after(() => rmSync(folder, { recursive: true }));
  const told: string[] = [];
  const log = { ...silentLog, error: ({ event }: { event: string }) => told.push(event) } as unknown as Log;
  const file = join(folder, 'gateway', 'gw-1.json');
  writeFileSync(join(folder, 'gateway'), 'no folder, so that nothing can be written into it');
  const memory = new Memory(file, log);
  memory.keep('main', 'any', { holes: [7] });
  assert.deepEqual(told, ['memory_not_kept']);
  assert.deepEqual(memory.of('main', 'any').holes, [7]);
  rmSync(join(folder, 'gateway'));
  memory.keep('main', 'any', { cuts: [9] });
  assert.deepEqual(new Memory(file).of('main', 'any'), { holes: [7], cuts: [9], installations: [] });
});
