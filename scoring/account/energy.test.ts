// The energy account: standard coal, what nobody meters, storage, and meters that only exist as a formula.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hour } from '../../core/calendar.ts';
import type { MeterConfig, VirtualMeter } from '../../core/config/site-schema.ts';
import type { LedgerEntry, Revision } from '../../core/ledger.ts';
import type { PointId } from '../../core/points.ts';
import type { SeriesFacts } from '../../core/sample.ts';
import { marks } from '../../core/slots.ts';
import { accountFor } from '../emissions.ts';
import { inputs, load, site, slots, sun } from '../golden.fixture.ts';
import { loadPack } from '../pack.ts';
import { scoreSite } from '../score.ts';
import { checkVirtualMeters, virtualFigure } from './virtual.ts';

const near = (actual: number | null | undefined, expected: number) =>
  assert.ok(actual != null && Math.abs(actual - expected) < 1e-6, `${actual} is not ${expected}`);

test('the golden plant uses 1 828.575 tce: 807.453 of electricity, 611.682 of fuels, 409.44 of heat', () => {
  const account = accountFor(inputs());
  near(account.energy_electricity.trace.value, 807.453);
  near(account.energy_fuels.trace.value, 582.54 + 29.142);
  near(account.energy_heat.trace.value, 409.44);
  near(account.energy_total.trace.value, 1_828.575);
});

test('a fuel without a sourced coefficient leaves the energy open, and says what to do', () => {
  const account = accountFor(
    inputs({
      ledger: (entries) => [
        ...entries,
        {
          kind: 'booking',
          id: 'coal',
          carrier: 'anthracite',
          from: '2025-01-01',
          to: '2025-12-31',
          amount: 10,
          unit: 't',
        },
      ],
    }),
  );
  assert.equal(account.energy_total.trace.value, null);
  assert.match(JSON.stringify(account.energy_fuels.trace), /supply one from a measured calorific value/);
  near(
    account.emissions_fuel.trace.value,
    (43.8 * 389.31 * 0.0153 * 0.99 + 20 * 43.33 * 0.0202 * 0.98 + 10 * 24.515 * 0.02749 * 0.94) * (44 / 12),
  );
});

test('gas that is metered and booked is added, and the sum says that it is', () => {
  const invoice = {
    ...{ kind: 'booking', id: 'gas-1', carrier: 'natural_gas', from: '2025-01-01', to: '2025-01-31' },
    ...{ amount: 37_200, unit: 'Nm3' },
  } as LedgerEntry;
  const { trace } = accountFor(inputs({ ledger: (entries) => [...entries, invoice] })).natural_gas_consumed;
  near(trace.value, 438_000 + 37_200);
  assert.match(JSON.stringify(trace.notes), /book only what no meter reads/);
  assert.deepEqual(accountFor(inputs()).natural_gas_consumed.trace.notes, []);
});

const meter = (id: string, role: MeterConfig['role'], parent?: string): MeterConfig => ({
  ...(site.meters[0] as MeterConfig),
  id,
  role,
  name: { zh: id, en: id },
  ...(parent === undefined ? {} : { parent }),
});
const virtual = (id: string, formula: string, terms: Record<string, string>, parent?: string): VirtualMeter => ({
  id,
  name: { zh: id, en: id },
  role: 'feeder',
  carrier: 'electricity',
  point: 'energy_import',
  formula,
  terms,
  ...(parent === undefined ? {} : { parent }),
});

test('what no feeder accounts for is shown, at the plant and below a feeder', () => {
  const line = { meters: [...site.meters, meter('line-a', 'feeder', 'workshop')] };
  const { account } = scoreSite(
    inputs({
      site: line,
      slots: { 'workshop.energy_import': slots((h) => load(h) * 0.9), 'line-a.energy_import': slots(() => 300) },
    }),
    loadPack('tcace'),
  );
  near(account.unmetered?.value, 657_000);
  near(account['unmetered.workshop']?.value, 5_913_000 - 300 * 8_760);
});

test('a check meter between the main meter and a feeder, or between two feeders, hides nothing', () => {
  const others = site.meters.filter(({ id }) => id !== 'workshop');
  const meters = [
    ...others,
    meter('transformer', 'none', 'main'),
    meter('workshop', 'feeder', 'transformer'),
    meter('busbar', 'none', 'workshop'),
    meter('line-a', 'feeder', 'busbar'),
  ];
  const { account } = scoreSite(
    inputs({
      site: { meters },
      slots: { 'workshop.energy_import': slots((h) => load(h) * 0.9), 'line-a.energy_import': slots(() => 300) },
    }),
    loadPack('tcace'),
  );
  near(account.unmetered?.value, 657_000);
  near(account['unmetered.workshop']?.value, 5_913_000 - 300 * 8_760);
});

