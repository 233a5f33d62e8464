// Owns `tanbiao import`: readings, bills and production from CSV and xlsx files, tried first, taken once.
import { existsSync } from 'node:fs';
import { userInfo } from 'node:os';
import { basename, join, resolve } from 'node:path';
import type { Command } from 'commander';
import { Calendar } from '../../core/calendar.ts';
import { canonicalJson } from '../../core/canonical.ts';
import { systemClock } from '../../core/clock.ts';
import { readYaml, refuseProblems } from '../../core/config/yaml-file.ts';
import { exitCodes } from '../../core/fault.ts';
import type { LedgerEntry } from '../../core/ledger.ts';
import type { Language } from '../../core/text.ts';
import type { RowProblem } from '../../ingest/import/columns.ts';
import { entriesReader } from '../../ingest/import/entries.ts';
import { ErrorFile } from '../../ingest/import/error-file.ts';
import { type ImportOutcome, importReadings } from '../../ingest/import/import-readings.ts';
import { type EntriesMapping, mappingSchema, type ReadingsMapping } from '../../ingest/import/mapping.ts';
import { readingsReader } from '../../ingest/import/readings.ts';
import { importGateway, ReadingsSender } from '../../ingest/import/send-readings.ts';
import { openTable, type Table } from '../../ingest/import/table.ts';
import { SqliteLedger } from '../../store/ledger/sqlite-ledger.ts';
import { type Context, contextOf, type SiteOptions, siteOptions } from '../context.ts';
import { untilSignalled } from '../lifetime.ts';
import { Progress } from '../progress.ts';
import { whoRuns } from '../running.ts';
import { brokerOf } from './services.ts';

type ImportOptions = SiteOptions & {
  map: string;
  dryRun?: boolean;
  errors?: string;
  author: string;
  reason?: string;
  json?: boolean;
};

type Job = {
  context: Context;
  table: Table;
  errors: ErrorFile;
  tell: Tell;
  dry: boolean;
  author: string;
  reason: string;
};
type Tell = (problems: readonly RowProblem[]) => void;

export function addImport(program: Command): void {
  siteOptions(
    program
      .command('import')
      .argument('<file>', 'CSV or xlsx')
      .description('Takes in readings, bills or production from a table; what was taken before is not taken twice.'),
  )
    .requiredOption('-m, --map <mapping>', "YAML: what the table's columns stand for; see docs/import.md")
    .option('--dry-run', 'say what would be taken and what is wrong, and take nothing')
    .option('--errors <file>', 'where rows go that are wrong (default: <file>.errors.csv)')
    .option('--author <name>', 'who imports, for the ledger', userInfo().username)
    .option('--reason <why>', 'why, for the ledger')
    .option('--json', 'print JSON')
    .action(run);
}

async function run(name: string, options: ImportOptions): Promise<void> {
  const context = contextOf(options);
  const file = resolve(name);
  const { value: mapping, problems } = readYaml(resolve(options.map), mappingSchema);
  if (mapping === undefined) refuseProblems(problems);
  const table = await openTable(file, mapping);
  const errors = new ErrorFile(resolve(options.errors ?? `${file}.errors.csv`), table, mapping);
  let shown = 0;
  const tell: Tell = (found) => {
    for (const problem of found) if (shown++ < mostShown) console.error(lineOf(file, problem, context.language));
    errors.write(found);
  };
  const reason = options.reason ?? `imported from ${basename(file)}`;
  const job: Job = { context, table, errors, tell, dry: options.dryRun === true, author: options.author, reason };
  const counts = await (mapping.kind === 'readings' ? takeReadings(job, mapping) : takeEntries(job, mapping)).finally(
    () => errors.close(),
  );
  if (errors.rows > 0) process.exitCode = exitCodes.data;
  const result = {
    file,
    readAs: table.readAs,
    dryRun: job.dry,
    ...counts,
    wrong: errors.rows,
    errorFile: errors.rows > 0 ? errors.file : null,
  };
  if (options.json === true) console.log(JSON.stringify(result));
  else console.log(summary(result, context.language));
}

const mostShown = 10;

const lineOf = (file: string, { row, column, text }: RowProblem, language: Language): string =>
  language === 'zh'
    ? `${basename(file)} 第 ${row.line} 行${column === '' ? '' : `，列 “${column}”`}：${text.zh}`
    : `${basename(file)} row ${row.line}${column === '' ? '' : `, column "${column}"`}: ${text.en}`;

type Counts = { rows: number; taken: number; known: number; interrupted: boolean };

