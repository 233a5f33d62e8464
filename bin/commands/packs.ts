// Owns `tanbiao packs`: the standards that are known, what each asks of a plant, their lint, and the start of a new one.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Command } from 'commander';
import { comesWithSoftware, findSiteFolder } from '../../core/config/site.ts';
import { refuseProblems } from '../../core/config/yaml-file.ts';
import { exitCodes, Fault } from '../../core/fault.ts';
import { idPattern } from '../../core/sample.ts';
import { type Language, languageOf, type Text } from '../../core/text.ts';
import { conflictsOf } from '../../scoring/conflicts.ts';
import { lintPack } from '../../scoring/lint.ts';
import { type LoadedPack, loadPack, overlayFile, packFiles } from '../../scoring/pack.ts';
import { quantityIds, vocabulary } from '../../scoring/vocabulary.ts';
import { indented, table } from '../table.ts';
import { ourTerminal } from '../terminal.ts';

type Options = { site?: string; lang?: Language; json?: boolean };

export function addPacks(program: Command): void {
  const packs = program
    .command('packs')
    .description('Works on standards: lists them, shows what they ask, checks them.');
  const withOptions = (command: Command): Command =>
    command
      .option('-s, --site <site>', "a site, whose own packs/ and overlays/ count beside the product's")
      .option('--lang <language>', "zh or en (default: the terminal's language)")
      .option('--json', 'print JSON');

  withOptions(packs.command('list').description('The standards that can be scored against.')).action(
    (options: Options) => {
      const folder = folderOf(options);
      const known = [...packFiles(folder).keys()].sort().map((id) => loadPack(id, folder));
      if (options.json) return console.log(JSON.stringify(known.map(summaryOf)));
      const rows = known.map(({ id, confidence, name }) => [id, confidence, name[languageIn(options)]]);
      console.log(table([{ title: '' }, { title: '' }, { title: '', wrap: true }], rows, ourTerminal().columns));
    },
  );

  withOptions(
    packs
      .command('show')
      .argument('<pack>')
      .description('A standard: its indicators, what a plant must tell, and what its source leaves open.'),
  ).action((id: string, options: Options) => {
    const pack = loadPack(id, folderOf(options));
    console.log(options.json ? JSON.stringify(pack) : describe(pack, languageIn(options), ourTerminal().columns));
  });

  withOptions(
    packs
      .command('quantities')
      .description("What a standard's formulas may name: the figures of a plant's account, with their units."),
  ).action((options: Options) => {
    const rows = quantityIds.map((id) => [id, vocabulary[id].unit, vocabulary[id].name[languageIn(options)]]);
    if (options.json) return console.log(JSON.stringify(quantityIds.map((id) => ({ id, ...vocabulary[id] }))));
    console.log(table([{ title: '' }, { title: '' }, { title: '', wrap: true }], rows, ourTerminal().columns));
  });

  withOptions(
    packs
      .command('conflicts')
      .argument('[packs...]', 'ids; default: all')
      .description('What standards ask differently about one thing: thresholds, formulas, bases, factors, claims.'),
  ).action((names: string[], options: Options) => {
    const folder = folderOf(options);
    const asked = names.length === 0 ? [...packFiles(folder).keys()].sort() : names;
    const conflicts = conflictsOf(asked.map((id) => loadPack(id, folder)));
    if (options.json) return console.log(JSON.stringify(conflicts));
    const { columns, paint } = ourTerminal();
    const language = languageIn(options);
    for (const { topic, stands } of conflicts) {
      console.log(paint('bold', topic[language]));
      for (const { packs: who, says } of stands) {
        console.log(indented(who.join(', '), '  ', columns));
        console.log(indented(says[language], '    ', columns));
      }
      console.log();
    }
    if (conflicts.length === 0) console.log(language === 'zh' ? '没有不一致' : 'they ask the same');
  });

  withOptions(
    packs
      .command('lint')
      .argument('[packs...]', 'ids or files; default: all')
      .description('Tells what is wrong with standards; exit code 78 when something is.'),
  ).action((names: string[], options: Options) => {
    const files = packFiles(folderOf(options));
    const asked = names.length === 0 ? [...files.values()] : names.map((name) => files.get(name) ?? name);
    const problems = asked.flatMap((file) => lintPack(file));
    if (options.json) {
      console.log(JSON.stringify({ ok: problems.length === 0, problems }));
      if (problems.length > 0) process.exitCode = exitCodes.configuration;
      return;
    }
    if (problems.length > 0) refuseProblems(problems);
    const chinese = languageIn(options) === 'zh';
    for (const file of asked) console.log(`✓ ${basename(file, '.yaml')} ${chinese ? '无误' : 'is sound'}`);
  });

  withOptions(
    packs
      .command('new')
      .argument('<id>')
      .description("Writes the start of a standard of one's own into the site's packs folder."),
  ).action((id: string, options: Options) => {
    const folder = folderOf(options);
    if (folder === undefined)
      throw new Fault(
        'site_missing',
        { zh: '请用 --site 指定站点文件夹', en: 'name the site folder with --site' },
        { exitCode: exitCodes.configuration },
      );
    if (comesWithSoftware(folder))
      throw new Fault(
        'site_of_software',
        {
          zh: `${folder} 随软件提供，不写入：请先把它复制为自己的站点文件夹`,
          en: `${folder} comes with the software and is not written to: copy it to a folder of your own first`,
        },
        { exitCode: exitCodes.configuration },
      );
    const file = join(folder, 'packs', `${id}.yaml`);
    if (!idPattern.test(id) || packFiles(folder).has(id) || existsSync(file))
      throw new Fault(
        'pack_exists',
        { zh: `“${id}” 不是可用的编号，或已存在`, en: `"${id}" is no usable id, or is taken` },
        { exitCode: exitCodes.configuration },
      );
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, skeleton(id));
    console.log(file);
  });
}

