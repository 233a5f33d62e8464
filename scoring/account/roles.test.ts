// What a meter's role makes of it: both ways or one, by whichever counter, each kWh once; and bills where no meter reads.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MeterConfig, VirtualMeter } from '../../core/config/site-schema.ts';
import { type LedgerEntry, ledgerEntrySchema } from '../../core/ledger.ts';
import { leavesOf } from '../../core/trace.ts';
import { accountFor } from '../emissions.ts';
import { type Hourly, inputs, load, site, slots, sun } from '../golden.fixture.ts';
import { loadPack } from '../pack.ts';
import { scoreSite } from '../score.ts';

const near = (actual: number | null | undefined, expected: number) =>
  assert.ok(actual != null && Math.abs(actual - expected) < 1e-6, `${actual} is not ${expected}`);
const meter = (id: string, role: MeterConfig['role'], more: Partial<MeterConfig> = {}): MeterConfig => ({
  ...(site.meters[0] as MeterConfig),
  id,
  role,
  name: { zh: id, en: id },
  ...more,
});
const others = site.meters.filter(({ id }) => id !== 'main');
const taken: Hourly = (h) => Math.max(0, load(h) - sun(h));
const given: Hourly = (h) => Math.max(0, sun(h) - load(h));
const value = (of: ReturnType<typeof accountFor>, id: keyof typeof of) => of[id].trace.value;

test('a meter for each direction tells the same as one for both', () => {
  const two = inputs({
    site: { meters: [...others, meter('in', 'grid_import'), meter('out', 'grid_export')] },
    slots: { 'in.energy_import': slots(taken), 'out.energy_export': slots(given) },
  });
  const [one, parted] = [accountFor(inputs()), accountFor(two)];
  for (const id of ['grid_import', 'grid_export', 'electricity_self_used', 'electricity_consumed'] as const)
    assert.equal(value(parted, id), value(one, id), id);
  near(value(parted, 'grid_export'), 730_000);
});

test('an ordinary meter behind an inverter or at a battery stands in by the counter that the site names', () => {
  const account = accountFor(
    inputs({
      site: {
        meters: [
          ...site.meters.filter(({ id }) => id !== 'pv-roof'),
          meter('pv-kwh', 'generation', { reads: { energy_generated: 'energy_import' } }),
          meter('battery', 'storage', {
            reads: { energy_charged: 'energy_import', energy_discharged: 'energy_export' },
          }),
          meter('second', 'storage_charge', { reads: { energy_charged: 'energy_import' } }),
          meter('third', 'storage_discharge'),
        ],
      },
      slots: {
        'pv-kwh.energy_import': slots(sun),
        'battery.energy_import': slots(() => 10),
        'battery.energy_export': slots(() => 9),
        'second.energy_import': slots(() => 5),
        'third.energy_discharged': slots(() => 4),
      },
    }),
  );
  near(value(account, 'electricity_self_used'), 1_825_000);
  near(value(account, 'storage_charged'), 15 * 8_760);
  near(value(account, 'storage_losses'), 2 * 8_760);
});

test('a meter below another of its role and carrier adds nothing to what that one has counted', () => {
  const below = (id: string, role: MeterConfig['role'], parent: string, more: Partial<MeterConfig> = {}) =>
    meter(id, role, { parent, ...more });
  const account = accountFor(
    inputs({
      site: {
        meters: [
          ...site.meters,
          meter('heat', 'heat', { carrier: 'heat' }),
          below('heat-hall', 'heat', 'heat', { carrier: 'heat' }),
          below('boiler', 'fuel', 'gas-main', { carrier: 'natural_gas' }),
          below('burner', 'fuel', 'between', { carrier: 'natural_gas' }),
          below('between', 'none', 'gas-main'),
          below('string-1', 'generation', 'pv-roof'),
        ],
      },
      slots: {
        'heat.heat_energy': slots(() => 1, 5),
        'heat-hall.heat_energy': slots(() => 1, 5),
        'boiler.gas_volume': slots(() => 20),
        'burner.gas_volume': slots(() => 20),
        'string-1.energy_generated': slots(sun),
      },
    }),
  );
  near(value(account, 'natural_gas_consumed'), 438_000);
  near(value(account, 'heat_purchased'), 12_000 + 8_760);
  near(value(account, 'electricity_generated'), 2_555_000);
});

test('a virtual water meter counts as water, unless it lies below another one', () => {
  const virtual = (id: string, parent?: string): VirtualMeter => ({
    id,
    name: { zh: id, en: id },
    role: 'water',
    carrier: 'electricity',
    point: 'water_volume',
    formula: 'a + b',
    terms: { a: 'well-1', b: 'well-2' },
    ...(parent === undefined ? {} : { parent }),
  });
  const wells = [meter('well-1', 'none'), meter('well-2', 'none'), meter('city', 'water')];
  const water = (list: VirtualMeter[]) =>
    value(
      accountFor(
        inputs({
          site: { meters: [...site.meters, ...wells], virtual: list },
          slots: {
            'well-1.water_volume': slots(() => 1),
            'well-2.water_volume': slots(() => 2),
            'city.water_volume': slots(() => 10),
          },
        }),
      ),
      'water_taken',
    );
  near(water([]), 87_600);
  near(water([virtual('wells')]), 87_600 + 3 * 8_760);
  near(water([virtual('wells', 'city')]), 87_600);
});

