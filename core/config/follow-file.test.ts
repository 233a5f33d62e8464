// A plant's files are followed while they can be; what ends that is told once and ends nothing else.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { pino } from 'pino';
import { followFile } from './follow-file.ts';

test('a change is told; a folder that goes, or never was, is told once in the log and ends no process', async (context) => {
  const folder = join(mkdtempSync(join(tmpdir(), 'tanbiao-follow-')), 'site');
  context.after(() => rmSync(join(folder, '..'), { recursive: true, force: true }));
  mkdirSync(folder);
  const file = join(folder, 'site.yaml');
  const lines: string[] = [];
  let heard = (): void => undefined;
  const write = (line: string) => {
    lines.push(line);
    heard();
  };
  const log = pino({ level: 'warn' }, { write });
  const next = () =>
    new Promise<void>((resolve) => {
      heard = resolve;
    });
  const stop = followFile(file, log, () => heard());
  context.after(stop);
  const changed = next();
  writeFileSync(file, 'site: a');
  await changed;
  assert.deepEqual(lines, []);
  const lost = next();
  rmSync(folder, { recursive: true });
  await lost;
  assert.match(lines[0] ?? '', /file_not_followed.*site\.yaml/);
  stop();
  followFile(file, log, () => assert.fail('nothing is followed'))();
  assert.equal(lines.length, 2);
  assert.match(lines[1] ?? '', /ENOENT/);
});
