// A page of Python that shares nothing with this program comes to the same figures, and sees what was changed.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { findProgram } from '../core/real-programs.ts';
import { bundle } from './golden.fixture.ts';
import { plantKey } from './key.ts';
import { readZip, writeZip } from './zip.ts';

const python = findProgram('python3');
const script = join(import.meta.dirname, '../docs/verify/verify.py');

test('docs/verify/verify.py computes totals and T/CACE alike, and names a slot that was changed', {
  skip: python.skip,
}, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'tanbiao-second-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, '2025.tanbiao');
  const run = (bytes: Uint8Array) => {
    writeFileSync(file, bytes);
    return spawnSync(python.path, [script, file], { encoding: 'utf8', timeout: 120_000 });
  };
  const { bytes } = await bundle(plantKey(folder));
  const sound = run(bytes);
  assert.equal(sound.status, 0, sound.stdout + sound.stderr);
  for (const name of ['ca-2', 'ca-3', 'ca-4', 'electricity_self_used', 'emissions_total', 'reductions'])
    assert.match(sound.stdout, new RegExp(`^= ${name} `, 'm'));
  const altered = readZip(bytes).map(({ name, bytes: content }) => ({
    name,
    bytes: name.endsWith('main.energy_import.csv')
      ? Buffer.from(String(content).replace('step,500000\n1,', 'step,500000\n0,'))
      : content,
  }));
  const found = run(writeZip(altered));
  assert.equal(found.status, 1);
  assert.match(found.stdout, /≠ grid_import .*4744500/);
  assert.match(found.stdout, /slots\/main.energy_import.csv is not what was signed/);
});

const openssl = findProgram('openssl');

test('docs/snapshots.md: openssl alone finds the signature good, and the one over another time bad', {
  skip: openssl.skip || python.skip,
}, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'tanbiao-openssl-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const [, commands = ''] = /```sh\n([\s\S]*?)```/.exec(readFileSync(join(script, '../../snapshots.md'), 'utf8')) ?? [];
  const key = plantKey(folder);
  writeFileSync(join(folder, '0001-2025.tanbiao'), (await bundle(key)).bytes);
  const run = (shell: string) => spawnSync('sh', ['-c', shell], { cwd: folder, encoding: 'utf8', timeout: 60_000 });
  const sound = run(commands);
  assert.equal(sound.status, 0, sound.stderr);
  assert.match(sound.stdout, /Verified Successfully/);
  assert.ok(sound.stdout.includes(key.fingerprint));
  const last = commands.trim().split('\n').at(-1) ?? '';
  assert.notEqual(run(`sed -i 's/"at":"2026/"at":"2025/' said && ${last}`).status, 0);
});