test('pieces are counted on the lines where the ledger has no production, and a product nobody counts is not known', () => {
  const pack = {
    ...loadPack('sx-factory'),
    inputs: [{ id: 'made', product: 'gearbox', unit: '个', year: 'current' as const, name: { zh: '箱', en: 'box' } }],
    steps: [
      {
        id: 'per_piece',
        unit: 'kWh/个',
        clause: '',
        formula: 'electricity_consumed / made',
        reported: true,
        name: { zh: '单耗', en: 'per piece' },
      },
    ],
    indicators: [],
  };
  const lines = [
    meter('line-1', 'product', { product: 'gearbox' }),
    meter('line-2', 'product', { product: 'gearbox' }),
    meter('packing', 'product', { product: 'gearbox', parent: 'line-1' }),
    meter('line-3', 'product', { product: 'axle' }),
  ];
  const made = (ledger: LedgerEntry[], meters = lines) =>
    scoreSite(
      inputs({
        site: { meters: [...site.meters, ...meters] },
        slots: Object.fromEntries(lines.map(({ id }) => [`${id}.product_count`, slots(() => 3, 0)])),
        ledger: (entries) => [...entries, ...ledger],
      }),
      pack,
    ).reported[0];
  near(made([])?.value, 6_570_000 / (2 * 3 * 8_760));
  assert.deepEqual(
    [...leavesOf(made([]) as never)]
      .flatMap((leaf) => leaf.meter?.point ?? [])
      .filter((point) => point === 'product_count').length,
    2,
  );
  const told = {
    kind: 'production',
    id: 'p',
    product: 'gearbox',
    from: '2025-01-01',
    to: '2025-12-31',
    amount: 65_700,
    unit: '个',
  };
  near(made([ledgerEntrySchema.parse(told)])?.value, 100);
  const nobody = made([], lines.slice(3));
  assert.equal(nobody?.value, null);
  assert.match(JSON.stringify(nobody), /no production of gearbox, and no meter counts it/);
});

const bill = (id: string, from: string, to: string, amount: number, more: object): LedgerEntry =>
  ledgerEntrySchema.parse({ kind: 'booking', id, carrier: 'electricity', from, to, amount, unit: 'kWh', ...more });
const withBills = (bills: LedgerEntry[], rest: Parameters<typeof inputs>[0] = {}) =>
  accountFor(inputs({ ...rest, ledger: (entries) => [...entries, ...bills] }));

test('the bill of a supply that no meter reads counts beside the meters; a missing month is missing coverage', () => {
  const whole = withBills([bill('w', '2025-01-01', '2025-12-31', 36_500, { supply: '0351-1' })]).grid_import.trace;
  near(whole.value, 4_745_000 + 36_500);
  assert.equal(whole.coverage, 1);
  const months = withBills([bill('w', '2025-01-01', '2025-09-30', 27_000, { supply: '0351-1' })]).grid_import.trace;
  near(months.coverage, 273 / 365);
});

test('the bill of a metered supply is compared with the meter and never counted beside it', () => {
  const { trace } = withBills([bill('jan', '2025-01-01', '2025-01-31', 405_000, { meter: 'main' })]).grid_import;
  near(trace.value, 4_745_000);
  assert.match(
    JSON.stringify(trace),
    /the bill jan .*says 405 000 kWh, the meter main 403 000 kWh \(0\.50 %\).*the bill does not/,
  );
});

test('the bill stands in for the days on which its meter was silent, and for a meter that never spoke', () => {
  const from = Date.parse('2025-07-01T00:00:00+08:00');
  const half = slots(taken).filter(({ start }) => start >= from);
  const bills = [
    bill('h1', '2025-01-01', '2025-06-30', 2_353_000, { meter: 'main' }),
    bill('july', '2025-07-01', '2025-07-31', 999_999, { meter: 'main' }),
  ];
  const { trace } = withBills(bills, { slots: { 'main.energy_import': half } }).grid_import;
  near(trace.value, 13_000 * 184 + 2_353_000);
  near(trace.coverage, 1);
  const silent = withBills([bill('y', '2025-01-01', '2025-12-31', 5_000_000, { meter: 'main' })], {
    slots: { 'main.energy_import': [] },
  }).grid_import.trace;
  near(silent.value, 5_000_000);
});

test('what was sold by bill is subtracted over the year, which is said; without a bill or a meter nobody knows it', () => {
  const sold = ledgerEntrySchema.parse({
    ...bill('s', '2025-01-01', '2025-12-31', 730_000, { supply: '0351-2' }),
    carrier: 'electricity_sold',
  });
  const bought = bill('b', '2025-01-01', '2025-12-31', 4_745_000, { supply: '0351-2' });
  const unmetered = { site: { meters: others } };
  const account = withBills([sold, bought], unmetered);
  near(value(account, 'electricity_self_used'), 1_825_000);
  near(value(account, 'electricity_consumed'), 6_570_000);
  assert.match(JSON.stringify(account.electricity_self_used.trace.notes), /not slot by slot/);
  assert.equal(value(withBills([bought], unmetered), 'grid_export'), null);
  assert.equal(value(withBills([bought], unmetered), 'electricity_consumed'), null);
});

test('a bill of a meter that is no main meter leaves the figure open and says why', () => {
  const { trace } = withBills([bill('x', '2025-01-01', '2025-12-31', 1, { meter: 'workshop' })]).grid_import;
  assert.equal(trace.value, null);
  assert.match(JSON.stringify(trace), /the bill x names workshop, which is no meter of electricity from the grid/);
});

test('an electricity bill says what it is a bill of, and other carriers do not', () => {
  for (const [carrier, more] of [
    ['electricity', {}],
    ['electricity', { meter: 'main', supply: '1' }],
    ['diesel', { supply: '1', unit: 't' }],
  ] as const)
    assert.throws(
      () =>
        ledgerEntrySchema.parse({
          kind: 'booking',
          id: 'b',
          carrier,
          from: '2025-01-01',
          to: '2025-01-31',
          amount: 1,
          unit: 'kWh',
          ...more,
        }),
      /names its meter, or the supply that has none/,
    );
});
