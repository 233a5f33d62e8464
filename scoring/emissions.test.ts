// The inventory: each kind of source, the two ways of counting power, gases by a chosen set, and factors that stay put.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { EntryOf, LedgerEntry } from '../core/ledger.ts';
import { findTrace, leavesOf } from '../core/trace.ts';
import { accountFor } from './emissions.ts';
import { chooseFactor, loadFactors } from './factors.ts';
import { inputs, site } from './golden.fixture.ts';
import { factorScope } from './inputs.ts';
import { loadPack } from './pack.ts';
import { scoreSite } from './score.ts';

const near = (actual: number | null | undefined, expected: number, tolerance = 1e-6) =>
  assert.ok(actual != null && Math.abs(actual - expected) < tolerance, `${actual} is not ${expected}`);
const total = 4_847.638_148_26;
const adding = (...more: LedgerEntry[]) => ({ ledger: (entries: LedgerEntry[]) => [...entries, ...more] });
const emission = (more: Partial<Extract<LedgerEntry, { kind: 'emission' }>>): LedgerEntry => ({
  kind: 'emission',
  id: 'e1',
  source: 'refrigerant',
  title: 'top-up',
  year: 2025,
  gas: 'R410A',
  unit: 'kg',
  ...more,
});

test('location- and market-based stand side by side: 4 847.6381 t, and 5 039.6131 t with certificates at zero', () => {
  const account = accountFor(inputs());
  near(account.emissions_total.trace.value, total, 1e-4);
  near(account.emissions_total_market.trace.value, 5_039.6131, 1e-4);
  near(account.emissions_electricity_market.trace.value, 4_445 * 0.6096);
});

test('no figure of an inventory takes both the average and the residual factor', () => {
  const { emissions_total, emissions_total_market } = accountFor(inputs());
  const factors = (root: typeof emissions_total) => [...leavesOf(root.trace)].map(({ id }) => id);
  assert.ok(!factors(emissions_total).includes('residual_factor'));
  assert.ok(!factors(emissions_total_market).includes('grid_factor'));
});

for (const [set, gas, kilograms, tonnes] of [
  ['AR5', 'R410A', 10, 19.235],
  ['AR6-25200', 'R410A', 10, 22.555],
  ['AR5', 'R407C', 10, 16.2421],
  ['AR6-25200', 'R407C', 10, 19.0793],
  ['AR5', 'R404A', 10, 39.428],
  ['AR6-25200', 'R404A', 10, 47.28],
  ['AR5', 'R507A', 10, 39.85],
  ['AR6-24300', 'R507A', 10, 47.75],
  ['SAR', 'SF6', 1, 23.9],
  ['AR5', 'SF6', 1, 23.5],
  ['AR6-25200', 'SF6', 1, 25.2],
  ['AR6-24300', 'SF6', 1, 24.3],
  ['AR5', 'CH4', 1_000, 28],
  ['AR6-25200', 'N2O', 1_000, 273],
  ['AR4', 'R32', 1_000, 675],
] as const) {
  test(`${kilograms} kg of ${gas} are ${tonnes} t CO2e by ${set}`, () => {
    const account = accountFor(
      inputs({ ...adding(emission({ gas, amount: kilograms })), site: { factors: { ...site.factors, gwp: set } } }),
    );
    near(account.emissions_refrigerants.trace.value, tonnes);
    near(account.emissions_total.trace.value, total + tonnes, 1e-4);
  });
}

test('a gas that the set does not know leaves the total open', () => {
  const account = accountFor(
    inputs({ ...adding(emission({ gas: 'NF3', amount: 1 })), site: { factors: { ...site.factors, gwp: 'SAR' } } }),
  );
  assert.equal(account.emissions_total.trace.value, null);
  assert.match(JSON.stringify(account.emissions_refrigerants.trace), /SAR has no value for NF3/);
});

test('process emissions by activity and factor are in the total, biomass stands apart', () => {
  const account = accountFor(
    inputs(
      adding(
        emission({
          id: 'p',
          source: 'process',
          gas: 'CO2',
          activity: { amount: 200, unit: 't' },
          factor: { value: 0.44, unit: 'tCO2/t', source: 'lime, stoichiometric' },
        }),
        emission({ id: 'b', source: 'biomass', gas: 'CO2', amount: 75, unit: 't' }),
      ),
    ),
  );
  near(account.emissions_process.trace.value, 88);
  near(account.emissions_biomass.trace.value, 75);
  near(account.emissions_total.trace.value, total + 88, 1e-4);
});

