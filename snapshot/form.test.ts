// What a snapshot keeps of the plant is read again as it was written.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { loadSite } from '../core/config/site.ts';
import { plantSchema } from './form.ts';

test('the description of every example plant survives being written down', () => {
  for (const name of ['demo', 'golden']) {
    const site = loadSite(join(import.meta.dirname, '../deploy/sites', name));
    const kept = Object.fromEntries(Object.entries(site).filter(([field]) => Object.hasOwn(plantSchema.shape, field)));
    const written = JSON.stringify(kept);
    assert.equal(JSON.stringify(plantSchema.parse(JSON.parse(written))), written);
  }
});
