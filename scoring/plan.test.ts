// The way to the next grade: least amounts proved from both sides, and the cheapest set against trying every set.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { LedgerEntry } from '../core/ledger.ts';
import { Rational } from '../core/rational.ts';
import { assess } from './assess.ts';
import { accountFor } from './emissions.ts';
import { gapsOf, nextGrade } from './gap.ts';
import { inputs } from './golden.fixture.ts';
import { changed, levers } from './levers.ts';
import type { Measure } from './measures.ts';
import { type LoadedPack, loadPack } from './pack.ts';
import { after, cheapestPlan, withinLimits } from './plan.ts';
import { groundsOf } from './score.ts';
import { groundsOfCase, packOfCase } from './worked-case.ts';

const pack = loadPack('tcace');
const groundsWith = (
  change: (entries: LedgerEntry[]) => LedgerEntry[] = (entries) => entries,
  of: LoadedPack = pack,
) => {
  const given = inputs({ ledger: change });
  return groundsOf(given, of, accountFor(given));
};
const without =
  (...ids: string[]) =>
  (entries: LedgerEntry[]) =>
    entries.filter(({ id }) => !ids.includes(id));

test('without certificates A.1 wants 146 of them, or 146 MWh more own use, and not one less', () => {
  const grounds = groundsWith(without('gec-2025'));
  const [gap, ...others] = gapsOf(pack, grounds);
  assert.equal(others.length, 0);
  assert.equal(gap?.indicator, 'ca-2');
  const amounts = Object.fromEntries(gap?.steps.map(({ lever, amount }) => [lever, amount]) ?? []);
  // 30 % of 6 570 MWh are 1 971; 1 825 are there. Saving x of the rest: 1 825 ÷ (6 570 − x) ≥ 0.3 from x = 486.7 on.
  assert.deepEqual(amounts, { certificates: 146, self_use: 146, electricity_saved: 486.7 });
  assert.equal(gap?.steps[0]?.text.en, 'retire 146 more certificates');
  const less = changed(grounds, { certificates_retired: Rational.of(145) });
  assert.equal(assess(pack, less).indicators[1]?.met, false);
});

test('without credits A.3 wants 276 t of them', () => {
  const grounds = groundsWith(without('ccer-2025'));
  const gap = gapsOf(pack, grounds).find(({ indicator }) => indicator === 'ca-4');
  // 10 % of 4 847.638148 is 484.7638; 208.874 are there: 275.89 are missing.
  assert.equal(gap?.steps.find(({ lever }) => lever === 'credits')?.amount, 276);
  // (208.874 + x) ÷ (4 847.638148 − x) ≥ 0.1 from x = 250.8090… on.
  assert.equal(gap?.steps.find(({ lever }) => lever === 'cut')?.amount, 250.9);
});

test('the next grade says the least that reaches it, and there is none above the highest', () => {
  const next = nextGrade(pack, groundsWith(without('gec-2025')));
  assert.equal(next?.level.zh, '（近）零碳工厂');
  assert.equal(next?.steps.find(({ lever }) => lever === 'certificates')?.amount, 146);
  assert.equal(nextGrade(pack, groundsWith()), null);
});

test('a grade that no lever reaches is told with what stands in its way', () => {
  const refused = groundsWith((entries) =>
    entries.map((entry) => (entry.id === 'platform-2025' ? ({ ...entry, met: false } as LedgerEntry) : entry)),
  );
  const next = nextGrade(pack, refused);
  assert.equal(next?.reachable, false);
  assert.deepEqual(
    next?.blockers.map(({ id }) => id),
    ['ca-1'],
  );
  assert.equal(gapsOf(pack, refused)[0]?.reason?.en, 'no lever alone makes up the 1 个');
});

test('every least amount is enough, and one step less is not', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 140 }), fc.integer({ min: 0, max: 270 }), (certificates, credits) => {
      const grounds = groundsWith((entries) =>
        entries.map((entry) => {
          if (entry.id === 'gec-2025') return { ...entry, retired: certificates } as LedgerEntry;
          return entry.id === 'ccer-2025' && entry.kind === 'credit' ? { ...entry, tonnes: credits + 0.5 } : entry;
        }),
      );
      for (const { indicator, steps } of gapsOf(pack, grounds)) {
        for (const { lever: id, amount } of steps) {
          const lever = levers.find((one) => one.id === id);
          assert.ok(lever);
          const met = (by: Rational) =>
            assess(pack, changed(grounds, lever.changes(by, grounds))).indicators.find((one) => one.id === indicator)
              ?.met;
          const exact = Rational.fromDecimal(amount);
          assert.equal(met(exact), true);
          assert.notEqual(met(exact.minus(lever.step)), true);
        }
      }
    }),
    { numRuns: 12 },
  );
});

const measure = (id: string, cost: number, effect: Measure['effect'], more: Partial<Measure> = {}): Measure => ({
  id,
  name: { zh: id, en: id },
  cost,
  effect,
  attests: [],
  excludes: [],
  ...more,
});