test('heat that is sold is deducted, exported power of the sun deducts nothing', () => {
  const account = accountFor(
    inputs(
      adding({
        kind: 'booking',
        id: 'sold',
        carrier: 'heat_sold',
        from: '2025-01-01',
        to: '2025-12-31',
        amount: 1_000,
        unit: 'GJ',
      }),
    ),
  );
  near(account.emissions_heat_sold.trace.value, -110);
  near(account.emissions_total.trace.value, total - 110, 1e-4);
});

for (const [family, carrier, expected] of [
  ['fuels-other-industries', 'anthracite', 2.3228],
  ['fuels-other-industries', 'bituminous_coal', 2.0715],
  ['fuels-other-industries', 'lignite', 1.4241],
  ['fuels-other-industries', 'washed_coal', 2.2818],
  ['fuels-other-industries', 'coke', 2.8518],
  ['fuels-other-industries', 'crude_oil', 3.0783],
  ['fuels-other-industries', 'fuel_oil', 3.0472],
  ['fuels-other-industries', 'gasoline', 3.0425],
  ['fuels-other-industries', 'diesel', 3.1451],
  ['fuels-other-industries', 'kerosene', 3.1517],
  ['fuels-other-industries', 'petroleum_coke', 3.0633],
  ['fuels-other-industries', 'lpg', 2.9538],
  ['fuels-other-industries', 'lng', 2.3253],
  ['fuels-other-industries', 'natural_gas', 21.6219],
  ['fuels-other-industries', 'coke_oven_gas', 8.5828],
  ['fuels-other-industries', 'blast_furnace_gas', 9.6865],
  ['fuels-second-defaults', 'diesel', 3.0959],
  ['fuels-second-defaults', 'gasoline', 2.9251],
  ['fuels-second-defaults', 'kerosene', 3.0334],
  ['fuels-second-defaults', 'lpg', 3.1013],
  ['fuels-second-defaults', 'refinery_gas', 3.0082],
  ['fuels-second-defaults', 'natural_gas', 21.6502],
  ['fuels-second-defaults', 'blast_furnace_gas', 8.4811],
  ['fuels-second-defaults', 'converter_gas', 15.124],
  ['fuels-second-defaults', 'coke_oven_gas', 7.6362],
] as const) {
  test(`a unit of ${carrier} by ${family} emits ${expected}`, () => {
    const { row } = chooseFactor({ kind: 'fuel', family, carrier, year: 2025 });
    near(((row.ncv?.value ?? 0) * (row.carbon?.value ?? 0) * (row.oxidation ?? 0) * 44) / 12, expected, 0.000_051);
  });
}

test('two families of fuel defaults never mix: what one lacks is open', () => {
  const account = accountFor(
    inputs(
      adding({
        kind: 'booking',
        id: 'rg',
        carrier: 'refinery_gas',
        from: '2025-01-01',
        to: '2025-12-31',
        amount: 1,
        unit: 't',
      }),
    ),
  );
  assert.equal(account.emissions_fuel.trace.value, null);
  assert.match(JSON.stringify(account.emissions_fuel.trace), /has no defaults for refinery gas; families must not mix/);
});

test('a measure that saves a fuel without a factor leaves the reductions open, and the score stands', () => {
  const account = accountFor(
    inputs(
      adding({
        kind: 'measure',
        id: 'flare',
        title: { zh: '回收', en: 'recovery' },
        year: 2025,
        method: 'm',
        baseline: 'b',
        saves: [{ carrier: 'refinery_gas', amount: 1, unit: 't' }],
      }),
    ),
  );
  assert.equal(account.reductions.trace.value, null);
  near(account.emissions_total.trace.value, total, 1e-4);
});

test('every province and region has its factor of every year, with its notice and confidence', () => {
  const rows = loadFactors().filter(({ file }) => file.kind === 'grid_average');
  assert.equal(rows.length, 38 * 3);
  const of = (region: string, dataYear: number) =>
    rows.find((row) => row.region === region && row.dataYear === dataYear)?.value ?? 0;
  const provinces = [...new Set(rows.map(({ region }) => region))].filter((region) => /^CN-[A-Z]{2}$/.test(region));
  assert.equal(provinces.length, 30);
  assert.equal(provinces.filter((region) => of(region, 2023) < of(region, 2022)).length, 20);
  assert.ok(
    rows.every(
      ({ notice, published, file }) => notice !== undefined && published !== undefined && file.confidence === 'FOUND',
    ),
  );
  assert.equal(of('CN-SX', 2023), 0.6634);
  const recalled = loadFactors()
    .filter(({ confidence }) => confidence === 'RECALLED')
    .map(({ file, dataYear }) => [file.id, dataYear]);
  assert.deepEqual(recalled, [
    ['grid-fossil', 2021],
    ['grid-residual', 2021],
  ]);
});

