// What a person writes wrong in a site folder: each mistake is told with its file, its line and what to do, in both languages.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import type { Problem } from '../core/config/yaml-file.ts';
import { projectFolder } from './context.ts';

const root = mkdtempSync(join(tmpdir(), 'tanbiao-bad-'));
after(() => rmSync(root, { recursive: true, force: true }));

const feeder = '  - {id: workshop,';
const virtual = (terms: string, more = '') =>
  `virtual:\n  - {id: rest, name: {zh: 其余, en: rest}, role: feeder, point: energy_import, formula: a, terms: ${terms}}\n${more}packs:`;
const ledger = (entry: string) => ({ 'ledger.yaml': (text: string) => `${text}${entry}\n` });
const heat = (from: number, to: number) => `  - {value: 0.1, from: ${from}, to: ${to}, published: 2025-01-01}\n`;

/** What is written, where the mistake must be told, and what must be said about it in each language. */
const mistakes: [
  what: string,
  files: Record<string, (text: string) => string>,
  place: RegExp,
  en: RegExp,
  zh: RegExp,
][] = [
  [
    'an unknown meter in a role',
    { 'site.yaml': (text) => text.replace('packs:', virtual('{a: halle}')) },
    /site\.yaml:23 virtual\.0\.terms\.a$/,
    /there is no meter "halle"; there are: main, workshop/,
    /没有表计 “halle”；已有：main, workshop/,
  ],
  [
    'a point that no meter has',
    { 'site.yaml': (text) => text.replace('packs:', virtual('{a: main.energy_imprt}')) },
    /site\.yaml:23 virtual\.0\.terms\.a$/,
    /unknown point "energy_imprt"; allowed: energy_import /,
    /未知测点 “energy_imprt”/,
  ],
  [
    'a virtual meter that is made of itself',
    {
      'site.yaml': (text) =>
        text.replace(
          'packs:',
          virtual(
            '{a: other}',
            '  - {id: other, name: {zh: 他, en: other}, role: none, point: energy_import, formula: a, terms: {a: rest}}\n',
          ),
        ),
    },
    /site\.yaml:23 virtual\.0\.terms$/,
    /refers to itself: rest → other → rest/,
    /循环引用：rest → other → rest/,
  ],
  [
    'a parent that is not there',
    { 'site.yaml': (text) => text.replace('parent: main', 'parent: mian') },
    /site\.yaml:14 meters\.1\.parent$/,
    /there is no meter "mian"/,
    /没有表计 “mian”/,
  ],
  [
    'two main meters of one feeder',
    { 'site.yaml': (text) => text.replace('role: feeder, parent: main', 'role: grid, parent: main') },
    /site\.yaml:14 meters\.1\.parent$/,
    /workshop and main above it are both main meters of one feeder.*make the lower one role: feeder, or none/,
    /都是总表，同一电量会计两次：下级改为 role: feeder/,
  ],
  [
    'a counter that its role has no use for',
    { 'site.yaml': (text) => text.replace(feeder, `${feeder} reads: {energy_generated: energy_import},`) },
    /site\.yaml:14 meters\.1\.reads\.energy_generated$/,
    /a meter of the role feeder cannot read energy_import for energy_generated: the role makes use of energy_import/,
    /不能用 energy_import 代替 energy_generated/,
  ],
  [
    'a counter of pieces that does not say of what',
    { 'site.yaml': (text) => text.replace('role: feeder, parent: main', 'role: product') },
    /site\.yaml:14 meters\.1\.role$/,
    /the counter workshop needs product: the name/,
    /计数表 workshop 须写明 product/,
  ],
  [
    'factors whose validity overlaps',
    {
      'factors/heat.yaml': () =>
        `schema: 1\nid: own-heat\nkind: heat\nname: {zh: 热, en: heat}\nunit: tCO2/GJ\npublisher: p\nsource: s\nconfidence: USER\nrows:\n${heat(2024, 2025)}${heat(2025, 2026)}`,
    },
    /heat\.yaml:11 rows\.1$/,
    /its validity overlaps that of row 1: part them with from and to/,
    /与第 1 行适用期重叠：请用 from、to 分开/,
  ],
  [
    'certificates retired twice',
    ledger('  - {kind: retirement, id: again, certificate: gec-2025, count: 101, forYear: 2025, date: 2026-01-05}'),
    /ledger\.yaml:4 entries\.0\.id$/,
    /401 are retired, 400 are held: some are retired twice; lower a retirement, or enter/,
    /核销 401 个，仅持有 400 个：同一绿证被核销两次；请改小一笔核销/,
  ],
  [
    'negative production',
    ledger('  - {kind: production, id: p, product: gears, from: 2025-01-01, to: 2025-01-31, amount: -3, unit: t}'),
    /ledger\.yaml:126 entries\.15\.amount$/,
    /production cannot be negative: correct the entry/,
    /产量不能为负：退货或冲销请改原条目/,
  ],
  [
    'the bill of a meter that is not there',
    ledger(
      '  - {kind: booking, id: b, carrier: electricity, from: 2025-01-01, to: 2025-01-31, amount: 1, unit: MWh, meter: mian}',
    ),
    /ledger\.yaml:126 entries\.15\.meter$/,
    /there is no meter "mian"; there are: main, workshop/,
    /没有表计 “mian”；已有：main, workshop/,
  ],
  [
    'an overlay for what the standard states',
    {
      'overlays/tcace.yaml': () =>
        'schema: 1\npack: tcace\nindicators:\n  ca-2: {threshold: 20, reason: we would like that}\n',
    },
    /tcace\.yaml:4 indicators\.ca-2\.threshold$/,
    /the standard states it \(A\.2 \(A\.1\): ≥30\): remove this line/,
    /标准已载明（A\.2 \(A\.1\)：≥30），请删去此行/,
  ],
  [
    'a unit error in a standard of the site',
    {
      'packs/own.yaml': () =>
        readFileSync(join(projectFolder, 'scoring/packs/tcace.yaml'), 'utf8')
          .replace('id: tcace', 'id: own')
          .replace('formula: REC / EC', 'formula: REC / emissions_total'),
      'site.yaml': (text) => text.replace('packs: [tcace]', 'packs: [own]'),
    },
    /own\.yaml:58 indicators\.1\.formula$/,
    /the formula has the unit .*, which is not %/,
    /公式的单位是 .*，不能写成 %/,
  ],
];

