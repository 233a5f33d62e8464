// The page on roles says what the program does with them.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ledgerFileSchema } from '../ledger.ts';
import { expected } from './roles.ts';
import { type MeterConfig, roles, siteFields } from './site-schema.ts';
import { parseYaml } from './yaml-file.ts';

const text = readFileSync(join(import.meta.dirname, '../../docs/roles.md'), 'utf8');
const blocks = [...text.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, block = '']) => block);

test('the page lists every role with the counters that it makes use of', () => {
  const rows = [...text.matchAll(/^\| `(\w+)` +\|.*\|([^|]*)\|$/gm)].map(([, role = '', counters = '']) => [
    role,
    [...counters.matchAll(/`(\w+)`/g)].map(([, one]) => one),
  ]);
  const carrierOf = (role: string) => (role === 'fuel' ? 'natural_gas' : 'electricity');
  assert.deepEqual(
    rows,
    roles.map((role) => [role, expected({ role, carrier: carrierOf(role) } as MeterConfig)]),
  );
});

test('the examples of the page are sound', () => {
  const { problems, value } = parseYaml(blocks[1] ?? '', 'roles.md', ledgerFileSchema);
  assert.deepEqual([problems, value?.entries.length], [[], 3]);
  assert.deepEqual(
    parseYaml(blocks[0] ?? '', 'roles.md', siteFields.shape.meters.element.pick({ reads: true })).problems,
    [],
  );
});
