// Carbon by month and source: it adds up to the year exactly, a bridge adds up exactly, and what is missing is told.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Calendar } from '../../core/calendar.ts';
import type { LedgerEntry } from '../../core/ledger.ts';
import { Rational, sum } from '../../core/rational.ts';
import type { Slot } from '../../core/slots.ts';
import { accountFor, sourcesOf } from '../emissions.ts';
import { inputs, load, slots } from '../golden.fixture.ts';
import type { Inputs } from '../inputs.ts';
import { bridgeOf, totalOf } from './bridge.ts';
import { monthsOf } from './months.ts';
import { carbonReport } from './report.ts';

const end = new Calendar('Asia/Shanghai').year(2025).end;

/** The golden plant a year earlier, with another load and the factors of its own year. */
function earlier(given: Inputs = inputs()): Inputs {
  const before = new Calendar('Asia/Shanghai').year(2024);
  const back = given.period.start - before.start;
  const moved = (list: readonly Slot[]) => list.map((slot) => ({ ...slot, start: slot.start - back }));
  return {
    ...given,
    year: 2024,
    period: before,
    site: { ...given.site, factors: { ...given.site.factors, grid: { region: 'CN', dataYear: 2022 } } },
    slots: new Map([...given.slots].map(([name, list]) => [name, moved(list)])),
    ledger: given.ledger.map((revision) => ({
      ...revision,
      entry: JSON.parse(JSON.stringify(revision.entry).replaceAll('2025-', '2024-').replaceAll(':2025', ':2024')),
    })),
  };
}

test('months and sources add up to the golden year: 4 847.638148 t, and to each source exactly', () => {
  const given = inputs();
  const account = accountFor(given);
  const months = monthsOf(given);
  const total = totalOf(months);
  assert.equal(account.emissions_total.exact?.compare(total), 0);
  assert.equal(total.toNumber().toFixed(6), '4847.638148');
  for (const { id, figure } of sourcesOf(given, account)) {
    const own = sum(months.flatMap(({ sources }) => sources.filter((one) => one.id === id).map((one) => one.emission)));
    assert.equal(figure.exact?.compare(own), 0, id);
  }
  assert.deepEqual(
    months.map(({ sources }) => sources.some(({ missing }) => missing)),
    Array(12).fill(false),
  );
});

test('a month has its own days: power by meter, an invoice of a quarter by its days, and told so', () => {
  const [january, february] = monthsOf(inputs());
  const of = (month: typeof january, id: string) => month?.sources.find((one) => one.id === id);
  const perDay = of(january, 'emissions_electricity')?.emission.over(Rational.of(31));
  assert.equal(
    of(february, 'emissions_electricity')?.emission.compare(perDay?.times(Rational.of(28)) ?? Rational.zero),
    0,
  );
  assert.ok(of(january, 'emissions_electricity')?.apportioned.isZero);
  const heat = of(february, 'emissions_heat');
  assert.equal(heat?.activity?.compare(Rational.of(5_200 * 28, 90)), 0);
  assert.equal(heat?.apportioned.compare(heat.emission), 0);
});

test('declared emissions and fuels that nobody meters are in the months too, and still add up', () => {
  const more: LedgerEntry[] = [
    {
      kind: 'emission',
      id: 'r410a',
      source: 'refrigerant',
      title: 'leak',
      year: 2025,
      gas: 'R410A',
      amount: 3,
      unit: 'kg',
    },
    { kind: 'emission', id: 'lime', source: 'process', title: 'lime', year: 2025, gas: 'CO2', amount: 12.5, unit: 't' },
    {
      kind: 'booking',
      id: 'sold',
      carrier: 'heat_sold',
      from: '2025-02-03',
      to: '2025-11-20',
      amount: 777,
      unit: 'GJ',
    },
    { kind: 'emission', id: 'wood', source: 'biomass', title: 'wood', year: 2025, gas: 'CO2', amount: 9, unit: 't' },
  ];
  const given = inputs({ ledger: (entries) => [...entries, ...more] });
  const account = accountFor(given);
  assert.equal(account.emissions_total.exact?.compare(totalOf(monthsOf(given))), 0);
  assert.ok(account.emissions_total.trace.value !== accountFor(inputs()).emissions_total.trace.value);
});

test('a factor of the ledger counts in the months as it does in the year', () => {
  const own = {
    ...{ kind: 'factor', id: 'own-heat', factor: 'heat', region: 'CN', from: 2025, value: 0.05, unit: 'tCO2/GJ' },
    ...{ publisher: 'supplier', source: 'statement' },
  } as LedgerEntry;
  const given = inputs({ ledger: (entries) => [...entries, own] });
  assert.equal(accountFor(given).emissions_total.exact?.compare(totalOf(monthsOf(given))), 0);
});