const folderOf = ({ site }: Options): string | undefined => (site === undefined ? undefined : findSiteFolder(site));
const languageIn = ({ lang }: Options): Language => lang ?? languageOf(process.env);

const summaryOf = ({ id, kind, scope, name, publisher, status, confidence, indicators, file }: LoadedPack) => ({
  id,
  kind,
  scope,
  name,
  publisher,
  status,
  confidence,
  indicators: indicators.length,
  file,
});

function describe(pack: LoadedPack, language: Language, columns: number): string {
  const say = (text: Text) => text[language];
  const chinese = language === 'zh';
  const below = (text: string) => indented(text, '  ', columns).replaceAll('\n', '\n  ');
  const section = (zh: string, en: string, lines: readonly string[]) =>
    lines.length === 0 ? [] : ['', chinese ? zh : en, ...lines.map(below)];
  const open = (value: unknown) =>
    JSON.stringify(value ?? null).includes('not_stated') ? `  [${chinese ? '未载明' : 'not stated'}]` : '';
  const attested = [
    ...pack.prerequisites.filter(({ formula }) => formula === undefined),
    ...pack.indicators.filter((one) => one.attested !== undefined),
  ];
  const base = chinese ? '，基准年' : ', base year';
  const lines = [
    indented(say(pack.name), '', columns),
    indented(`${say(pack.publisher)}; ${say(pack.status)} [${pack.confidence}]`, '', columns),
    ...section(
      '指标',
      'indicators',
      pack.indicators.map(
        ({ id, name, unit, clause, threshold, target, points, rule }) =>
          `${id}  ${say(name)} (${unit}, ${clause}): ${[...threshold, ...(target ?? [])].map(({ phrase }) => say(phrase)).join('; ')}${typeof points === 'number' ? `, ${points}` : ''}${open([points, rule, threshold, target])}`,
      ),
    ),
    ...section('结论', 'verdict', [
      `${pack.verdict.phrase} (${pack.verdict.clause})`,
      ...('none' in pack.verdict
        ? [say(pack.verdict.none)]
        : pack.verdict.levels.map(({ name, when }) => `${say(name)}: ${when}`)),
    ]),
    ...section('台账中须登记', 'the ledger must tell', [
      ...pack.inputs.map(
        ({ id, fact, activity, unit, name, year }) =>
          `${activity === undefined ? `fact ${fact ?? id}` : `activity ${activity}`} (${unit}${year === 'base' ? base : ''}): ${say(name)}`,
      ),
      ...attested.map(
        (one) =>
          `attestation ${'attested' in one && one.attested !== undefined ? one.attested : one.clause}: ${say(one.name)}`,
      ),
    ]),
    ...section('来源留待选择', 'readings that the source leaves open', [
      ...pack.choices.map(
        ({ id, what, options, chosen }) =>
          `${id}  ${say(what)}: ${options.map((one) => `${one.id}${one.id === chosen ? ' ✓' : ''}`).join(' | ')}`,
      ),
      ...Object.entries(pack.constants).flatMap(([id, { name, value, unit }]) =>
        value === 'not_stated' ? [`${id}  ${say(name)} (${unit})${open(value)}`] : [],
      ),
    ]),
    ...section(
      '来源中的矛盾 → 取法',
      'contradictions in the source → how each is read',
      pack.contradictions.map(({ clause, text, taken }) => `${clause}: ${say(text)} → ${say(taken)}`),
    ),
    ...section(
      '来源未载明 → 取法',
      'not stated in the source → what is taken',
      pack.notStated.map(({ what, taken }) => `${say(what)} → ${say(taken)}`),
    ),
    ...section(
      '用户提供',
      'supplied by the user',
      pack.supplied.map(({ about, what, reason }) => `${about}: ${say(what)} (${reason})`),
    ),
    '',
    `${pack.file}${pack.supplied.length === 0 ? '' : ` + ${overlayFile('', pack.id)}`}`,
  ];
  return lines.join('\n');
}

