// Owns `tanbiao report` and `tanbiao reports`: a report on demand, and those that a site makes by itself.
import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { reportFormats, reportIds } from '../../core/config/report-schema.ts';
import type { Language } from '../../core/text.ts';
import { historyOf, type PastRun, type Run, type Scheduled, scheduledIn } from '../../snapshot/report/keeper.ts';
import { reportNames } from '../../snapshot/report/names.ts';
import { type Context, contextOf, type SiteOptions, siteOptions } from '../context.ts';
import { perform } from '../snapshot-work.ts';

type Options = SiteOptions & { json?: boolean };
type ReportOptions = Options & { period: string; language?: Language; format: string; out: string };

export function addReports(program: Command): void {
  siteOptions(
    program
      .command('report')
      .argument('<report>', reportIds.join(', '))
      .description('Writes a report of a period: of a sealed year with its sealed figures, else with those of now.'),
  )
    .requiredOption('--period <period>', '2025, 2025-Q4, 2025-11 or 2025-11-03; only energy is not yearly')
    .addOption(new Option('--language <language>', "default: the terminal's").choices(['zh', 'en']))
    .addOption(new Option('--format <format>').choices(reportFormats).default('html'))
    .option('--out <folder>', 'where to', '.')
    .option('--json', 'print JSON')
    .action(write);
  const reports = program
    .command('reports')
    .description('Reports that the site makes by itself (reports: in site.yaml): what is planned, what was made.');
  const command = (name: string, description: string): Command =>
    siteOptions(reports.command(name).description(description)).option('--json', 'print JSON');
  command('list', 'What is planned, and when it comes next.').action((options: Options) => {
    const { site, language } = contextOf(options);
    const planned = scheduledIn(site, Date.now());
    console.log(options.json ? JSON.stringify(planned) : printPlanned(planned, language));
  });
  command('history', 'What was made, when, with which outcome.').action((options: Options) => {
    const { dataFolder, language } = contextOf(options);
    const runs = historyOf(dataFolder);
    console.log(options.json ? JSON.stringify(runs) : printRuns(runs, language));
  });
  command('run', 'Makes a planned report now, of its last period that is over, and delivers it.')
    .argument('<number>', 'as in list')
    .action(async (number: string, options: Options) => {
      const context = contextOf(options);
      const run = await perform(context, 'report_run', { number: Number(number) });
      console.log(options.json ? JSON.stringify(run) : printRuns([run], context.language));
      if (run.outcome === 'failed') process.exitCode = 69;
    });
}

async function write(
  report: string,
  { period, language, format, out, json, ...options }: ReportOptions,
): Promise<void> {
  const context: Context = contextOf(options);
  const asked = { report, period, language: language ?? context.language, format };
  const { file, sha256 } = await perform(context, 'report', { ...asked, folder: resolve(out) });
  console.log(json ? JSON.stringify({ file, sha256 }) : file);
}

const printPlanned = (planned: readonly Scheduled[], language: Language): string =>
  planned.length === 0
    ? language === 'zh'
      ? 'site.yaml 中没有 reports；见 docs/snapshots.md'
      : 'there are no reports in site.yaml; see docs/snapshots.md'
    : planned
        .map(
          ({ number, report, period, language: written, format, at, next }) =>
            `${number}  ${reportNames[report][language]}  ${period}  ${written}  ${format}  "${at}"  → ${next ?? '—'}`,
        )
        .join('\n');

const printRuns = (runs: readonly (Run & Partial<PastRun>)[], language: Language): string =>
  runs.length === 0
    ? language === 'zh'
      ? '尚无记录'
      : 'nothing was made yet'
    : runs
        .map(({ at, report, period, outcome, file, sha256, reason, delivery, kept }) =>
          [
            `${outcome === 'made' ? '✓' : '✗'} ${at}  ${reportNames[report][language]}  ${period}`,
            ...(file === null ? [] : [`  ${file}  sha256 ${sha256}`]),
            ...(file === null || kept !== false
              ? []
              : [
                  language === 'zh'
                    ? '  文件已被后来的同名报表取代或移走'
                    : '  replaced by a later one of the same name, or moved away',
                ]),
            ...(delivery === null ? [] : [`  webhook: ${delivery}`]),
            ...(reason === null ? [] : [`  ${reason[language]}`]),
          ].join('\n'),
        )
        .join('\n');