test('months that only bills speak of are known, by a supply without a meter and by a meter that was silent', () => {
  const calendar = new Calendar('Asia/Shanghai');
  const bill = (id: string, from: string, to: string, more: object) =>
    ({ kind: 'booking', id, carrier: 'electricity', from, to, amount: 403_000, unit: 'kWh', ...more }) as LedgerEntry;
  const april = calendar.startOf(2025, 4);
  const late = slots(load).filter(({ start }) => start >= april);
  const quarter = inputs({
    slots: { 'main.energy_import': late },
    ledger: (entries) => [
      ...entries,
      bill('q1', '2025-01-01', '2025-03-31', { meter: 'main' }),
      bill('dorm', '2025-01-01', '2025-12-31', { supply: '0351-1' }),
    ],
  });
  const months = monthsOf(quarter);
  assert.equal(accountFor(quarter).emissions_total.exact?.compare(totalOf(months)), 0);
  assert.ok(months.every(({ sources }) => sources.every(({ missing }) => !missing)));
  const { site } = inputs();
  const unmetered = inputs({
    site: { meters: site.meters.filter(({ id }) => id !== 'main' && id !== 'pv-roof') },
    ledger: (entries) => [...entries, bill('half', '2025-01-01', '2025-06-30', { supply: '0351-1' })],
  });
  assert.equal(accountFor(unmetered).emissions_total.exact?.compare(totalOf(monthsOf(unmetered))), 0);
  assert.deepEqual(
    monthsOf(unmetered).map(({ sources }) => sources.some(({ missing }) => missing)),
    [...Array(6).fill(false), ...Array(6).fill(true)],
  );
});

test('a month without readings is missing, not zero, and the others still add up', () => {
  const calendar = new Calendar('Asia/Shanghai');
  const march = calendar.month(2025, 3);
  const holed = slots(load).filter(({ start }) => start < march.start || start >= march.end);
  const given = inputs({ slots: { 'main.energy_import': holed } });
  const report = carbonReport(given, accountFor(given), earlier(), end);
  assert.deepEqual(
    report.months.filter(({ missing }) => missing).map(({ month }) => month),
    [3],
  );
  assert.ok('missing' in report.bridge);
  assert.match(report.bridge.missing.en, /no data in 2025-03: emissions of purchased electricity/);
  assert.equal(accountFor(given).emissions_total.exact?.compare(totalOf(monthsOf(given))), 0);
});

test('the bridge of two years adds up exactly, and parts what was used from what it counts for', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 3_000 }), fc.integer({ min: 0, max: 300 }), (power, gas) => {
      const now = inputs({
        slots: { 'main.energy_import': slots(() => power), 'gas-main.gas_volume': slots(() => gas) },
      });
      const [before, after] = [monthsOf(earlier()), monthsOf(now)];
      const bridge = bridgeOf(before, after);
      assert.ok('steps' in bridge);
      const changes = sum(bridge.steps.flatMap(({ activity, factor }) => [activity, factor]));
      assert.equal(bridge.before.plus(changes).compare(bridge.after), 0);
      const electricity = bridge.steps.find(({ id }) => id === 'emissions_electricity');
      const kWh = Rational.of(power * 8_760);
      const change = (from: string, to: string) => Rational.fromDecimal(from).minus(Rational.fromDecimal(to));
      // 0.5366 in 2022, 0.5306 in 2023, kgCO2/kWh
      assert.equal(electricity?.factor.compare(kWh.times(change('0.5306', '0.5366')).over(Rational.of(1_000))), 0);
    }),
    { numRuns: 4 },
  );
});

test('of a running year only the months that are over are compared', () => {
  const given = inputs();
  const report = carbonReport(given, accountFor(given), earlier(), new Calendar('Asia/Shanghai').startOf(2025, 4, 20));
  assert.equal(report.comparedMonths, 3);
  assert.ok('steps' in report.bridge);
  const first = report.months.slice(0, 3).reduce((all, { total }) => all + (total ?? 0), 0);
  assert.ok(Math.abs(report.bridge.after - first) < 1e-9);
});

test('green power is deducted step by step from the market-based figure, and intensity needs a ledger that has it', () => {
  const output: LedgerEntry = {
    kind: 'fact',
    id: 'out',
    name: 'output_value',
    year: 2025,
    value: 10_000,
    unit: '万元',
  };
  const given = inputs({ ledger: (entries) => [...entries, output] });
  const report = carbonReport(given, accountFor(given), earlier(), end);
  const value = (id: string) => report.traces.find((one) => one.id === id)?.value;
  const [imported, retired, factor] = [
    value('grid_import'),
    value('certificates_retired'),
    report.residualFactor?.value,
  ];
  assert.deepEqual([imported, retired], [4_745_000, 300]);
  const expected = ((imported ?? 0) / 1_000 - (retired ?? 0)) * (factor ?? 0);
  assert.ok(Math.abs((value('emissions_electricity_market') ?? 0) - expected) < 1e-6);
  assert.ok(Math.abs((value('carbon_per_output_value') ?? 0) - 0.4847638148) < 1e-9);
  assert.equal(value('carbon_per_added_value'), undefined);
});