test('a footprint factor is never a grid factor', () => {
  const grid = loadFactors().filter(({ file }) => file.kind.startsWith('grid'));
  assert.ok(grid.every(({ value }) => value !== 0.6205 && value !== 0.5777));
});

function ownFactors(context: TestContext, rows: string, head = 'confidence: USER'): string {
  const folder = mkdtempSync(join(tmpdir(), 'tanbiao-factors-'));
  context.after(() => rmSync(folder, { recursive: true }));
  mkdirSync(join(folder, 'factors'));
  const file = `schema: 1\nid: ours\nkind: heat\nname: {zh: 本厂热力, en: our heat}\nunit: tCO2/GJ\npublisher: 热力公司\nsource: contract\n${head}\nrows:\n${rows}`;
  writeFileSync(join(folder, 'factors/heat.yaml'), file);
  return folder;
}

test("a plant's own factor is chosen before the product's, and says that it is the plant's", (context) => {
  const folder = ownFactors(context, '  - {value: 0.09, published: 2025-06-01}\n');
  const account = accountFor(inputs({ site: { folder } }));
  near(account.emissions_heat.trace.value, 12_000 * 0.09);
  const leaf = [...leavesOf(account.emissions_heat.trace)].find(({ id }) => id === 'heat_factor');
  assert.deepEqual([leaf?.factor?.confidence, leaf?.factor?.fit.en], ['USER', "the plant's own factor"]);
});

test('a new version of a factor changes open years and leaves a closed year as it was, to the byte', (context) => {
  const closing: LedgerEntry = {
    kind: 'closing',
    id: 'close-2025',
    year: 2025,
    factorsAsOf: '2026-02-01',
    by: '财务部',
  };
  const before = ownFactors(context, '  - {value: 0.09, published: 2026-01-10}\n');
  const after = ownFactors(
    context,
    '  - {value: 0.09, published: 2026-01-10}\n  - {value: 0.12, published: 2026-03-10}\n',
  );
  const score = (folder: string, closed: boolean) =>
    JSON.stringify(scoreSite(inputs({ ...(closed ? adding(closing) : {}), site: { folder } }), loadPack('tcace')));
  assert.equal(score(after, true), score(before, true));
  assert.notEqual(score(after, false), score(before, false));
});

test('factors whose validity overlaps, or that nobody dated, are refused with their place', (context) => {
  const twice = ownFactors(
    context,
    '  - {value: 0.09, published: 2025-06-01, from: 2024, to: 2025}\n  - {value: 0.1, published: 2025-06-01, from: 2025}\n',
  );
  assert.throws(() => loadFactors(twice), /heat\.yaml:11:5 {2}rows\.1: its validity overlaps that of row 1/);
  const undated = ownFactors(context, '  - {value: 0.09}\n');
  assert.throws(() => loadFactors(undated), /needs published/);
});

test('a year that was closed before a notice appeared is computed with what was known then', () => {
  const closing: LedgerEntry = {
    kind: 'closing',
    id: 'close-2025',
    year: 2025,
    factorsAsOf: '2025-12-30',
    by: '财务部',
  };
  const latest = { factors: { ...site.factors, grid: { region: 'CN', dataYear: 'latest' as const } } };
  near(accountFor(inputs({ ...adding(closing), site: latest })).emissions_electricity.trace.value, 4_745 * 0.5366);
  near(accountFor(inputs({ site: latest })).emissions_electricity.trace.value, 4_745 * 0.5306);
});

