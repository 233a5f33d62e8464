// The energy flow: it adds up, what nobody meters stays visible, and carbon is shared and never made.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { ledgerEntrySchema } from '../core/ledger.ts';
import { rateFactors } from './carbon-rate.ts';
import { type FlowNode, flowOf } from './energy-flow.ts';
import { inputs, load, site, slots } from './golden.fixture.ts';

const sum = (nodes: readonly FlowNode[], of: (node: FlowNode) => number | null) =>
  nodes.reduce((total, node) => total + (of(node) ?? Number.NaN), 0);
const near = (actual: number, expected: number) =>
  assert.ok(Math.abs(actual - expected) < 1e-6 * Math.abs(expected), `${actual}`);

test('what comes in goes out, in kWh, tce and tCO2e', () => {
  const [electricity, gas] = flowOf(inputs()).carriers;
  assert.ok(electricity && gas);
  const [grid, sun] = electricity.sources;
  assert.equal(grid?.amount, 365 * (12 * 500 + 7 * 1_000)); // the sun covers five hours of the day
  assert.equal(sun?.amount, 365 * 5 * 1_400);
  for (const unit of ['amount', 'tce', 'tCO2e'] as const)
    near(
      sum(electricity.uses, (node) => node[unit]),
      sum(electricity.sources, (node) => node[unit]),
    );
  assert.equal(sun?.tCO2e, 0);
  assert.equal(electricity.uses.find(({ id }) => id === 'export')?.tCO2e, 0);
  near(
    sum(
      electricity.uses.filter(({ id }) => id !== 'export'),
      ({ tce }) => tce,
    ),
    807.453,
  );
  assert.equal(gas.sources[0]?.amount, 438_000);
});

test('a feeder without readings is not known, and neither is what nobody meters', () => {
  const [electricity] = flowOf(inputs({ slots: { 'workshop.energy_import': [] } })).carriers;
  const amounts = new Map(electricity?.uses.map(({ id, amount }) => [id, amount]));
  assert.equal(amounts.get('workshop'), null);
  assert.equal(amounts.get('unmetered'), null);
});

test('a feeder below a feeder stands below it, with what lies between them', () => {
  const feeder = site.meters.find(({ id }) => id === 'workshop');
  assert.ok(feeder);
  const meters = [...site.meters, { ...feeder, id: 'press', parent: 'workshop' }];
  const [electricity] = flowOf(
    inputs({ site: { meters }, slots: { 'press.energy_import': slots((hour) => load(hour) / 4) } }),
  ).carriers;
  const workshop = electricity?.uses.find(({ id }) => id === 'workshop');
  assert.ok(workshop?.amount);
  assert.deepEqual(
    workshop.children.map(({ id, amount }) => [id, amount]),
    [
      ['press', workshop.amount / 4],
      ['unmetered.workshop', (workshop.amount * 3) / 4],
    ],
  );
});

test('the flow of a closed year has the factors of its score, not those that were published since', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'tanbiao-flow-'));
  t.after(() => rmSync(folder, { recursive: true }));
  mkdirSync(join(folder, 'factors'));
  writeFileSync(
    join(folder, 'factors/heat.yaml'),
    `schema: 1
id: own-heat
kind: heat
name: {zh: 热, en: heat}
unit: tCO2/GJ
publisher: supplier
source: statement
published: 2026-06-01
confidence: USER
rows: [{value: 0.05, from: 2025}]
`,
  );
  const of = (change: Parameters<typeof inputs>[0]) => {
    const given = inputs({ ...change, site: { folder } });
    return rateFactors(given.site, given.period.start, given.ledger).perGigajoule;
  };
  const closing = ledgerEntrySchema.parse({ kind: 'closing', id: 'c', year: 2025, factorsAsOf: '2026-03-01', by: 'x' });
  assert.equal(of({}), 50);
  assert.equal(of({ ledger: (entries) => [...entries, closing] }), 110);
});
