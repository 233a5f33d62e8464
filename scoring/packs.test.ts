// Every standard of the product: its worked cases, its lint, and what must never be computed from silence.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { formatProblem, readYaml } from '../core/config/yaml-file.ts';
import { inputs } from './golden.fixture.ts';
import { lintPack } from './lint.ts';
import { loadPack, packFiles, readPack } from './pack.ts';
import { packSchema } from './pack-schema.ts';
import { scoreSite } from './score.ts';
import { assessCase, differencesOf } from './worked-case.ts';

const files = packFiles();
const told = (problems: readonly Parameters<typeof formatProblem>[0][]) =>
  problems.map((problem) => formatProblem(problem, 'en'));

test('the nine standards are there', () => {
  assert.deepEqual(
    [...files.keys()],
    [
      'cq-guide',
      'gd-factory',
      'miit-zcf-2026',
      'ndrc-park-2025',
      'sx-factory',
      'sx-park-agricultural',
      'sx-park-industrial',
      'sx-park-tourism',
      'tcace',
    ],
  );
});

for (const [id, file] of files) {
  test(`${id} has nothing that the linter would tell`, () => assert.deepEqual(told(lintPack(file)), []));
  const { cases } = loadPack(id);
  for (const worked of cases)
    test(`${id}: ${worked.name}`, () =>
      assert.deepEqual(
        differencesOf(loadPack(id), worked).map(({ en }) => en),
        [],
      ));

  test(`${id}: a plant that says nothing is not assessable anywhere, and never zero`, () => {
    const silent = {
      name: '',
      given: {},
      attested: {},
      exempted: {},
      expect: { values: {}, met: {}, alternatives: {} },
    };
    const { assessment } = assessCase(loadPack(id), silent);
    assert.ok(assessment);
    assert.ok(assessment.verdict === 'not_assessable' || assessment.verdict === 'none');
    for (const { value, met, score } of assessment.indicators)
      assert.deepEqual([value, met, score], [null, null, null]);
    assert.ok(assessment.total === null || assessment.total.score === null);
  });

  test(`${id}: the source's silence is marked at every indicator that it touches`, () => {
    const pack = loadPack(id);
    const { assessment } = assessCase(pack, {
      name: '',
      given: {},
      attested: {},
      exempted: {},
      expect: { values: {}, met: {}, alternatives: {} },
    });
    for (const indicator of assessment?.indicators ?? []) {
      const source = pack.indicators.find((one) => one.id === indicator.id);
      const silent = JSON.stringify([source?.points, source?.rule, source?.threshold]).includes('not_stated');
      assert.equal(indicator.marks.length > 0, silent, indicator.id);
    }
  });
}

