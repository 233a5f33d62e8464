import assert from 'node:assert/strict';
import { test } from 'node:test';
import { languages } from '../core/text.ts';
import { accountFor } from '../scoring/emissions.ts';
import { inputs } from '../scoring/golden.fixture.ts';
import { loadPack, packFiles } from '../scoring/pack.ts';
import { scoreSite } from '../scoring/score.ts';
import { figureNamed } from './figure-named.ts';
import { printScore, printTrace } from './print-score.ts';
import { widthOf } from './table.ts';

test('no line of any score is wider than 80 columns, in either language', () => {
  const given = inputs();
  const account = accountFor(given);
  for (const id of packFiles().keys())
    for (const language of languages)
      for (const line of printScore(scoreSite(given, loadPack(id), account), language, 80).split('\n'))
        assert.ok(widthOf(line) <= 80, `${id} ${language}: ${line}`);
});

test('a value a hair below its limit is not printed as the limit', () => {
  const score = scoreSite(inputs(), loadPack('tcace'));
  const indicators = score.indicators.map((one) =>
    one.id === 'ca-2' ? { ...one, value: 29.999_984_78, margin: -0.000_015_22, met: false } : one,
  );
  assert.match(printScore({ ...score, indicators }, 'en', 200), /✗ ca-2 .*: 29\.99998478 % {2}\(≥30, −0\.0000152/);
});

test('what is missing is named where it is missing', () => {
  const printed = printScore(scoreSite(inputs(), loadPack('sx-factory')), 'en', 80);
  assert.match(printed, /\? sxf-05 .*: — .*\n {6}! the ledger has no water_reused of 2025/);
});

test('a meter at the end of a trace says how many readings it stands on, and their hash', () => {
  const { indicators } = scoreSite(inputs(), loadPack('tcace'));
  const trace = indicators.find(({ id }) => id === 'ca-2')?.trace;
  assert.ok(trace);
  assert.match(printTrace(trace, 'en', 'Asia/Shanghai'), /\d+ × 15 min.*\n.*\d+ readings, sha256 [0-9a-f]{12}…/);
});

test('a figure is found by its clause, with or without brackets; where several stand under it they are named', () => {
  const score = scoreSite(inputs(), loadPack('tcace'));
  for (const [asked, id] of Object.entries({ 'A.1': 'ca-1', 'a.2': 'ca-2', 'A.2 (A.1)': 'ca-2', '(A.3)': 'ca-4' }))
    assert.equal(figureNamed(score, asked).id, id, asked);
  assert.throws(
    () => figureNamed(score, '(a.1)'),
    ({ code, text }: { code: string; text: { en: string } }) =>
      code === 'figure_ambiguous' && /\n {2}ca-2 .*\n {2}REC {3}.*renewable.*\n {2}EC /.test(text.en),
  );
  assert.throws(
    () => figureNamed(score, 'Z.9'),
    ({ code, text }: { code: string; text: { zh: string } }) =>
      code === 'figure_unknown' && /ca-2 +可再生电力/.test(text.zh) && text.zh.split('\n').length <= 20,
  );
});
