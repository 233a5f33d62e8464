// The dashboards keep the rules of dashboards, and each rule finds what breaks it.
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Dashboard, Panel } from '@grafana/grafana-foundation-sdk/dashboard';
import { build } from './build.ts';
import { boards, dashboardFiles, languages } from './files.ts';
import { findings } from './lint.ts';

test('no dashboard has a finding, in either language', () => {
  for (const language of languages) for (const board of boards) assert.deepEqual(findings(build(board, language)), []);
});

test('addresses, ids, places and queries are the same in both languages, and words are not', () => {
  const shape = (dashboard: Dashboard, language: string) =>
    JSON.stringify({
      uid: dashboard.uid?.replace(/-(zh|en)$/, ''),
      panels: (dashboard.panels as Panel[]).map(({ id, type, gridPos, targets }) => ({ id, type, gridPos, targets })),
    }).replaceAll(`name_${language}`, 'name');
  for (const board of boards) {
    const [zh, en] = [build(board, 'zh'), build(board, 'en')];
    assert.equal(shape(zh, 'zh'), shape(en, 'en'));
    for (const text of [board, ...board.panels].flatMap(({ title, about }) => [title, about])) {
      assert.match(text.zh, /[一-龥]/);
      assert.doesNotMatch(text.en, /[一-龥]/);
    }
  }
  const uids = boards.map(({ uid }) => uid);
  assert.equal(new Set(uids).size, uids.length);
});

test('what is deployed is what is generated, and nothing else', () => {
  const folder = join(import.meta.dirname, '../../deploy/grafana/dashboards');
  const there = languages.flatMap((language) =>
    readdirSync(join(folder, language)).map((file) => `deploy/grafana/dashboards/${language}/${file}`),
  );
  assert.deepEqual(there.sort(), Object.keys(dashboardFiles()).sort());
});

const first = (dashboard: Dashboard): Panel => dashboard.panels?.[0] as Panel;
const breaks: [string, (dashboard: Dashboard) => void, RegExp][] = [
  ['a panel beyond the grid', (d) => Object.assign(first(d).gridPos ?? {}, { x: 12 }), /does not fit the grid/],
  ['a panel over another', (d) => Object.assign(first(d).gridPos ?? {}, { y: 5 }), /lies over panel 2/],
  ['an id twice', (d) => Object.assign(first(d), { id: 2 }), /has the same id/],
  ['no unit', (d) => Object.assign(first(d), { fieldConfig: { defaults: {}, overrides: [] } }), /no unit/],
  ['no description', (d) => Object.assign(first(d), { description: '' }), /no title or no description/],
  [
    'a variable that is not there',
    (d) => Object.assign(first(d).targets?.[0] ?? {}, { query: '$place' }),
    /no variable \$place/,
  ],
  ['a fixed data source', (d) => Object.assign(first(d), { datasource: { uid: 'tanbiao' } }), /is not the variable/],
  ['a refId twice', (d) => first(d).targets?.push(...(first(d).targets ?? [])), /refIds repeat/],
  ['nothing to ask', (d) => Object.assign(first(d), { targets: [] }), /asks nothing/],
];

for (const [what, change, told] of breaks)
  test(`${what} is found`, () => {
    const [board] = boards;
    const dashboard = build(board, 'en');
    change(dashboard);
    assert.match(findings(dashboard).join('\n'), told);
  });