const check = (folder: string): Promise<Problem[]> =>
  new Promise((resolve) => {
    const args = ['--disable-warning=ExperimentalWarning', join(projectFolder, 'bin/tanbiao.ts')];
    execFile(process.execPath, [...args, 'config', 'check', folder, '--json'], (_error, stdout) =>
      resolve((JSON.parse(stdout) as { problems: Problem[] }).problems),
    );
  });

for (const [index, [what, files, place, en, zh]] of mistakes.entries()) {
  test(`${what}: its file, its line, and what to do`, async () => {
    const folder = join(root, String(index));
    cpSync(join(projectFolder, 'deploy/sites/golden'), folder, { recursive: true });
    for (const [name, write] of Object.entries(files)) {
      const file = join(folder, name);
      const before = name === 'site.yaml' || name === 'ledger.yaml' ? readFileSync(file, 'utf8') : '';
      mkdirSync(dirname(file), { recursive: true });
      assert.notEqual(write(before), before);
      writeFileSync(file, write(before));
    }
    const problems = await check(folder);
    const told = problems.map(({ file, line, path }) => `${file}:${line} ${path}`);
    const found = problems.find((_, at) => place.test(told[at] as string));
    assert.ok(found, `${told.join('\n')} ${JSON.stringify(problems.map(({ text }) => text))}`);
    assert.match(found.text.en, en);
    assert.match(found.text.zh, zh);
  });
}
