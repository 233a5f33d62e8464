// A park of factories: theirs are the scores, the share is the park's.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Fault } from '../core/fault.ts';
import type { LedgerEntry, Revision } from '../core/ledger.ts';
import { inputs } from './golden.fixture.ts';
import { loadPack } from './pack.ts';
import { countFactories, factoryScoreSchema, factsOf, type HandedIn } from './park.ts';
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