function siteWith(context: TestContext, content: Record<string, string>): string {
  const folder = mkdtempSync(join(tmpdir(), 'tanbiao-pack-'));
  context.after(() => rmSync(folder, { recursive: true }));
  for (const [name, text] of Object.entries(content)) {
    mkdirSync(join(folder, name, '..'), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

const overlayed = (context: TestContext, pack: string, text: string) =>
  readPack(pack, siteWith(context, { [`overlays/${pack}.yaml`]: `schema: 1\npack: ${pack}\n${text}` }));

for (const [what, pack, text, expected] of [
  [
    'points that the source states',
    'sx-factory',
    'indicators:\n  sxf-01: {points: 30, reason: x}',
    /sx-factory\.yaml:4:12 {2}indicators\.sxf-01\.points: the standard states it \(5\.5\.7: 25\): remove this line/,
  ],
  [
    'a threshold that the source states',
    'sx-factory',
    'indicators:\n  sxf-02: {threshold: 40, reason: x}',
    /the standard states it .*最低值 50.*remove this line/,
  ],
  [
    'an indicator that is not there',
    'tcace',
    'indicators:\n  ca-9: {threshold: 40, reason: x}',
    /there is no indicator "ca-9"; there are: ca-1/,
  ],
  [
    'a constant that the source states',
    'ndrc-park-2025',
    'constants:\n  other_electricity: {value: 0.8273, reason: x}',
    /the standard states it .*0\.8325/,
  ],
  [
    'an option that is not there',
    'miit-zcf-2026',
    'choices:\n  coal_electricity: {option: 0.31, reason: x}',
    /expected string|there is no option/,
  ],
  [
    'indicators added where the standard has no such rule',
    'tcace',
    'remove:\n  - {id: ca-1, reason: x}',
    /does not let indicators be added or removed/,
  ],
  [
    'points that exceed the total',
    'sx-factory',
    'indicators:\n  sxf-02: {points: 80, rule: all_or_nothing, reason: x}',
    /the points sum to 105, not to 100/,
  ],
  ['nothing of its reason', 'sx-factory', 'indicators:\n  sxf-02: {points: 8}', /reason/],
] as const) {
  test(`an overlay may not say ${what}`, (context) => {
    const { pack: loaded, problems } = overlayed(context, pack, text);
    assert.match(told(problems).join('\n'), expected);
    if (problems.length === 0) assert.ok(loaded);
  });
}

test('ten weights that do not sum to 75 are refused', (context) => {
  const ids = ['02', '03', '04', '05', '06', '07', '08', '09', '10', '11'];
  const lines = (points: number[]) =>
    `indicators:\n${ids.map((id, index) => `  sxf-${id}: {points: ${points[index]}, rule: all_or_nothing, reason: x}`).join('\n')}`;
  assert.deepEqual(overlayed(context, 'sx-factory', lines([8, 12, 8, 8, 5, 8, 7, 9, 4, 6])).problems, []);
  const short = overlayed(context, 'sx-factory', lines([8, 12, 8, 8, 5, 8, 7, 9, 4, 5])).problems;
  assert.match(told(short).join(), /the points sum to 99, not to 100/);
});

test('rules that an overlay supplies are told in words', (context) => {
  const { pack } = overlayed(
    context,
    'sx-factory',
    'indicators:\n  sxf-02: {rule: all_or_nothing, reason: x}\n  sxf-03: {rule: {linear: {zero: 0, full: 18}}, reason: x}\n  sxf-04: {rule: {bands: [{atLeast: 90, share: 1}, {atLeast: 60, share: 0.5}]}, reason: x}',
  );
  assert.deepEqual(
    pack?.supplied.map(({ what }) => what.en),
    [
      'scoring rule all or nothing',
      'scoring rule in proportion from 0 (none) to 18 (all)',
      'scoring rule by bands ≥90: 100 %, ≥60: 50 %',
    ],
  );
});

test('what an overlay supplies is marked on the indicator and listed with its reason', (context) => {
  const { pack } = overlayed(
    context,
    'sx-factory',
    'indicators:\n  sxf-04: {threshold: 60, reason: 晋环函〔2023〕151号}',
  );
  assert.deepEqual(
    pack?.supplied.map(({ about, what, reason }) => [about, what.en, reason]),
    [['sxf-04', 'threshold 60', '晋环函〔2023〕151号']],
  );
});

const tcace = () => readFileSync(files.get('tcace') as string, 'utf8');
const spoiled = (context: TestContext, from: string | RegExp, to: string) => {
  const text = tcace();
  assert.ok(text.search(from) >= 0);
  const folder = siteWith(context, { 'tcace.yaml': text.replace(from, to) });
  return told(lintPack(join(folder, 'tcace.yaml'))).join('\n');
};

for (const [what, from, to, expected] of [
  [
    'a unit error, with its line',
    'formula: REC / EC',
    'formula: REC / emissions_total',
    /tcace\.yaml:58:5 {2}indicators\.1\.formula: the formula has the unit .*, which is not %/,
  ],
  [
    'an unknown name',
    'formula: REC / EC',
    'formula: REC / ECC',
    /unknown name "ECC", did you mean EC REC; names of this standard: coal_electricity REC EC;/,
  ],
  ['an indicator twice', 'id: ca-3', 'id: ca-2', /the id "ca-2" is used twice/],
  [
    'a level that is never reached',
    'when: prerequisites and all_met}',
    'when: prerequisites and not prerequisites}',
    /is never reached/,
  ],
  ['an indicator without a worked case', /cases:[\s\S]*$/, 'cases: []\n', /no worked case speaks of ca-1/],
  [
    'a worked case that it does not reproduce',
    'ca-2: 32.344',
    'ca-2: 32.345',
    /case "the worked example is met": ca-2 is 32\.34398782343987\d, not 32\.345/,
  ],
  [
    'a worked case of quantities that nobody knows',
    'reductions: 208.874',
    'reduction: 208.874',
    /unknown names: reduction/,
  ],
] as const) {
  test(`the linter tells ${what}`, (context) => assert.match(spoiled(context, from, to), expected));
}

test('the linter tells levels that overlap without saying so, and bands in no order', (context) => {
  const text = readFileSync(files.get('sx-factory') as string, 'utf8');
  const folder = siteWith(context, {
    'a.yaml': text.replace('  ordered: true\n', ''),
    'b.yaml': text.replace(
      'rule: {linear: {zero: 0, full: 100}}',
      'rule: {bands: [{atLeast: 20, share: 0.2}, {atLeast: 100, share: 1}]}',
    ),
    'c.yaml': text.replace('points: 25', 'points: 101'),
  });
  const line =
    text
      .replace('  ordered: true\n', '')
      .split('\n')
      .findIndex((one) => one.includes('id: near_zero')) + 1;
  assert.match(
    told(lintPack(join(folder, 'a.yaml'))).join(),
    new RegExp(
      `a\\.yaml:${line}:\\d+ {2}verdict\\.levels\\.1\\.when: near-zero-carbon factory: overlaps a level before it`,
    ),
  );
  assert.match(told(lintPack(join(folder, 'b.yaml'))).join(), /the band overlaps another or is never reached/);
  assert.match(told(lintPack(join(folder, 'c.yaml'))).join(), /the points sum to 101/);
});

test('the linter tells a level that asks for more points than there are, and names the line of a unit that is none', (context) => {
  const text = readFileSync(files.get('sx-factory') as string, 'utf8');
  const folder = siteWith(context, {
    'a.yaml': text.replace('when: total >= 80}', 'when: total >= 101}'),
    'b.yaml': text.replace('    unit: 次\n', '    unit: times\n'),
  });
  assert.match(
    told(lintPack(join(folder, 'a.yaml'))).join(),
    /verdict\.levels\.1\.when: near-zero-carbon factory: is never reached/,
  );
  assert.match(told(lintPack(join(folder, 'b.yaml'))).join(), /indicators\.9\.unit: unknown unit "times"/);
});

test("a standard of one's own is a file in the site folder", (context) => {
  const own = tcace()
    .replace('id: tcace', 'id: my-group')
    .replace('atLeast: 30,', 'atLeast: 40,')
    .replace(/\ncases:[\s\S]*$/, '\n');
  const folder = siteWith(context, { 'packs/my-group.yaml': own });
  assert.equal(loadPack('my-group', folder).indicators[1]?.threshold[0]?.atLeast, 40);
  assert.throws(() => loadPack('my-group'), /there is no pack "my-group"/);
  assert.ok(readYaml(join(folder, 'packs/my-group.yaml'), packSchema).value);
});

/** What is known of the park standard of Inner Mongolia (DB15/T 2948-2023): one number, and that there is more. */
const innerMongolia = `schema: 1
id: nm-park
scope: park
name: {zh: 《零碳产业园区建设规范》（DB15/T 2948—2023）, en: Zero-carbon parks (DB15/T 2948-2023)}
publisher: {zh: 内蒙古自治区市场监督管理局, en: Inner Mongolia}
status: {zh: 正文未见, en: the text was not seen}
confidence: FOUND
period: {clause: 未载明, phrase: 未载明}
inputs:
  - {id: forest_area, unit: m2, name: {zh: 绿地面积, en: green area}}
  - {id: park_area, unit: m2, name: {zh: 园区面积, en: area of the park}}
steps:
  - {id: renewable, unit: kWh, clause: 未载明, formula: electricity_self_used + certificates_retired, name: {zh: 可再生电力, en: renewable power}}
indicators:
  - {id: nm-1, name: {zh: 可再生能源使用比例, en: renewable share}, clause: 未载明, phrase: 可再生能源使用比例 ≥80%, unit: "%", formula: renewable / electricity_consumed, threshold: {atLeast: 80, phrase: {zh: ≥80, en: ≥80}}}
  - {id: nm-2, role: guiding, name: {zh: 绿化率, en: green share}, clause: 未载明, phrase: 未载明, unit: "%", formula: forest_area / park_area, threshold: {atLeast: not_stated, phrase: {zh: 未载明, en: not stated}}}
verdict:
  clause: 未载明
  phrase: 未载明
  levels:
    - {name: {zh: 零碳产业园区, en: zero-carbon park}, when: core_met}
cases:
  - {name: half the power is not enough, given: {electricity_self_used: 300, certificates_retired: 0.2, electricity_consumed: 1000, forest_area: 30, park_area: 120}, expect: {values: {nm-1: 50, nm-2: 25}, met: {nm-1: false, nm-2: null}, verdict: not_met}}
`;

test('a provincial standard is added in the site folder, linted, and scored, without touching the program', (context) => {
  const folder = siteWith(context, {
    'packs/nm-park.yaml': innerMongolia,
    'overlays/nm-park.yaml': 'schema: 1\npack: nm-park\nindicators:\n  nm-2: {threshold: 20, reason: 园区规划}\n',
  });
  assert.deepEqual(told(lintPack(join(folder, 'packs/nm-park.yaml'))), []);
  const { verdict, indicators, supplied } = scoreSite(inputs(), loadPack('nm-park', folder));
  assert.equal(verdict, 'not_met');
  assert.equal(indicators[0]?.value?.toFixed(4), '32.3440');
  assert.deepEqual(
    supplied.map(({ about, reason }) => [about, reason]),
    [['nm-2', '园区规划']],
  );
});
