// A sealed year under a stranger's eyes: sound as it is, and every change found and named.
import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { canonicalJson, sha256 } from '../core/canonical.ts';
import type { LedgerEntry } from '../core/ledger.ts';
import type { Signature, Snapshot } from './form.ts';
import { bundle, first, newYear, software } from './golden.fixture.ts';
import { plantKey } from './key.ts';
import { checkFiles, openBundle } from './open.ts';
import { verifyBundle } from './verify.ts';
import { type Entry, readZip, writeZip } from './zip.ts';

const folder = mkdtempSync(join(tmpdir(), 'tanbiao-key-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const key = plantKey(folder);
const sealed = await bundle(key);

/** A deterministic stream of positions: a failure can be seen again. */
function* positions(length: number, seed: number): Generator<number> {
  let state = seed;
  for (;;) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    yield state % length;
  }
}

const altered = (name: string, change: (text: string) => string): Entry[] =>
  readZip(sealed.bytes).map((entry) =>
    entry.name === name ? { name, bytes: Buffer.from(change(Buffer.from(entry.bytes).toString())) } : entry,
  );

const said = (bytes: Uint8Array): string => {
  const { problems, ok } = verifyBundle(bytes);
  assert.equal(ok, false);
  return problems.map(({ en }) => en).join('; ');
};

test('a sealed year is sound, and every figure follows from its own files', () => {
  const { ok, problems, figures, hash, fingerprint } = verifyBundle(sealed.bytes, key.fingerprint);
  assert.deepEqual(problems, []);
  assert.deepEqual(
    figures.filter(({ equal }) => !equal),
    [],
  );
  assert.ok(ok);
  assert.ok(Math.abs((figures.find(({ id }) => id === 'ca-2')?.sealed ?? 0) - 32.344) < 1e-4);
  assert.equal(hash, sealed.hash);
  assert.equal(fingerprint, key.fingerprint);
});

test('a factor of the ledger and an uploaded document are within, and the figures follow from them', async () => {
  mkdirSync(join(folder, 'evidence'), { recursive: true });
  writeFileSync(join(folder, 'evidence', sha256('%PDF-')), '%PDF-');
  const ledger = (entries: LedgerEntry[]): LedgerEntry[] => [
    ...entries,
    {
      ...{ kind: 'factor', id: 'own-heat', factor: 'heat', region: 'CN', from: 2025, value: 0.05, unit: 'tCO2/GJ' },
      ...{ publisher: 'supplier', source: 'statement' },
    },
    {
      kind: 'document',
      id: 'statement',
      title: 'statement',
      type: 'report',
      sha256: sha256('%PDF-'),
      name: '声明.pdf',
    },
  ];
  const made = await bundle(key, { ledger, dataFolder: folder });
  const { ok, problems } = verifyBundle(made.bytes);
  assert.deepEqual([ok, problems], [true, []]);
  assert.ok(readZip(made.bytes).some(({ name, bytes }) => name === 'evidence/statement.pdf' && bytes.length === 5));
});

test('the same data give the same bytes; another time of signing changes the signature alone', async () => {
  assert.ok((await bundle(key)).bytes.equals(sealed.bytes));
  const later = readZip((await bundle(key, {}, first, newYear + 1_000)).bytes);
  const changed = readZip(sealed.bytes).filter(
    ({ bytes }, index) => !Buffer.from(bytes).equals(later[index]?.bytes ?? Buffer.alloc(0)),
  );
  assert.deepEqual(
    changed.map(({ name }) => name),
    ['signature.json'],
  );
  const { at: _, signature: __, ...one } = openBundle(sealed.bytes).signature;
  const { at: ___, signature: ____, ...other } = JSON.parse(String(later[0]?.bytes)) as Signature;
  assert.deepEqual(one, other);
});

test('a changed byte in any file of the bundle is found and the file named, also when it is packed anew', () => {
  const files = new Map(readZip(sealed.bytes).map(({ name, bytes }) => [name, Buffer.from(bytes)]));
  const rounds = Math.ceil(Number(process.env.TANBIAO_CASES ?? 200) / files.size);
  for (const [name, bytes] of files) {
    const step = positions(bytes.length, 7);
    for (let round = 0; round < rounds; round++) {
      const at = step.next().value as number;
      const altered = Buffer.from(bytes);
      altered[at] = (altered[at] as number) ^ 1;
      let words: string;
      try {
        words = checkFiles(new Map([...files, [name, altered]]))
          .problems.map(({ en }) => en)
          .join('; ');
      } catch (error) {
        words = String(error); // what cannot even be read is refused
      }
      assert.ok(words.includes(name), `${name} byte ${at}: ${words}`);
    }
  }
});

test('a flip at a thousand places of the archive as it lies on disk is found', () => {
  const step = positions(sealed.bytes.length, 11);
  for (let round = 0; round < 1_000; round++) {
    const at = step.next().value as number;
    const bytes = Buffer.from(sealed.bytes);
    bytes[at] = (bytes[at] as number) ^ (1 << (round % 8));
    assert.throws(() => verifyBundle(bytes), { code: 'bundle_refused' }, `byte ${at}`);
  }
});

test('a slot that is changed and hashed again needs the key that the forger does not have', () => {
  const entries = altered('slots/main.energy_import.csv', (text) => text.replace('step,500000\n1,', 'step,500000\n0,'));
  const slots = entries.find(({ name }) => name === 'slots/main.energy_import.csv') as Entry;
  const change = <T>(name: string, edit: (value: T) => T) => {
    const entry = entries.find((one) => one.name === name) as Entry;
    entry.bytes = Buffer.from(canonicalJson(edit(JSON.parse(String(entry.bytes)) as T)));
    return sha256(entry.bytes);
  };
  const main = change<Snapshot>('snapshot.json', (value) => ({
    ...value,
    files: { ...value.files, [slots.name]: sha256(slots.bytes) },
  }));
  change<Signature>('signature.json', (value) => ({ ...value, files: { ...value.files, 'snapshot.json': main } }));
  assert.match(said(writeZip(entries)), /^signature.json: the signature does not fit/);
  const { figures } = verifyBundle(writeZip(entries));
  const wrong = figures.find(({ id }) => id === 'grid_import');
  assert.equal(wrong?.equal, false);
  assert.match(wrong?.why?.en ?? '', /main.energy_import: sealed 4745000, found 4744500/);
});

/** As somebody who has the plant's own key would change it: every hash fits, and so does the signature. */
function resigned(edit: (snapshot: Snapshot, files: Map<string, Buffer>) => void, of = sealed.bytes): Uint8Array {
  const files = new Map(readZip(of).map(({ name, bytes }) => [name, Buffer.from(bytes)]));
  const { signature: _, ...said } = JSON.parse(String(files.get('signature.json'))) as Signature;
  const snapshot = JSON.parse(String(files.get('snapshot.json'))) as Snapshot;
  edit(snapshot, files);
  const hashOf = (name: string) => sha256(files.get(name) as Buffer);
  for (const name of Object.keys(snapshot.files)) snapshot.files[name] = hashOf(name);
  files.set('snapshot.json', Buffer.from(canonicalJson(snapshot)));
  for (const name of Object.keys(said.files)) said.files[name] = hashOf(name);
  const signature = canonicalJson({ ...said, signature: key.sign(canonicalJson(said)) });
  files.set('signature.json', Buffer.from(signature));
  return writeZip([...files].map(([name, bytes]) => ({ name, bytes })));
}

test('the key itself makes nothing true: a record or a page that does not follow from the files is found', async () => {
  const problemsOf = (bytes: Uint8Array) => {
    const { ok, problems, figures } = verifyBundle(bytes, key.fingerprint, software);
    assert.equal(ok, problems.length === 0 && figures.every(({ equal }) => equal));
    return problems.map(({ en }) => en);
  };
  assert.deepEqual(problemsOf(resigned((snapshot) => snapshot)), problemsOf(sealed.bytes));
  const found = (edit: Parameters<typeof resigned>[0], of?: Buffer) => problemsOf(resigned(edit, of)).join('; ');
  const factor = /the records of factors are not those/;
  assert.match(
    found(({ factors: [one] }) => Object.assign(one as object, { confidence: 'FOUND-P' })),
    factor,
  );
  assert.match(
    found(({ factors: [one] }) => Object.assign(one as object, { value: 0.1 })),
    factor,
  );
  assert.match(
    found(({ ledger }) => ledger.used.pop()),
    /the entries used are not those/,
  );
  assert.match(
    found(({ period }) => Object.assign(period, { to: '2025-06-30T00:00+08:00' })),
    /the period is not the year/,
  );
  assert.match(
    found((_, files) => {
      const page = String(files.get('report.en.html'));
      files.set('report.en.html', Buffer.from(page.replaceAll('4 847.638148', '3 847.638148')));
    }),
    /report.en.html does not say what the snapshot says/,
  );
  const evidence = join(folder, 'evidence');
  mkdirSync(evidence, { recursive: true });
  writeFileSync(join(evidence, sha256('%PDF-')), '%PDF-');
  const proof = { kind: 'document', id: 'p', title: 'p', type: 'report', sha256: sha256('%PDF-'), name: 'p.pdf' };
  const proven = await bundle(key, {
    ledger: (entries) => [...entries, proof as LedgerEntry],
    dataFolder: folder,
  });
  assert.deepEqual(problemsOf(proven.bytes), []);
  assert.match(
    found((_, files) => files.set('evidence/p.pdf', Buffer.from('%PDF-other')), proven.bytes),
    /the evidence is not what the ledger entered/,
  );
});

test('files that are missing or do not belong are named', () => {
  const entries = readZip(sealed.bytes);
  assert.match(said(writeZip(entries.filter(({ name }) => name !== 'ledger.jsonl'))), /ledger.jsonl is missing/);
  assert.match(
    said(writeZip([...entries, { name: 'more.txt', bytes: Buffer.from('x') }])),
    /more.txt does not belong to the snapshot/,
  );
});

test('another key than the one that the plant made known is refused', () => {
  const other = plantKey(join(folder, 'other'));
  const { ok, problems } = verifyBundle(sealed.bytes, other.fingerprint);
  assert.equal(ok, false);
  assert.match(problems[0]?.en ?? '', /not by/);
});

test('a newer format and a foreign file are refused, each by its own words', () => {
  const newer = altered('snapshot.json', (text) =>
    text.replace('"version":1,"', '"version":2,"').replace(/"version":1\}$/, '"version":2}'),
  );
  assert.throws(() => verifyBundle(writeZip(newer)), /format version 2, this program knows 1/);
  assert.throws(() => verifyBundle(Buffer.from('%PDF-1.7'.repeat(100))), /not a snapshot/);
  assert.throws(() => verifyBundle(writeZip([{ name: 'x', bytes: Buffer.from('x') }])), /signature.json is missing/);
});

test('the key is made once, readable by its owner alone, and refused when others can read it', {
  skip: process.platform === 'win32',
}, () => {
  const file = join(folder, 'keys', 'snapshot.pem');
  assert.equal(plantKey(folder).fingerprint, key.fingerprint);
  assert.equal(statSync(file).mode & 0o777, 0o600);
  chmodSync(file, 0o644);
  assert.throws(() => plantKey(folder), { code: 'key_exposed' });
  chmodSync(file, 0o600);
});
