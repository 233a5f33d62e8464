// A park of factories: theirs are the scores, the share is the park's.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Fault } from '../core/fault.ts';
import { type LedgerEntry, ledgerEntrySchema, type Revision } from '../core/ledger.ts';
import { inputs } from './golden.fixture.ts';
import { loadPack } from './pack.ts';
import { countFactories, factoryScoreSchema, factsOf, type HandedIn } from './park.ts';
import { accountOfPark } from './park-account.ts';
import { scoreSite } from './score.ts';

const handIn = (site: string, change: object = {}): HandedIn => {
  const score = { ...scoreSite(inputs(), loadPack('tcace')), site, ...change };
  return { score: factoryScoreSchema.parse(JSON.parse(JSON.stringify(score))), evidence: `${site}-hash` };
};
const near = { pack: 'sx-factory', verdict: 'met', verdictName: { zh: '近零碳工厂', en: 'near-zero-carbon factory' } };
const zero = { ...near, verdictName: { zh: '零碳工厂', en: 'zero-carbon factory' } };
const park = [
  handIn('mill'),
  handIn('dye', near),
  handIn('cast', zero),
  handIn('cast', { verdict: 'not_met', verdictName: null }),
  handIn('glass', { verdict: 'not_met', verdictName: null }),
  handIn('forge', { verdict: 'not_assessable', verdictName: null }),
];

test('a factory counts once, by the best that a standard says; near to zero and unknown are not zero', () => {
  const count = countFactories(park, 2025, 10, loadPack);
  assert.deepEqual(count, {
    enterprises: 10,
    zero: ['mill', 'cast'],
    near: ['dye'],
    notMet: ['glass'],
    open: ['forge'],
  });
});

test('the share of zero-carbon factories is what the standard of the park makes of these facts', () => {
  const given = inputs();
  const share = (enterprises: number) => {
    const facts: LedgerEntry[] = factsOf(countFactories(park, 2025, enterprises, loadPack), 2025, park);
    assert.match(facts[1]?.note ?? '', /cast sx-factory sha256:cast-hash/);
    const ledger = facts.map((entry, number) => ({ ...(given.ledger[0] as Revision), entry, number }));
    const { indicators } = scoreSite({ ...given, ledger }, loadPack('sx-park-industrial'));
    const { value, met } = indicators.find(({ id }) => id === 'sxp-18') ?? {};
    return [value, met];
  };
  assert.deepEqual(share(10), [20, true]);
  assert.deepEqual(share(16), [12.5, false]);
});

test('the account of a park is what its factories hand in and what its own ledger books, and never a guess for one that does not know', () => {
  const given = inputs();
  const ledger = [
    {
      kind: 'booking',
      id: 'boiler',
      carrier: 'natural_gas',
      from: '2025-01-01',
      to: '2025-12-31',
      amount: 10,
      unit: '万Nm3',
    },
    { kind: 'credit', id: 'park-credit', program: 'CCER', vintage: 2025, tonnes: 50, retiredFor: 2025 },
  ].map((entry, number) => ({ ...(given.ledger[0] as Revision), entry: ledgerEntrySchema.parse(entry), number }));
  const own = { ...given, slots: new Map(), ledger, site: { ...given.site, meters: [] } };
  const twice = [handIn('mill'), handIn('dye'), handIn('mill', near)];
  const account = accountOfPark(own, twice);
  const gas = 10 * 389.31 * 0.0153 * 0.99 * (44 / 12);
  for (const [id, expected] of [
    ['grid_import', 2 * 4_745_000],
    ['electricity_consumed', 2 * 6_570_000],
    ['certificates_retired', 600],
    ['credits_retired', 650],
    ['emissions_total', 2 * 4_847.638148 + gas],
    ['energy_total', 2 * 1_828.575 + (100_000 * 1.33) / 1_000],
  ] as const)
    assert.ok(Math.abs((account[id].trace.value ?? 0) - expected) < 1e-4, `${id} ${account[id].trace.value}`);
  assert.match(JSON.stringify(account.grid_import.trace), /the score of dye for 2025, sha256:dye-hash/);
  const silent = handIn('forge');
  (silent.score.account as Record<string, { value: number | null }>).grid_import = {
    ...silent.score.account.grid_import,
    value: null,
  } as never;
  const open = accountOfPark(own, [...twice, silent]);
  assert.equal(open.grid_import.trace.value, null);
  assert.match(JSON.stringify(open.grid_import.trace.notes), /missing: forge\.grid_import/);
  assert.throws(
    () => accountOfPark({ ...own, site: given.site }, twice),
    /has a main meter of its own, main: its factories lie below it/,
  );
});

test("a park's own electricity bill is in its totals, and a fuel that has no factor leaves them open", () => {
  const given = inputs();
  const parkWith = (entry: object) => {
    const ledger = [{ ...(given.ledger[0] as Revision), entry: ledgerEntrySchema.parse(entry), number: 1 }];
    return accountOfPark({ ...given, slots: new Map(), ledger, site: { ...given.site, meters: [] } }, [handIn('mill')]);
  };
  const days = { kind: 'booking', id: 'own', from: '2025-01-01', to: '2025-12-31' };
  const lamps = parkWith({ ...days, carrier: 'electricity', amount: 1_000, unit: 'MWh', supply: '0351-9' });
  for (const [id, expected] of [
    ['grid_import', 5_745_000],
    ['emissions_total', 4_847.638148 + 530.6],
    ['energy_total', 1_828.575 + 122.9],
  ] as const)
    assert.ok(Math.abs((lamps[id].trace.value ?? 0) - expected) < 1e-4, `${id} ${lamps[id].trace.value}`);
  const refinery = parkWith({ ...days, carrier: 'refinery_gas', amount: 10, unit: 't' });
  assert.equal(refinery.emissions_total.trace.value, null);
});

test('scores of another year, and more of them than enterprises, are refused', () => {
  for (const [scores, enterprises, expected] of [
    [[handIn('mill', { year: 2024 })], 3, /the score of mill is of 2024, not of 2025/],
    [park, 4, /has 4 enterprises, but 5 handed in/],
  ] as const)
    assert.throws(
      () => countFactories(scores, 2025, enterprises, loadPack),
      (error) => error instanceof Fault && expected.test(error.text.en) && /[一-龥]/.test(error.text.zh),
    );
});
