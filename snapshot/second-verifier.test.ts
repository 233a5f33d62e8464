// A page of Python that shares nothing with this program comes to the same figures, and sees what was changed.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { LedgerEntry } from '../core/ledger.ts';
import { findProgram } from '../core/real-programs.ts';
import { inputs, site } from '../scoring/golden.fixture.ts';
import { bundle, type Change } from './golden.fixture.ts';
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
    return spawnSync(python.path, [script, file], { encoding: 'utf8', timeout: 600_000 });
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

test('meters that count one way, counters that stand in, and bills of electricity come to the same there', {
  skip: python.skip,
}, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'tanbiao-second-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const main = site.meters.find(({ id }) => id === 'main') ?? assert.fail('no main meter');
  const inward = { ...main, role: 'grid_import' as const, reads: { energy_import: 'energy_generated' as const } };
  const outward = { ...main, id: 'out', role: 'grid_export' as const };
  const oneWay = { meters: [inward, outward, ...site.meters.filter(({ id }) => id !== 'main')] };
  const known = inputs().slots;
  const taken = [...(known.get('main.energy_import') ?? [])];
  const given = [...(known.get('main.energy_export') ?? [])];
  const [silent, heard] = [Date.UTC(2025, 5, 30, 16), Date.UTC(2025, 6, 31, 16)];
  const bill = (
    id: string,
    carrier: 'electricity' | 'electricity_sold',
    days: [string, string],
    of: object,
  ): LedgerEntry => ({
    ...{ kind: 'booking', id, carrier, from: days[0], to: days[1], amount: 1_234.5, unit: 'kWh' },
    ...of,
  });
  const year: [string, string] = ['2025-01-01', '2025-12-31'];
  const july: [string, string] = ['2025-07-01', '2025-07-31'];
  const changes: [string, Change][] = [
    ['both ways', { site: oneWay, slots: { 'main.energy_generated': taken, 'out.energy_export': given } }],
    [
      'bills',
      {
        site: oneWay,
        slots: {
          'main.energy_generated': taken.filter(({ start }) => start < silent || start >= heard),
          'out.energy_export': given,
        },
        ledger: (entries) => [
          ...entries,
          bill('a', 'electricity', july, { meter: 'main' }), // counts: the meter has no readings in July
          bill('b', 'electricity', ['2025-06-30', '2025-07-02'], { meter: 'main' }), // is compared
          bill('c', 'electricity', year, { supply: '0351-1', unit: 'MWh' }),
          bill('d', 'electricity_sold', july, { meter: 'out' }), // is compared
        ],
      },
    ],
    [
      'storage that feeds the grid',
      {
        site: { meters: [...site.meters, { ...main, id: 'battery', role: 'storage' }] },
        slots: {
          'battery.energy_charged': given,
          'battery.energy_discharged': taken.map((slot) => ({ ...slot, value: slot.value / 100 })),
          'main.energy_export': given.map((slot, index) => (index % 24 === 20 ? { ...slot, value: 3_000 } : slot)),
        },
      },
    ],
    ['sold', { ledger: (entries) => [...entries, bill('e', 'electricity_sold', year, { supply: '0351-2' })] }],
  ];
  for (const [name, change] of changes) {
    const file = join(folder, `${name}.tanbiao`);
    writeFileSync(file, (await bundle(plantKey(folder), change)).bytes);
    const { status, stdout, stderr } = spawnSync(python.path, [script, file], { encoding: 'utf8', timeout: 600_000 });
    assert.equal(status, 0, `${name}: ${stdout}${stderr}`);
    for (const total of ['grid_import', 'grid_export', 'electricity_self_used', 'emissions_total'])
      assert.match(stdout, new RegExp(`^= ${total} +sealed \\d`, 'm'), name);
  }
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
  const run = (shell: string) => spawnSync('sh', ['-c', shell], { cwd: folder, encoding: 'utf8', timeout: 600_000 });
  const sound = run(commands);
  assert.equal(sound.status, 0, sound.stderr);
  assert.match(sound.stdout, /Verified Successfully/);
  assert.ok(sound.stdout.includes(key.fingerprint));
  const last = commands.trim().split('\n').at(-1) ?? '';
  assert.notEqual(run(`sed -i 's/"at":"2026/"at":"2025/' said && ${last}`).status, 0);
});
