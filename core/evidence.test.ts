// Of what type a file is: its content decides, and must be what its name says.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { sha256 } from './canonical.ts';
import { evidenceFile, evidenceFolder, findEvidence, mediaOf } from './evidence.ts';

const bytes = (text: string): Buffer => Buffer.from(text, 'latin1');

for (const [name, content, expected] of [
  ['a.pdf', bytes('%PDF-1.7'), 'application/pdf'],
  ['A.PDF', bytes('%PDF-1.7'), 'application/pdf'],
  ['a.jpeg', bytes('\xff\xd8\xff\xe0'), 'image/jpeg'],
  ['a.webp', bytes('RIFF\0\0\0\0WEBPVP8 '), 'image/webp'],
  ['a.heic', bytes('\0\0\0\x18ftypheic'), 'image/heic'],
  ['a.ofd', bytes('PK\x03\x04'), 'application/ofd'],
  ['a.csv', Buffer.from('电量,kWh'), 'text/plain'],
  ['a.csv', Buffer.from([0xb5, 0xe7, 0xc1, 0xbf]), 'text/plain'],
  ['a.png', bytes('%PDF-1.7'), undefined],
  ['a.pdf', bytes(' %PDF-1.7'), undefined],
  ['a.html', bytes('<html>'), undefined],
  ['a.svg', bytes('<svg/>'), undefined],
  ['a.pdf.exe', bytes('MZ'), undefined],
  ['pdf', bytes('%PDF-1.7'), undefined],
  ['a.txt', bytes('\xff\xff\xff'), undefined],
  ['a.toString', bytes('x'), undefined],
] as const) {
  test(`${name} with ${JSON.stringify(content.toString('latin1'))} is ${expected ?? 'refused'}`, () => {
    assert.equal(mediaOf(name, content)?.type, expected);
  });
}

test('a document has its file from the uploads or from the site folder, with the content that was entered, and from nowhere else', (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'tanbiao-evidence-'));
  context.after(() => rmSync(folder, { recursive: true }));
  const [site, data] = [join(folder, 'site'), join(folder, 'data')];
  mkdirSync(site);
  mkdirSync(evidenceFolder(data), { recursive: true });
  writeFileSync(join(site, 'a.pdf'), 'a');
  writeFileSync(join(folder, 'outside.pdf'), 'outside');
  writeFileSync(join(evidenceFolder(data), sha256('b')), 'b');
  const find = (content: string, file?: string) => findEvidence({ sha256: sha256(content), file }, site, data)?.content;
  assert.equal(String(find('a', 'a.pdf')), 'a');
  assert.equal(String(find('b')), 'b');
  assert.equal(find('altered', 'a.pdf'), undefined);
  assert.equal(find('outside', '../outside.pdf'), undefined);
  assert.equal(find('c', 'missing.pdf'), undefined);
  assert.equal(find('c', '.'), undefined);
  assert.equal(evidenceFile(data, '../site/a.pdf'), undefined);
});
