// The archive against other people's programs, and against everything that is no archive of ours.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { findProgram } from '../core/real-programs.ts';
import { type Entry, readZip, writeZip } from './zip.ts';

const entries: Entry[] = [
  { name: 'a.json', bytes: Buffer.from('{"碳":1}') },
  { name: 'slots/main.csv', bytes: Buffer.from('quarter,value\n'.repeat(1_000)) },
  { name: 'empty', bytes: Buffer.alloc(0) },
];

const python = findProgram('python3');

test('what is written is read back, and the same entries give the same bytes', () => {
  const name = fc.stringMatching(/^[a-z]{1,8}(\/[a-z]{1,8})?$/);
  const list = fc.uniqueArray(fc.record({ name, bytes: fc.uint8Array({ maxLength: 300 }) }), {
    selector: (entry) => entry.name,
  });
  fc.assert(
    fc.property(list, (some) => {
      const zip = writeZip(some);
      assert.deepEqual(
        readZip(zip).map(({ name: one, bytes }) => [one, [...bytes]]),
        some.map(({ name: one, bytes }) => [one, [...bytes]]),
      );
      assert.ok(zip.equals(writeZip(some)));
    }),
    { numRuns: 50 },
  );
});

test("python's zipfile finds the archive sound and reads the same", { skip: python.skip }, (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'tanbiao-zip-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'one.zip');
  writeFileSync(file, writeZip(entries));
  const script =
    'import sys, zipfile; z = zipfile.ZipFile(sys.argv[1]); assert z.testzip() is None; z.extractall(sys.argv[2])';
  execFileSync(python.path, ['-c', script, file, join(folder, 'out')]);
  for (const { name, bytes } of entries)
    assert.deepEqual(readFileSync(join(folder, 'out', name)), Buffer.from(bytes), name);
});

test('a flip of any byte of the archive is found', () => {
  const zip = writeZip(entries);
  for (let position = 0; position < zip.length; position++) {
    const altered = Buffer.from(zip);
    altered[position] = (altered[position] as number) ^ 0x10;
    assert.throws(() => readZip(altered), { code: 'bundle_refused' }, `byte ${position}`);
  }
});

test('an archive that ends early is refused at every length', () => {
  const zip = writeZip(entries);
  for (let length = 0; length < zip.length; length += 7)
    assert.throws(() => readZip(zip.subarray(0, length)), { code: 'bundle_refused' });
});

test('names that lead out of the archive are never written, and refused where somebody else wrote them', () => {
  for (const name of ['../x', '/x', 'a/../../x', 'a\\x', '', 'a//b', './x', 'C:x'])
    assert.throws(() => writeZip([{ name, bytes: Buffer.alloc(0) }]), TypeError, name);
  const zip = writeZip([{ name: 'aa/x', bytes: Buffer.from('x') }]);
  const hostile = Buffer.from(zip.toString('latin1').replaceAll('aa/x', '../x'), 'latin1');
  assert.throws(() => readZip(hostile), /the name of entry 0 is refused/);
});

test('an entry that unpacks to more than it says is given up at once', () => {
  const zip = writeZip([{ name: 'bomb', bytes: Buffer.alloc(50_000_000) }]);
  assert.ok(zip.length < 60_000);
  const small = Buffer.alloc(4);
  small.writeUInt32LE(10);
  const large = Buffer.alloc(4);
  large.writeUInt32LE(50_000_000);
  const lying = Buffer.from(
    zip.toString('latin1').replaceAll(large.toString('latin1'), small.toString('latin1')),
    'latin1',
  );
  assert.throws(() => readZip(lying), /bomb is damaged/);
  const huge = Buffer.alloc(4);
  huge.writeUInt32LE(2_000_000_000);
  const greedy = Buffer.from(
    zip.toString('latin1').replaceAll(large.toString('latin1'), huge.toString('latin1')),
    'latin1',
  );
  assert.throws(() => readZip(greedy), /bomb is too large/);
});