test('children that add up to more than their parent are told, not hidden', () => {
  const { account } = scoreSite(
    inputs({ slots: { 'workshop.energy_import': slots((h) => load(h) * 1.1) } }),
    loadPack('tcace'),
  );
  near(account.unmetered?.value, -657_000);
  assert.match(JSON.stringify(account.unmetered?.notes), /the children add up to more/);
});

test('storage: its losses are charge less discharge, and change no total', () => {
  const with_ = { meters: [...site.meters, meter('battery', 'storage')] };
  const account = accountFor(
    inputs({
      site: with_,
      slots: { 'battery.energy_charged': slots(() => 10), 'battery.energy_discharged': slots(() => 9) },
    }),
  );
  near(account.storage_losses.trace.value, 8_760);
  near(account.electricity_consumed.trace.value, 6_570_000);
});

test('a virtual meter is exact, carries the worst coverage of its terms, and is a child in the tree', () => {
  const half = slots(() => 100).filter((_, index) => index % 2 === 0);
  const rest = virtual('rest', 'a - 0.25 * b', { a: 'workshop', b: 'line-a' }, 'workshop');
  const given = inputs({
    site: { meters: [...site.meters, meter('line-a', 'none')], virtual: [rest] },
    slots: { 'line-a.energy_import': half },
  });
  const { trace } = virtualFigure(given, rest);
  near(trace.value, 6_570_000 - 0.25 * 100 * 4_380);
  assert.equal(trace.coverage, 0.5);
  near(scoreSite(given, loadPack('tcace')).account['unmetered.workshop']?.value, 109_500);
});

test('a virtual gas meter counts as fuel', () => {
  const gas: VirtualMeter = {
    ...virtual('kiln', '0.5 * a', { a: 'gas-main' }),
    role: 'fuel',
    carrier: 'natural_gas',
    point: 'gas_volume',
  };
  near(accountFor(inputs({ site: { virtual: [gas] } })).natural_gas_consumed.trace.value, 438_000 * 1.5);
});

for (const [what, list, expected] of [
  ['a name that no term has', [virtual('v', 'a + c', { a: 'main' })], /terms does not name c/],
  [
    'another unit',
    [virtual('v', 'a + b', { a: 'gas-main.gas_volume', b: 'gas-main.gas_volume' })],
    /has the unit Nm3, not kWh/,
  ],
  [
    'units that do not add',
    [virtual('v', 'a + b', { a: 'main', b: 'gas-main.gas_volume' })],
    /kWh and Nm3 cannot be added/,
  ],
] as const) {
  test(`a virtual meter with ${what} is refused`, () =>
    assert.throws(() => checkVirtualMeters({ virtual: [...list] }), expected));
}

test('without readings the balance is open, never zero', () => {
  const empty = Object.fromEntries(['main.energy_import', 'workshop.energy_import'].map((name) => [name, []]));
  const { account } = scoreSite(inputs({ slots: empty }), loadPack('tcace'));
  assert.equal(account.unmetered?.value, null);
  assert.equal(account.energy_total?.value, null);
});

test('a meter whose hours are all zero took nothing, and that is known', () => {
  near(
    accountFor(
      inputs({
        slots: {
          'main.energy_import': slots((h) => Math.max(0, load(h) - sun(h))).map((slot) => ({
            ...slot,
            value: 0,
            covered: hour,
          })),
        },
      }),
    ).grid_import.trace.value,
    0,
  );
});

const withMeters = (...meters: MeterConfig[]) => ({ site: { meters: [...site.meters, ...meters] } });
const factsOf = (name: string, point: PointId, multiplier?: number): SeriesFacts => ({
  meter: name,
  point,
  template: 't',
  modulus: null,
  maxPerHour: null,
  source: 's',
  installations: [{ serial: 'a', from: 0, ...(multiplier !== undefined && { multiplier }) }],
});

test('steam in tonnes is heat only at the enthalpy that the site gives; without one nobody guesses', () => {
  const steam = { 'boiler.steam_mass': slots(() => 2) };
  const known = accountFor(inputs({ ...withMeters({ ...meter('boiler', 'heat'), heatPerTonne: 2.7 }), slots: steam }));
  near(known.heat_purchased.trace.value, 12_000 + 2 * 8_760 * 2.7);
  const given = inputs({ ...withMeters(meter('boiler', 'heat')), slots: steam });
  const facts = new Map([['boiler.steam_mass', factsOf('boiler', 'steam_mass')]]);
  const open = accountFor({ ...given, facts }).heat_purchased.trace;
  assert.equal(open.value, null);
  assert.match(JSON.stringify(open), /give heatPerTonne \(GJ\/t\).*no default enthalpy/);
});