test('methane and nitrous oxide of electricity count where its factor gives them; the published factors are CO2 only, and that is said', (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'tanbiao-power-'));
  context.after(() => rmSync(folder, { recursive: true }));
  mkdirSync(join(folder, 'factors'));
  writeFileSync(
    join(folder, 'factors/grid.yaml'),
    'schema: 1\nid: ours\nkind: grid_average\nname: {zh: 自有, en: ours}\nunit: kgCO2/kWh\npublisher: 电网公司\nsource: contract\npublished: 2025-01-01\nconfidence: USER\nrows:\n  - {region: CN, dataYear: 2023, value: 0.5, ch4: {value: 0.01, unit: g/kWh}, n2o: {value: 0.002, unit: g/kWh}}\n',
  );
  const account = accountFor(inputs({ site: { folder } }));
  const perMegawattHour = 0.5 + (0.01 * 28 + 0.002 * 265) / 1_000;
  near(account.emissions_electricity.trace.value, 4_745 * perMegawattHour);
  near(account.emissions_electricity_sold.trace.value, 730 * perMegawattHour);
  near(account.reductions.trace.value, 290 * perMegawattHour + 500 * 0.11);
  const told = (of: typeof account) => JSON.stringify(of.emissions_electricity.trace.notes).includes('gives CO2 only');
  assert.deepEqual([told(account), told(accountFor(inputs()))], [false, true]);
});

test('electricity that was sold stands apart at the factor of the grid, and lowers no total', () => {
  const { emissions_electricity_sold, emissions_total } = accountFor(inputs());
  near(emissions_electricity_sold.trace.value, 730 * 0.5306);
  assert.match(JSON.stringify(emissions_electricity_sold.trace.notes), /apart, not deducted/);
  near(emissions_total.trace.value, 4_847.638148);
});

test('methane and nitrous oxide of combustion count where the factors give them, and are told to be missing where not', (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'tanbiao-burnt-'));
  context.after(() => rmSync(folder, { recursive: true }));
  mkdirSync(join(folder, 'factors'));
  const gas =
    '{carrier: natural_gas, ncv: {value: 389.31, unit: GJ/万Nm3}, carbon: {value: 0.0153, unit: tC/GJ}, oxidation: 0.99, ch4: {value: 0.001, unit: kg/GJ}, n2o: {value: 0.0001, unit: kg/GJ}}';
  const diesel =
    '{carrier: diesel, ncv: {value: 43.33, unit: GJ/t}, carbon: {value: 0.0202, unit: tC/GJ}, oxidation: 0.98}';
  writeFileSync(
    join(folder, 'factors/ours.yaml'),
    `schema: 1\nid: ours\nkind: fuel\nname: {zh: 自有, en: ours}\npublisher: 本厂\nsource: a measurement\npublished: 2025-01-01\nconfidence: USER\nrows:\n  - ${gas}\n  - ${diesel}\n`,
  );
  const ours = accountFor(inputs({ site: { folder, factors: { ...site.factors, fuels: 'ours' } } })).emissions_fuel;
  const heat = 438_000 * 0.038931;
  near(ours.trace.value, 947.038_7 + 62.902_4 + (heat * (0.001 * 28 + 0.0001 * 265)) / 1_000, 1e-3);
  const noted = (id: string, root: typeof ours) => JSON.stringify(findTrace(root.trace, id)).includes('CO2 only');
  assert.deepEqual([noted('emissions_natural_gas', ours), noted('emissions_diesel', ours)], [false, true]);
  assert.ok(noted('emissions_natural_gas', accountFor(inputs()).emissions_fuel));
});

test("the plant's own factor of the ledger stands before all others, in its years, until another supersedes it", () => {
  const own = (id: string, value: number, more: Partial<EntryOf<'factor'>> = {}): LedgerEntry => ({
    ...{ kind: 'factor', id, factor: 'heat', region: 'CN', from: 2025, value, unit: 'tCO2/GJ' },
    ...{ publisher: 'supplier', source: 'statement', ...more },
  });
  const factorOf = (...entries: LedgerEntry[]) =>
    chooseFactor({ ...factorScope(inputs(adding(...entries))), kind: 'heat' }).row;
  assert.equal(factorOf().own, false);
  assert.deepEqual([factorOf(own('a', 0.1)).value, factorOf(own('a', 0.1)).file.confidence], [0.1, 'USER']);
  assert.equal(factorOf(own('a', 0.1, { from: 2026 })).own, false);
  assert.equal(factorOf(own('a', 0.1), own('b', 0.2, { supersedes: 'a' })).value, 0.2);
  assert.equal(factorOf(own('b', 0.2, { supersedes: 'a' }), own('a', 0.1)).value, 0.2);
  assert.equal(factorOf(own('a', 0.1), own('b', 0.2, { supersedes: 'a', from: 2026 })).value, 0.1);
});
