// Owns `tanbiao ledger`: what a plant declares beside its meters, listed, checked, added and imported, never changed in place.
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { Calendar } from '../../core/calendar.ts';
import { systemClock } from '../../core/clock.ts';
import { formatProblem, type Problem, parseYaml, refuseProblems } from '../../core/config/yaml-file.ts';
import { exitCodes, Fault } from '../../core/fault.ts';
import { type LedgerEntry, ledgerEntrySchema, ledgerFileSchema } from '../../core/ledger.ts';
import { brokenBy, checkLedger } from '../../core/ledger-check.ts';
import { ledgerFromCsv } from '../../core/ledger-csv.ts';
import { SqliteLedger } from '../../store/ledger/sqlite-ledger.ts';
import { type Context, contextOf, type SiteOptions, siteOptions } from '../context.ts';
import { endOfDay } from '../day.ts';

type ListOptions = SiteOptions & { kind?: string; asOf?: string; history?: boolean; json?: boolean };
type WriteOptions = SiteOptions & { author: string; reason: string; json?: boolean };

export function addLedger(program: Command): void {
  const ledger = program
    .command('ledger')
    .description('Works on the ledger: certificates, credits, measures, facts, attestations, documents.');
  siteOptions(ledger.command('list').description('The entries as they are, or as they were known on a day.'))
    .option('--kind <kind>', 'certificate, credit, measure, booking, fact, …')
    .option('--as-of <day>', 'as known at the end of that day, for example 2026-01-31')
    .option('--history', 'every revision, not only the newest of each entry')
    .option('--json', 'print JSON')
    .action((options: ListOptions) => list(contextOf(options), options));
  siteOptions(
    ledger
      .command('verify')
      .description(
        'Checks the chain of hashes, and the entries against each other; exit code 65 when something is wrong.',
      ),
  )
    .option('--json', 'print JSON')
    .action((options: SiteOptions & { json?: boolean }) => verify(contextOf(options), options.json === true));
  const writes = (command: Command) =>
    siteOptions(command)
      .requiredOption('--author <name>', 'who says so')
      .requiredOption('--reason <why>', 'why it is entered or changed')
      .option('--json', 'print JSON');
  writes(
    ledger
      .command('add')
      .argument('<entry>', 'YAML: {kind: fact, id: area-2025, name: building_area, year: 2025, value: 12000, unit: m2}')
      .description('Adds one entry, or a new revision of it.'),
  ).action((text: string, options: WriteOptions) => {
    const { value, problems } = parseYaml(text, 'entry', ledgerEntrySchema);
    write(contextOf(options), { entries: value === undefined ? [] : [value], problems }, options);
  });
  writes(
    ledger
      .command('import')
      .argument('<file>', 'YAML as ledger.yaml, or CSV with one entry a row')
      .description('Takes a file of entries in: all of it, or nothing.'),
  ).action((name: string, options: WriteOptions) => {
    write(contextOf(options), readEntries(resolve(name)), options);
  });
}

const open = ({ dataFolder }: Context): SqliteLedger => new SqliteLedger(join(dataFolder, 'ledger.sqlite'));

function list(context: Context, { kind, asOf, history, json }: ListOptions): void {
  const ledger = open(context);
  try {
    const until = asOf === undefined ? undefined : endOfDay(asOf, context.site.timezone);
    const revisions = (
      history ? ledger.history().filter(({ at }) => at <= (until ?? Number.POSITIVE_INFINITY)) : ledger.current(until)
    ).filter(({ entry }) => kind === undefined || entry.kind === kind);
    if (json) {
      console.log(JSON.stringify(revisions));
      return;
    }
    const calendar = new Calendar(context.site.timezone);
    for (const { number, at, author, reason, entry, hash } of revisions)
      console.log(
        `#${number}  ${calendar.format(at)}  ${entry.kind} ${entry.id}  ${author}: ${reason}  ${hash.slice(0, 12)}…`,
      );
  } finally {
    ledger.close();
  }
}

function verify(context: Context, json: boolean): void {
  const ledger = open(context); // refuses a broken chain
  try {
    const history = ledger.history();
    const findings = checkLedger(ledger.current().map(({ entry }) => entry));
    const head = history.at(-1)?.hash ?? null;
    if (findings.length > 0) process.exitCode = exitCodes.data;
    if (json) {
      console.log(JSON.stringify({ ok: findings.length === 0, revisions: history.length, head, findings }));
      return;
    }
    for (const { id, text } of findings) console.log(`✗ ${id}: ${text[context.language]}`);
    const words =
      context.language === 'zh'
        ? `${history.length} 条修订，链完整，末条`
        : `${history.length} revisions, the chain is whole, head`;
    console.log(`${findings.length === 0 ? '✓' : '!'} ${words} ${head ?? '—'}`);
  } finally {
    ledger.close();
  }
}

/** `placeOf`: where an entry stands, for those that come from a file. */
type Given = {
  entries: LedgerEntry[];
  problems: Problem[];
  placeOf?: (index: number) => Pick<Problem, 'file' | 'line' | 'column' | 'path'>;
};

function readEntries(file: string): Given {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    throw new Fault(
      'file_unreadable',
      { zh: `无法读取 ${file}`, en: `cannot read ${file}` },
      { cause, exitCode: exitCodes.configuration },
    );
  }
  if (file.endsWith('.csv')) {
    const { lines, ...given } = ledgerFromCsv(text, file);
    return { ...given, placeOf: (index) => ({ file, line: lines[index] ?? 0, column: 1, path: 'id' }) };
  }
  const { value, problems, problemAt } = parseYaml(text, file, ledgerFileSchema);
  const placeOf = (index: number) => problemAt(['entries', index, 'id'], { zh: '', en: '' });
  return { entries: value?.entries ?? [], problems, placeOf };
}

function write(context: Context, { entries, problems, placeOf }: Given, { author, reason, json }: WriteOptions): void {
  if (problems.length > 0) refuseProblems(problems);
  const ledger = open(context);
  try {
    refuseFindings(
      ledger.current().map(({ entry }) => entry),
      entries,
      placeOf,
    );
    const at = systemClock.now();
    const revisions = entries.flatMap((entry) => ledger.append(entry, author, reason, at) ?? []);
    if (json) {
      console.log(JSON.stringify(revisions));
      return;
    }
    const count = {
      zh: `新增 ${revisions.length} 条修订`,
      en: `${revisions.length} new ${revisions.length === 1 ? 'revision' : 'revisions'}`,
    };
    console.log(count[context.language]);
  } finally {
    ledger.close();
  }
}

function refuseFindings(known: readonly LedgerEntry[], added: readonly LedgerEntry[], placeOf: Given['placeOf']): void {
  const broken = brokenBy(known, added);
  if (broken.length === 0) return;
  const say = (language: 'zh' | 'en') =>
    broken
      .map(({ id, text }) => {
        const at = added.findLastIndex((entry) => entry.id === id);
        const told = { zh: `${id}：${text.zh}`, en: `${id}: ${text.en}` };
        // An entry of the ledger itself, which the file now contradicts, has no line in it.
        return placeOf === undefined || at < 0
          ? `  ${told[language]}`
          : `  ${formatProblem({ ...placeOf(at), path: '', text: told }, language)}`;
      })
      .join('\n');
  throw new Fault(
    'ledger_refused',
    { zh: `未写入任何条目：\n${say('zh')}`, en: `nothing was written:\n${say('en')}` },
    { exitCode: exitCodes.data },
  );
}
