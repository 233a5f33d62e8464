// What is no snapshot of ours is refused in words, within bounded memory, and without a file anywhere else.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { crc32, deflateRawSync } from 'node:zlib';
import { bundle } from './golden.fixture.ts';
import { plantKey } from './key.ts';
import { verifyApart } from './verify-apart.ts';
import { writeZip } from './zip.ts';

function folderFor(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'tanbiao-bad-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A zip as other programs write it: no digest of ours at its end. */
function foreignZip(name: string, bytes: Buffer): Buffer {
  const packed = deflateRawSync(bytes, { level: 9 });
  const same = Buffer.alloc(26);
  same.writeUInt16LE(20, 0);
  same.writeUInt16LE(8, 4);
  same.writeUInt32LE(crc32(bytes), 10);
  same.writeUInt32LE(packed.length, 14);
  same.writeUInt32LE(bytes.length, 18);
  same.writeUInt16LE(name.length, 22);
  const local = Buffer.concat([Buffer.from('PK\x03\x04'), same, Buffer.from(name), packed]);
  const central = Buffer.concat([Buffer.from('PK\x01\x02\x14\x00'), same, Buffer.alloc(14), Buffer.from(name)]);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 0, 'latin1');
  end.writeUInt16LE(1, 8);
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(local.length, 16);
  return Buffer.concat([local, central, end]);
}

test('foreign files, cut ones, names that lead elsewhere and bombs are refused; nothing is written, and memory stays bounded', async (t) => {
  const folder = folderFor(t);
  const inside = join(folder, 'inside');
  mkdirSync(inside);
  const { bytes } = await bundle(plantKey(folder));
  const bomb = Buffer.alloc(40_000_000);
  const cases: Record<string, Buffer> = {
    'picture.png': Buffer.from('\x89PNG\r\n\x1a\n'.repeat(50), 'latin1'),
    'empty.tanbiao': Buffer.alloc(0),
    'cut.tanbiao': bytes.subarray(0, bytes.length / 2),
    'longer.tanbiao': Buffer.concat([bytes, Buffer.from('x')]),
    'slip.tanbiao': foreignZip('../../slipped', Buffer.from('x')),
    'bomb.tanbiao': foreignZip('bomb', bomb),
    'own-bomb.tanbiao': writeZip([{ name: 'slots/bomb.csv', bytes: bomb }]),
  };
  for (const [name, content] of Object.entries(cases)) {
    const file = join(inside, name);
    writeFileSync(file, content);
    const before = process.memoryUsage().rss;
    await assert.rejects(verifyApart(file), { code: 'bundle_refused' }, name);
    assert.ok(process.memoryUsage().rss - before < 2 ** 30, name);
  }
  assert.deepEqual(readdirSync(inside).sort(), Object.keys(cases).sort());
  assert.deepEqual(readdirSync(folder).sort(), ['inside', 'keys']);
});

test('a sound file is found sound in a thread of its own', async (t) => {
  const folder = folderFor(t);
  const file = join(folder, 'sound.tanbiao');
  writeFileSync(file, (await bundle(plantKey(folder))).bytes);
  const { ok, figures } = await verifyApart(file);
  assert.ok(ok && figures.length > 20);
});
