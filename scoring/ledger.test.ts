// What the ledger does to a score: allocation of certificates, contracts, production, and no influence of order.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { LedgerEntry } from '../core/ledger.ts';
import { ledgerEntrySchema } from '../core/ledger.ts';
import { accountFor } from './emissions.ts';
import { declared, inputs } from './golden.fixture.ts';
import { loadPack } from './pack.ts';
import { scoreSite } from './score.ts';

const entry = (given: Record<string, unknown>): LedgerEntry => ledgerEntrySchema.parse(given);
const adding = (...more: LedgerEntry[]) => ({ ledger: (entries: LedgerEntry[]) => [...entries, ...more] });
const retirement = (id: string, count: number, forYear = 2025, date = '2026-01-10') =>
  entry({ kind: 'retirement', id, certificate: 'gec-2025', count, forYear, date });
const value = (more: LedgerEntry[]) => accountFor(inputs(adding(...more))).certificates_retired.trace;

test('a retirement of its own adds to what was retired with the holding', () => {
  assert.equal(value([retirement('r1', 60)]).value, 360);
});

test('no more is allocated than is held; the surplus is told, and the score names the entry', () => {
  const over = [retirement('r1', 60), retirement('r2', 90)];
  const trace = value(over);
  assert.equal(trace.value, 400);
  assert.ok(trace.notes.some(({ en }) => en.includes('r2: more is retired than is held, 50 are not counted')));
  const { ledgerFindings } = scoreSite(inputs(adding(...over)), loadPack('tcace'));
  assert.deepEqual(
    ledgerFindings.map(({ id }) => id),
    ['gec-2025'],
  );
});

test('what is retired for another year leaves less for this one, and does not count in it', () => {
  assert.equal(value([retirement('r1', 100, 2026, '2025-01-01'), retirement('r2', 50)]).value, 300);
});

test('what is retired for another year is said to be, not to be held', () => {
  const { notes } = value([retirement('r1', 100, 2026)]);
  assert.ok(notes.some(({ en }) => en === 'r1: 100 are retired for 2026, and not counted'));
  assert.ok(notes.every(({ en }) => !/held but not retired/.test(en)));
});

test('certificates and contracts that together exceed the off-take are told, though each alone does not', () => {
  const green = (amount: number) =>
    entry({ kind: 'contract', id: 'green', seller: 'wind', year: 2025, amount, unit: 'MWh', technology: 'wind' });
  const told = (amount: number) => JSON.stringify(value([green(amount)]).notes);
  assert.match(told(4_446), /certificates and contracts are 4 746 MWh, more than the 4 745 MWh/);
  assert.doesNotMatch(told(4_445), /622号/);
});

test('certificates allocated never exceed those held, whatever is entered in whatever order', () => {
  const claim = fc.record({
    count: fc.integer({ min: 1, max: 300 }),
    year: fc.constantFrom(2024, 2025, 2026),
    day: fc.integer({ min: 10, max: 28 }),
  });
  fc.assert(
    fc.property(fc.array(claim, { maxLength: 5 }), fc.nat(), (claims, seed) => {
      const entries = claims.map(({ count, year, day }, index) =>
        retirement(`r${index}`, count, year, `2026-01-${day}`),
      );
      const turned = [
        ...entries.slice(seed % (entries.length + 1)),
        ...entries.slice(0, seed % (entries.length + 1)),
      ].reverse();
      const [one, other] = [value(entries), value(turned)];
      assert.ok((one.value ?? 0) <= 400);
      assert.equal(one.value, other.value);
    }),
    { numRuns: 60 },
  );
});

test('the order in which entries came in changes no figure', () => {
  const figures = (entries: LedgerEntry[]) => {
    const { indicators, account, verdict } = scoreSite(inputs({ ledger: () => entries }), loadPack('tcace'));
    const numbers = Object.entries(account).map(([id, { value: number, numbers: worked }]) => [id, number, worked]);
    return { verdict, numbers, values: indicators.map(({ value: number, trace }) => [number, trace.numbers]) };
  };
  const expected = figures(declared);
  fc.assert(
    fc.property(fc.shuffledSubarray(declared, { minLength: declared.length }), (entries) =>
      assert.deepEqual(figures(entries), expected),
    ),
    { numRuns: 15 },
  );
});