test('water and waste are counted by their outermost meters, and stand in where the ledger says nothing', () => {
  const given = inputs({
    ...withMeters(meter('city', 'water'), meter('hall', 'water', 'city'), meter('scales', 'waste')),
    slots: {
      'city.water_volume': slots(() => 3),
      'hall.water_volume': slots(() => 2),
      'scales.waste_mass': slots(() => 0.5),
    },
  });
  const account = accountFor(given);
  near(account.water_taken.trace.value, 3 * 8_760);
  near(account.waste_weighed.trace.value, 0.5 * 8_760);
  const fact = (name: string, value: number, unit: string) =>
    ({ kind: 'fact', id: name, name, year: 2025, value, unit }) as const;
  const score = (...facts: LedgerEntry[]) => {
    const entries = facts.map((entry, index) => ({ ...(given.ledger[0] as Revision), entry, number: index }));
    const { indicators } = scoreSite({ ...given, ledger: entries }, loadPack('sx-factory'));
    return indicators.find(({ id }) => id === 'sxf-05')?.value;
  };
  near(score(fact('water_reused', 26_280, 'm3')), 50);
  near(score(fact('water_reused', 26_280, 'm3'), fact('water_intake', 78_840, 'm3')), 25);
  assert.equal(accountFor(inputs()).water_taken.trace.value, null);
});

test('a meter whose transformers are multiplied twice has no value, and says why', () => {
  const [main, ...others] = site.meters as [MeterConfig, ...MeterConfig[]];
  const given = inputs({ site: { meters: [{ ...main, ratios: { ct: 40, vt: 1 } }, ...others] } });
  const known = (multiplier?: number) =>
    accountFor({ ...given, facts: new Map([['main.energy_import', factsOf('main', 'energy_import', multiplier)]]) });
  near(known().grid_import.trace.value, 4_745_000);
  const twice = known(40).grid_import.trace;
  assert.equal(twice.value, null);
  assert.match(JSON.stringify(twice), /multiplied twice, by ratios of the site/);
});

test('a slot in which one of two export meters is silent, or that somebody declared unknown, is no slot without export', () => {
  const second = accountFor(
    inputs({
      site: { meters: [...site.meters, meter('main-2', 'grid')] },
      slots: { 'main-2.energy_import': slots(() => 0), 'main-2.energy_export': slots(() => 0).slice(5 * 24) },
    }),
  );
  near(second.electricity_self_used.trace.value, 1_825_000 - 5 * 5_000);
  assert.match(JSON.stringify(second.electricity_self_used.trace.notes), /no export readings of the same slots/);
  const unknown = slots((h) => Math.max(0, sun(h) - load(h))).map((slot, index) =>
    index < 24 ? { ...slot, value: 0, covered: 0, marks: marks.corrected } : slot,
  );
  const declared = accountFor(inputs({ slots: { 'main.energy_export': unknown } }));
  near(declared.electricity_self_used.trace.value, 1_825_000 - 5_000);
});

test('what storage gives to the grid is no own use, by day or by night', () => {
  const battery = { meters: [...site.meters, meter('battery', 'storage')] };
  // All of the 7 000 kWh of a day are stored or used; 900 go to the grid in the evening, 100 in a slot with 50 of sun.
  const account = accountFor(
    inputs({
      site: battery,
      slots: {
        'main.energy_export': slots((h) => (h === 20 ? 900 : h === 16 ? 100 : 0)),
        'pv-roof.energy_generated': slots((h) => (h === 16 ? 50 : sun(h))).filter(({ value }) => value > 0),
        'battery.energy_charged': slots((h) => (h === 11 ? 1_100 : 0)),
        'battery.energy_discharged': slots((h) => (h === 20 ? 900 : h === 16 ? 50 : 0)),
      },
    }),
  );
  near(account.electricity_self_used.trace.value, (7_000 - 950) * 365);
  assert.match(JSON.stringify(account.electricity_self_used.trace.notes), /storage gave 346,750 kWh to the grid/);
});

test('a plant without generation whose storage feeds the grid consumes what came in less what went out', () => {
  const account = accountFor(
    inputs({
      site: { meters: [...site.meters.filter(({ role }) => role !== 'generation'), meter('battery', 'storage')] },
      slots: { 'main.energy_import': slots(() => 100), 'main.energy_export': slots((h) => (h === 20 ? 300 : 0)) },
    }),
  );
  near(account.grid_export.trace.value, 300 * 365);
  near(account.electricity_consumed.trace.value, (2_400 - 300) * 365);
  near(account.electricity_self_used.trace.value, 0);
});