test('the cheapest set is chosen: two small ones before a dear one', () => {
  const grounds = groundsWith(without('gec-2025', 'ccer-2025'));
  const plan = cheapestPlan(
    pack,
    grounds,
    [
      measure('battery', 60, { self_use: 200 }),
      measure('certificates-100', 0.5, { certificates: 100 }),
      measure('certificates-50', 0.3, { certificates: 50 }),
      measure('credits', 2, { credits: 280 }),
      measure('kiln', 90, { cut: 300 }),
    ],
    '（近）零碳工厂',
  );
  assert.deepEqual(plan.chosen?.sort(), ['certificates-100', 'certificates-50', 'credits']);
  assert.equal(plan.cost, 2.8);
});

test('a set that nobody can do is not chosen: measures that exclude each other, more own use than surplus', () => {
  const grounds = groundsWith(without('gec-2025'));
  const both = [measure('a', 1, { certificates: 80 }, { excludes: ['b'] }), measure('b', 1, { certificates: 80 })];
  assert.equal(cheapestPlan(pack, grounds, both, '（近）零碳工厂').chosen, null);
  assert.equal(cheapestPlan(pack, grounds, [measure('a', 1, { self_use: 731 })], '（近）零碳工厂').chosen, null);
});

test('certificates and contracts share the off-take, and own use replaces no more than was bought', () => {
  const contract: LedgerEntry = {
    ...{ kind: 'contract', id: 'green', seller: 'wind', year: 2025, amount: 4_400, unit: 'MWh', technology: 'wind' },
  } as LedgerEntry;
  const limit = (id: string, grounds: ReturnType<typeof groundsWith>) =>
    levers
      .find((one) => one.id === id)
      ?.limit(grounds)
      ?.toNumber();
  // 4 745 MWh from the grid, 300 certificates and 4 400 MWh of contracts.
  assert.equal(
    limit(
      'certificates',
      groundsWith((entries) => [...entries, contract]),
    ),
    45,
  );
  const grounds = groundsWith();
  const small = changed(grounds, { grid_import: Rational.of(-4_645_000) });
  assert.equal(limit('self_use', small), 99.9);
  assert.equal(limit('self_use', grounds), 730);
});

test('a plant that buys all of its power reaches the share by saving, too: none is left only when all is saved', () => {
  const grounds = groundsWith(without('gec-2025'));
  const bought = changed(grounds, {
    ...{ electricity_self_used: Rational.of(-1_825_000), grid_import: Rational.of(1_825_000) },
    certificates_retired: Rational.of(1_900),
  });
  const saving = gapsOf(pack, bought)[0]?.steps.find(({ lever }) => lever === 'electricity_saved');
  // 1 900 ÷ (6 570 − x) ≥ 0.3 from x = 236.67 on.
  assert.equal(saving?.amount, 236.7);
});

test('a set whose measures take from each other what is not there twice cannot be done', () => {
  const grounds = groundsWith(without('gec-2025'));
  const possible = (...effects: Measure['effect'][]) =>
    withinLimits(
      grounds,
      effects.map((effect, index) => measure(`m${index}`, 1, effect)),
    );
  assert.equal(possible({ certificates: 4_745 }), true);
  assert.equal(possible({ certificates: 4_745 }, { electricity_saved: 1 }), false);
  assert.equal(possible({ self_use: 730 }, { electricity_saved: 4_014 }), true);
  assert.equal(possible({ self_use: 730 }, { electricity_saved: 4_016 }), false);
  assert.equal(possible({ cut: 4_000 }, { electricity_saved: 2_000 }), false);
});

test('an indicator that does not apply bars no way: a plant below 5 GWh needs no physical share', () => {
  const source = loadPack('miit-zcf-2026');
  const worked = source.cases.find(({ name }) => name.startsWith('below 5 GWh'));
  assert.ok(worked);
  const { loaded } = packOfCase(source, worked);
  const given = { ...worked.given, certificates_retired: 0, grid_import: 4_999_999 };
  const grounds = groundsOfCase(loaded, { ...worked, given });
  const measures = [measure('certificates', 3, { certificates: 3_000 })];
  assert.deepEqual(cheapestPlan(loaded, grounds, measures, '达到基本要求（可申报）').chosen, ['certificates']);
});

test('what a measure makes true can be what was missing', () => {
  const grounds = groundsWith((entries) =>
    entries.map((entry) => (entry.id === 'platform-2025' ? ({ ...entry, met: false } as LedgerEntry) : entry)),
  );
  const plan = cheapestPlan(
    pack,
    grounds,
    [measure('platform', 30, {}, { attests: ['A.1'] }), measure('other', 1, { credits: 5 })],
    '（近）零碳工厂',
  );
  assert.deepEqual(plan.chosen, ['platform']);
  assert.deepEqual(plan.names?.length, 1);
});