test('green power by contract counts once: by its certificates where it has them', () => {
  const contract = (more: object) =>
    entry({
      kind: 'contract',
      id: 'ppa',
      seller: '风电公司',
      year: 2025,
      amount: 500,
      unit: 'MWh',
      technology: 'wind',
      ...more,
    });
  const plain = accountFor(inputs(adding(contract({}))));
  assert.equal(plain.green_power_contracted.trace.value, 500);
  assert.equal(plain.emissions_electricity_market.trace.value, 2_404.872);
  const certified = accountFor(inputs(adding(contract({ certificate: 'gec-2025' }))));
  assert.equal(certified.green_power_contracted.trace.value, 0);
  assert.equal(certified.certificates_retired.trace.value, 300);
});

test('more than the grid gave is told (发改能源〔2026〕622号)', () => {
  const contract = entry({
    kind: 'contract',
    id: 'ppa',
    seller: 's',
    year: 2025,
    amount: 4_746,
    unit: 'MWh',
    technology: 'wind',
  });
  const { notes } = accountFor(inputs(adding(contract))).green_power_contracted.trace;
  assert.ok(notes.some(({ en }) => en.includes('caps them at the off-take')));
});

test('production, facts and activities of the year are inputs of a standard, and those of other years are not', () => {
  const pack = {
    ...loadPack('sx-factory'),
    inputs: [
      ...loadPack('sx-factory').inputs,
      { id: 'steel', product: 'steel', unit: 't', year: 'current' as const, name: { zh: '钢', en: 'steel' } },
    ],
  };
  const own = [
    ...['2025-02-01', '2025-06-01', '2025-09-01', '2025-12-01', '2024-12-01'].map((date, index) =>
      entry({ kind: 'activity', id: `a${index}`, topic: 'publicity', date, title: 'x' }),
    ),
    entry({ kind: 'base_year', id: 'base', year: 2020, reason: 'x' }),
    entry({ kind: 'fact', id: 'e2020', name: 'net_emissions', year: 2020, value: 8_000, unit: 'tCO2e' }),
    entry({ kind: 'fact', id: 'o2020', name: 'output_value', year: 2020, value: 10_000, unit: '万元' }),
    entry({ kind: 'fact', id: 'o2025', name: 'output_value', year: 2025, value: 12_000, unit: '万元' }),
    ...[1, 2].map((half) =>
      entry({
        kind: 'production',
        id: `s${half}`,
        product: 'steel',
        from: `2025-0${half}-01`,
        to: `2025-0${half}-28`,
        amount: 100,
        unit: 't',
      }),
    ),
  ];
  const { indicators } = scoreSite(inputs(adding(...own)), pack);
  const found = (id: string) => indicators.find((one) => one.id === id);
  assert.equal(found('sxf-10')?.value, 4);
  assert.equal(found('sxf-10')?.met, true);
  // 1 − (4 847.638148 − 300) ÷ 12 000 ÷ (8 000 ÷ 10 000)
  const byOutput = found('sxf-01')?.alternatives.find(({ options }) => options.output_ratio === 'output-value');
  assert.ok(Math.abs((byOutput?.value ?? 0) - (1 - 4_547.638148 / 12_000 / 0.8) * 100) < 1e-6);
  assert.equal(found('sxf-01')?.met, null);
});

test('a fact in a unit that the standard cannot take is named, and counted as nothing else', () => {
  const wrong = entry({ kind: 'fact', id: 'area', name: 'building_area', year: 2025, value: 5, unit: 't' });
  const green = entry({ kind: 'fact', id: 'green', name: 'green_building_area', year: 2025, value: 5, unit: 'm2' });
  const { indicators } = scoreSite(inputs(adding(wrong, green)), loadPack('sx-factory'));
  const share = indicators.find(({ id }) => id === 'sxf-02');
  assert.equal(share?.value, null);
  assert.match(JSON.stringify(share?.trace), /ledger entry area is in t, the standard wants m2/);
});