/** Sound as it stands, so that an author changes a pack that works into the one that is wanted. */
const skeleton = (id: string): string => `schema: 1
id: ${id}
name: {zh: 标准名称, en: name of the standard}
publisher: {zh: 发布单位, en: publisher}
status: {zh: 编号、版本、状态, en: "number, edition, state"}
# SEED, FOUND-P and FOUND say how a text was seen; USER is your own word for it.
confidence: USER
period: {clause: 条款, phrase: 原文}

prerequisites:
  - {id: lawful, clause: "4.1", phrase: 原文, name: {zh: 合法合规, en: lawful operation}}

# What a plant tells in its ledger as facts of a year. What its account knows is told by: tanbiao packs quantities
inputs:
  - {id: output_value, unit: 万元, name: {zh: 工业总产值, en: output value}}

steps:
  - {id: net_emissions, unit: tCO2e, clause: "5.1", formula: emissions_total - credits_retired, name: {zh: 净排放量, en: net emissions}}

indicators:
  - id: intensity
    name: {zh: 单位产值净排放量, en: net emissions per output value}
    clause: "5.1"
    phrase: 原文
    unit: tCO2e/万元
    formula: net_emissions / output_value
    # What the source does not say is written not_stated; overlays/${id}.yaml supplies it with a reason.
    threshold: {atMost: 0.1, phrase: {zh: ≤0.1, en: ≤0.1}}

verdict:
  clause: "6"
  phrase: 原文
  levels:
    - {name: {zh: 达标, en: met}, when: prerequisites and all_met}

# A calculation by hand for each indicator.
cases:
  - name: 500 t less 100 t over 5 000 万元
    given: {emissions_total: 500, credits_retired: 100, output_value: 5000}
    attested: {"4.1": true}
    expect: {values: {intensity: 0.08}, met: {intensity: true}, verdict: met}
`;
