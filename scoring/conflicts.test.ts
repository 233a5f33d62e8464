import assert from 'node:assert/strict';
import { test } from 'node:test';
import { conflictsOf } from './conflicts.ts';
import { type LoadedPack, loadPack, packFiles } from './pack.ts';

const all = [...packFiles().keys()].sort().map((id) => loadPack(id));

function said(packs: readonly LoadedPack[], id: string): Record<string, string> {
  const { stands } = conflictsOf(packs).find((one) => one.id === id) ?? { stands: [] };
  return Object.fromEntries(stands.flatMap(({ packs: who, says }) => who.map((pack) => [pack, says.en])));
}

test('one thing, several thresholds and formulas', () => {
  const water = said(all, 'water_reuse');
  assert.match(water['ndrc-park-2025'] ?? '', /^≥80 \[%\] = water_reused \/ \(water_reused \+ water_intake\)/);
  assert.match(water['sx-park-industrial'] ?? '', /^95 /);
  assert.match(water['sx-factory'] ?? '', /not stated/);
  const renewable = said(all, 'renewable_share');
  assert.match(renewable.tcace ?? '', /^≥30 .*certificates_retired\) \* coal_electricity\)/);
  assert.equal(renewable['sx-park-industrial'], renewable['sx-park-tourism']);
  assert.equal(Object.keys(renewable).length, 7);
});

test('the basis of standard coal, the factor of the grid, and what may be claimed', () => {
  const coal = said(all, 'coal_electricity');
  assert.equal(coal.tcace, 'calorific');
  assert.match(coal['ndrc-park-2025'] ?? '', /equivalent.*the value is not stated/);
  assert.match(
    coal['miit-zcf-2026'] ?? '',
    /^not stated: calorific 0\.1229 \| equivalent 0\.2856 \| equivalent 0\.30$/,
  );
  const grid = said(all, 'grid_factor');
  assert.match(grid['ndrc-park-2025'] ?? '', /0\.8325 kgCO2\/kWh/);
  assert.match(grid.tcace ?? '', /location-based/);
  assert.equal(grid['cq-guide'], undefined);
  const credits = said(all, 'credits_retired');
  assert.deepEqual([credits.tcace, credits['miit-zcf-2026']], ['counts', 'does not count']);
  assert.match(credits['sx-park-tourism'] ?? '', /a choice decides/);
});

test('a standard is not in conflict with itself, and a choice that is made is no longer open', () => {
  const [one] = all.filter(({ id }) => id === 'sx-factory');
  assert.ok(one);
  assert.deepEqual(conflictsOf([one, { ...one, id: 'same' }]), []);
  const chosen = { ...one, choices: one.choices.map((choice) => ({ ...choice, chosen: choice.options[0]?.id })) };
  const decided = said([one, { ...chosen, id: 'decided' } as LoadedPack], 'certificates_retired');
  assert.deepEqual(decided, { 'sx-factory': 'not stated, a choice decides', decided: 'does not count' });
});
