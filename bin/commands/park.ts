// Owns `tanbiao park`: the scores of a park's factories become the facts that standards of parks ask for.
import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { sha256 } from '../../core/canonical.ts';
import { exitCodes, Fault } from '../../core/fault.ts';
import { type Language, languageOf } from '../../core/text.ts';
import { loadPack } from '../../scoring/pack.ts';
import { countFactories, factoryScoreSchema, factsOf, type HandedIn } from '../../scoring/park.ts';

type Options = { year: string; enterprises: string; lang?: Language };

export function addPark(program: Command): void {
  program
    .command('park')
    .argument('<scores...>', 'files that factories made with "tanbiao score --json"')
    .description('Counts the zero-carbon factories of a park; prints ledger entries for "tanbiao ledger import".')
    .requiredOption('--year <year>', 'the year of the scores')
    .requiredOption('--enterprises <number>', 'how many enterprises the park has, with those that hand in no score')
    .option('--lang <language>', "zh or en (default: the terminal's language)")
    .action((files: string[], options: Options) => {
      const year = wholeNumber('--year', options.year);
      const handedIn = files.map(read);
      const count = countFactories(handedIn, year, wholeNumber('--enterprises', options.enterprises), loadPack);
      const chinese = (options.lang ?? languageOf(process.env)) === 'zh';
      for (const [words, sites] of [
        [chinese ? '零碳' : 'zero-carbon', count.zero],
        [chinese ? '达到较低等级' : 'a lower grade', count.near],
        [chinese ? '未达标' : 'not met', count.notMet],
        [chinese ? '不可评估，不计为零碳' : 'not assessable, not counted as zero-carbon', count.open],
      ] as const)
        console.error(`${words}: ${sites.length}${sites.length === 0 ? '' : `  ${sites.join(', ')}`}`);
      // JSON is YAML: one entry a line, as people read it in ledger.yaml.
      console.log(
        ['entries:', ...factsOf(count, year, handedIn).map((fact) => `  - ${JSON.stringify(fact)}`)].join('\n'),
      );
    });
}

function read(file: string): HandedIn {
  let bytes: Buffer;
  let content: unknown;
  try {
    bytes = readFileSync(file);
    content = JSON.parse(bytes.toString('utf8'));
  } catch (cause) {
    throw unreadable(file, cause);
  }
  const { data, error } = factoryScoreSchema.safeParse(content);
  if (data === undefined) throw unreadable(file, error);
  return { score: data, evidence: sha256(bytes) };
}

const unreadable = (file: string, cause: unknown): Fault =>
  new Fault(
    'score_unreadable',
    {
      zh: `${file} 不是得分文件：请用 tanbiao score --json 生成`,
      en: `${file} is no score: make one with "tanbiao score --json"`,
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
