// Owns `tanbiao park`: what a park's factories hand in becomes the facts, and the account, that standards of parks ask for.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { Calendar } from '../../core/calendar.ts';
import { sha256 } from '../../core/canonical.ts';
import { systemClock } from '../../core/clock.ts';
import { exitCodes, Fault } from '../../core/fault.ts';
import type { LedgerEntry } from '../../core/ledger.ts';
import { type Language, languageOf } from '../../core/text.ts';
import type { Inputs } from '../../scoring/inputs.ts';
import { loadPack } from '../../scoring/pack.ts';
import { countFactories, factoryScoreSchema, factsOf, type HandedIn } from '../../scoring/park.ts';
import { accountOfPark } from '../../scoring/park-account.ts';
import { type Score, scoreSite } from '../../scoring/score.ts';
import { importLedgerFile } from '../../store/ledger/import-file.ts';
import { contextOf, type SiteOptions } from '../context.ts';

type Options = Partial<SiteOptions> & {
  year: string;
  enterprises: string;
  pack?: string;
  lang?: Language;
  json?: boolean;
};

export function addPark(program: Command): void {
  program
    .command('park')
    .argument('<files...>', "scores of factories: sealed snapshots (.tanbiao), or what 'tanbiao score --json' printed")
    .description(
      'Counts the zero-carbon factories of a park, as entries for "tanbiao ledger import"; with --site and --pack judges the park by what its factories add up to.',
    )
    .requiredOption('--year <year>', 'the year of the scores')
    .requiredOption('--enterprises <number>', 'how many enterprises the park has, with those that hand in no score')
    .option('-s, --site <site>', "the park's own folder: its ledger, overlays and factors")
    .option('-d, --data <folder>', "where the park's ledger is kept")
    .option('--pack <pack>', 'the standard of parks to judge by')
    .option('--lang <language>', "zh or en (default: the terminal's language)")
    .option('--json', 'print the score as JSON')
    .action(async (files: string[], options: Options) => {
      const year = wholeNumber('--year', options.year);
      const handedIn = (await Promise.all(files.map(read))).flat();
      const count = countFactories(handedIn, year, wholeNumber('--enterprises', options.enterprises), loadPack);
      const language = options.lang ?? languageOf(process.env);
      const chinese = language === 'zh';
      for (const [words, sites] of [
        [chinese ? '零碳' : 'zero-carbon', count.zero],
        [chinese ? '达到较低等级' : 'a lower grade', count.near],
        [chinese ? '未达标' : 'not met', count.notMet],
        [chinese ? '不可评估，不计为零碳' : 'not assessable, not counted as zero-carbon', count.open],
      ] as const)
        console.error(`${words}: ${sites.length}${sites.length === 0 ? '' : `  ${sites.join(', ')}`}`);
      const facts = factsOf(count, year, handedIn);
      if (options.pack === undefined) {
        // JSON is YAML: one entry a line, as people read it in ledger.yaml.
        console.log(['entries:', ...facts.map((fact) => `  - ${JSON.stringify(fact)}`)].join('\n'));
        return;
      }
      const score = await judge(options, options.pack, year, handedIn, facts);
      const { printScore } = await import('../print-score.ts');
      console.log(options.json ? JSON.stringify(score) : printScore(score, language));
    });
}

/** Over the park's own ledger; the count stands in it as if it had been imported. */
async function judge(
  { site: folder, data, lang }: Options,
  pack: string,
  year: number,
  handedIn: readonly HandedIn[],
  facts: readonly LedgerEntry[],
): Promise<Score> {
  if (folder === undefined)
    throw new Fault(
      'site_missing',
      { zh: '请用 --site 指定园区文件夹', en: "name the park's folder with --site" },
      { exitCode: exitCodes.configuration },
    );
  const context = contextOf({ site: folder, ...(data && { data }), ...(lang && { lang }), log: 'warn' });
  const { SqliteLedger } = await import('../../store/ledger/sqlite-ledger.ts');
  const ledger = new SqliteLedger(join(context.dataFolder, 'ledger.sqlite'));
  try {
    importLedgerFile(ledger, context.site.folder, systemClock.now());
    const ids = new Set(facts.map(({ id }) => id));
    const counted = facts.map((entry, index) => ({
      number: -index - 1,
      at: 0,
      author: '',
      reason: '',
      entry,
      previous: '',
      hash: '',
    }));
    const inputs: Inputs = {
      site: context.site,
      year,
      period: new Calendar(context.site.timezone).year(year),
      slots: new Map(),
      facts: new Map(),
      ledger: [...ledger.current().filter(({ entry }) => !ids.has(entry.id)), ...counted],
    };
    return scoreSite(inputs, loadPack(pack, context.site.folder), accountOfPark(inputs, handedIn));
  } finally {
    ledger.close();
  }
}

/** A snapshot holds a score for each standard that the factory is judged by; one that fails its checks is refused. */
async function read(file: string): Promise<HandedIn[]> {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (cause) {
    throw unreadable(file, cause);
  }
  const evidence = sha256(bytes);
  if (file.endsWith('.tanbiao')) {
    const { openSound } = await import('../../snapshot/open.ts');
    const { snapshot } = openSound(bytes);
    if (snapshot.state !== 'sealed')
      throw new Fault(
        'snapshot_draft',
        { zh: `${file} 是草稿，不是封存的快照`, en: `${file} is a draft, not a sealed snapshot` },
        { exitCode: exitCodes.data },
      );
    return snapshot.scores.map((score) => ({ score: factoryScoreSchema.parse(score), evidence }));
  }
  let content: unknown;
  try {
    content = JSON.parse(bytes.toString('utf8'));
  } catch (cause) {
    throw unreadable(file, cause);
  }
  const { data, error } = factoryScoreSchema.safeParse(content);
  if (data === undefined) throw unreadable(file, error);
  return [{ score: data, evidence }];
}

const unreadable = (file: string, cause: unknown): Fault =>
  new Fault(
    'score_unreadable',
    {
      zh: `${file} 不是得分文件：请用 tanbiao score --json 生成，或交来快照（.tanbiao）`,
      en: `${file} is no score: make one with "tanbiao score --json", or hand in a snapshot (.tanbiao)`,
    },
    { cause, exitCode: exitCodes.data },
  );

function wholeNumber(option: string, text: string): number {
  if (/^\d{1,6}$/.test(text)) return Number(text);
  throw new Fault(
    'number_invalid',
    { zh: `${option} 应为整数，而不是 “${text}”`, en: `${option} is a whole number, not "${text}"` },
    { exitCode: exitCodes.configuration },
  );
}