function byTrying(
  of: LoadedPack,
  grounds: ReturnType<typeof groundsWith>,
  measures: readonly Measure[],
  level: string,
): number | null {
  let best: number | null = null;
  for (let set = 0; set < 2 ** measures.length; set++) {
    const chosen = measures.filter((_, index) => set & (1 << index));
    const cost = chosen.reduce((sum, one) => sum + one.cost, 0);
    if (best !== null && cost >= best) continue;
    if (withinLimits(grounds, chosen) && assess(of, after(grounds, chosen)).verdictName?.zh === level) best = cost;
  }
  return best;
}

const random = fc.record({
  cost: fc.integer({ min: 1, max: 50 }),
  certificates: fc.option(fc.integer({ min: 1, max: 90 }), { nil: undefined }),
  credits: fc.option(fc.integer({ min: 1, max: 150 }), { nil: undefined }),
  cut: fc.option(fc.integer({ min: 1, max: 60 }), { nil: undefined }),
  electricity_saved: fc.option(fc.integer({ min: 1, max: 60 }), { nil: undefined }),
});
const measuresOf = (list: readonly { cost: number }[]): Measure[] =>
  list.map(({ cost, ...effect }, index) =>
    measure(`m${index}`, cost, JSON.parse(JSON.stringify(effect)) as Measure['effect']),
  );

test('branch and bound finds what trying every set finds', () => {
  const grounds = groundsWith(without('gec-2025', 'ccer-2025'));
  fc.assert(
    fc.property(fc.array(random, { minLength: 3, maxLength: 6 }), (list) => {
      const measures = measuresOf(list);
      const plan = cheapestPlan(pack, grounds, measures, '（近）零碳工厂');
      assert.equal(plan.cost, byTrying(pack, grounds, measures, '（近）零碳工厂'));
    }),
    { numRuns: 15 },
  );
});

/** The least cost of at least so much, by the amount that is reached: no search, no bound. */
function leastCost(items: readonly { cost: number; gives: number }[], wanted: number): number {
  const best = [0, ...Array.from({ length: wanted }, () => Number.POSITIVE_INFINITY)];
  for (const { cost, gives } of items)
    for (let reached = wanted; reached > 0; reached--)
      best[reached] = Math.min(best[reached] as number, cost + (best[Math.max(0, reached - gives)] as number));
  return best[wanted] as number;
}

test('of thirty measures the cheapest set is found, the very one that a table of all amounts finds', () => {
  const grounds = groundsWith(without('gec-2025', 'ccer-2025'));
  const measures = Array.from({ length: 30 }, (_, index) =>
    measure(
      `m${String(index).padStart(2, '0')}`,
      5 + ((index * 7) % 13),
      index % 2 === 0 ? { certificates: 9 + (index % 5) } : { credits: 15 + ((index * 3) % 11) },
    ),
  );
  const plan = cheapestPlan(pack, grounds, measures, '（近）零碳工厂');
  const chosen = measures.filter(({ id }) => plan.chosen?.includes(id));
  assert.ok(chosen.reduce((sum, { effect }) => sum + (effect.certificates ?? 0), 0) >= 146);
  assert.ok(chosen.reduce((sum, { effect }) => sum + (effect.credits ?? 0), 0) >= 276);
  assert.ok(plan.looked < 200_000, `${plan.looked} sets`);
  const giving = (kind: 'certificates' | 'credits') =>
    measures.flatMap(({ cost, effect }) => (effect[kind] === undefined ? [] : [{ cost, gives: effect[kind] }]));
  assert.equal(plan.cost, leastCost(giving('certificates'), 146) + leastCost(giving('credits'), 276));
});

test('a standard with points: the way from near-zero to zero, against trying every set', () => {
  const source = loadPack('sx-factory');
  const [worked] = source.cases;
  assert.ok(worked);
  const { loaded } = packOfCase(source, worked);
  const grounds = groundsOfCase(loaded, { ...worked, attested: { ...worked.attested, 'sxf-09': false } });
  const next = nextGrade(loaded, grounds);
  assert.equal(next?.level.zh, '零碳工厂');
  // 75 − 9 + 25 = 91 points are enough; R = 100 % wants all 3 000 t.
  assert.equal(next?.steps.find(({ lever }) => lever === 'credits')?.amount, 3_000);
  const effects = fc.record({
    cost: fc.integer({ min: 1, max: 50 }),
    credits: fc.option(fc.integer({ min: 200, max: 2_000 }), { nil: undefined }),
    cut: fc.option(fc.integer({ min: 100, max: 900 }), { nil: undefined }),
  });
  fc.assert(
    fc.property(fc.array(effects, { minLength: 3, maxLength: 6 }), (list) => {
      const measures = [...measuresOf(list), measure('platform', 20, {}, { attests: ['sxf-09'] })];
      assert.equal(
        cheapestPlan(loaded, grounds, measures, '零碳工厂').cost,
        byTrying(loaded, grounds, measures, '零碳工厂'),
      );
    }),
    { numRuns: 10 },
  );
});