async function takeReadings(job: Job, mapping: ReadingsMapping): Promise<Counts> {
  const { context, table, dry, tell } = job;
  const { site, dataFolder, log, language } = context;
  const signal = untilSignalled();
  const reader = readingsReader(table, mapping, site, new Calendar(site.timezone));
  const isRunning = site.broker.kind === 'external' || whoRuns(dataFolder) !== undefined;
  // Without a running site, its chain is started for as long as it takes.
  const chain =
    dry || isRunning ? undefined : await (await import('../chain.ts')).startChain(site, dataFolder, systemClock, log);
  const hasStore = site.store.kind !== 'duckdb' || existsSync(join(dataFolder, 'store'));
  const answers = chain === undefined && hasStore ? await (await import('../ask.ts')).answersOf(context) : undefined;
  const broker = chain?.brokerFor(importGateway) ?? (dry ? undefined : brokerOf(site, dataFolder, importGateway));
  const sender =
    broker === undefined ? undefined : new ReadingsSender({ site: site.site, broker, clock: systemClock, log });
  const progress = new Progress({ zh: '导入', en: 'importing' }, { zh: '行', en: 'rows' }, language);
  try {
    const outcome = await importReadings({
      table,
      reader,
      now: systemClock.now(),
      samples: chain === undefined ? answers?.columns : (key, period) => chain.store.samples(key, period),
      send: sender === undefined ? undefined : (samples) => sender.send(samples),
      tell,
      onProgress: (rows) => progress.update(rows, rows / Math.max(table.share(), 0.001)),
      signal,
    });
    progress.finish(outcome.rows);
    if (!dry && outcome.stored > 0) note(job, outcome);
    return { rows: outcome.rows, taken: outcome.stored, known: outcome.known, interrupted: signal.aborted };
  } finally {
    await sender?.close();
    await answers?.close();
    await chain?.stop();
  }
}

/** Which file readings came from is itself on record. */
function note({ context, table, author, reason }: Job, { series, stored, from, to }: ImportOutcome): void {
  const ledger = new SqliteLedger(join(context.dataFolder, 'ledger.sqlite'));
  try {
    const id = `import-${table.sha256.slice(0, 16)}`;
    const content = { file: basename(table.file), sha256: table.sha256, series, readings: stored };
    const text = (time: number | null) => new Date(time ?? 0).toISOString();
    const entry: LedgerEntry = { kind: 'import', id, ...content, from: text(from), to: text(to) };
    ledger.append(entry, author, reason, systemClock.now());
  } finally {
    ledger.close();
  }
}

async function takeEntries(job: Job, mapping: EntriesMapping): Promise<Counts> {
  const { context, table, tell, dry, author, reason } = job;
  const reader = entriesReader(table, mapping, new Calendar(context.site.timezone));
  const ledger = new SqliteLedger(join(context.dataFolder, 'ledger.sqlite'));
  const counts = { rows: 0, taken: 0, known: 0, interrupted: false };
  try {
    // What was once in the ledger with the same words is not written again: a correction made since stays.
    const known = new Set(ledger.history().map(({ entry }) => canonicalJson(entry)));
    for await (const rows of table.rows) {
      for (const row of rows) {
        counts.rows++;
        const problems: RowProblem[] = [];
        const entry = reader(row, problems);
        tell(problems);
        if (entry === undefined) continue;
        if (known.has(canonicalJson(entry))) counts.known++;
        else {
          if (!dry) ledger.append(entry, author, `${reason}, row ${row.line}`, systemClock.now());
          counts.taken++;
        }
      }
    }
    return counts;
  } finally {
    ledger.close();
  }
}

type Result = Counts & { file: string; readAs: string; dryRun: boolean; wrong: number; errorFile: string | null };

function summary(
  { file, readAs, dryRun, rows, taken, known, wrong, errorFile, interrupted }: Result,
  language: Language,
): string {
  const zh = [
    `${basename(file)}（${readAs}）：${rows} 行，${dryRun ? '将导入' : '已导入'} ${taken}，已有 ${known}，有错 ${wrong} 行`,
    ...(errorFile === null ? [] : [`有错的行在 ${errorFile}，改正后可直接导入该文件`]),
    ...(interrupted ? ['已中断；再次运行即从中断处继续'] : []),
  ];
  const en = [
    `${basename(file)} (${readAs}): ${rows} rows, ${taken} ${dryRun ? 'would be taken' : 'taken'}, ${known} known, ${wrong} rows wrong`,
    ...(errorFile === null
      ? []
      : [`the rows that are wrong are in ${errorFile}; mend them there and import that file`]),
    ...(interrupted ? ['interrupted; run it again to go on'] : []),
  ];
  return (language === 'zh' ? zh : en).join('\n');
}
