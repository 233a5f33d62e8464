// Owns `tanbiao snapshots` and `tanbiao verify`: a year sealed, listed, shown, compared, and checked by a stranger.
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { exitCodes, Fault } from '../../core/fault.ts';
import { type Language, languageOf } from '../../core/text.ts';
import { type Bridge, bridge, seriesOverYears, sideOf } from '../../snapshot/compare.ts';
import { plantKey, publicPem } from '../../snapshot/key.ts';
import { listSnapshots } from '../../snapshot/list.ts';
import { type Opened, openSound } from '../../snapshot/open.ts';
import { printPdf } from '../../snapshot/report/pdf.ts';
import { findSnapshot, sealedIn, shelfOf } from '../../snapshot/shelf.ts';
import { verifyBundle } from '../../snapshot/verify.ts';
import { type Context, contextOf, type SiteOptions, siteOptions } from '../context.ts';
import { printBridges, printList, printSeries, printSnapshot, printVerification } from '../print-snapshot.ts';
import { perform } from '../snapshot-work.ts';
import { software } from '../software.ts';

type Options = SiteOptions & { json?: boolean };
type MakeOptions = Options & { year?: string; draft?: boolean; cause?: string; by?: string };

/** More than that is no plant's year. */
const mostBytes = 2 ** 30;

export function addSnapshots(program: Command): void {
  const snapshots = program
    .command('snapshots')
    .description('Annual snapshots: sealed, signed, compared. A running site seals each year by itself.');
  const command = (name: string, description: string): Command =>
    siteOptions(snapshots.command(name).description(description)).option('--json', 'print JSON');

  command('list', 'The snapshots of the site, in the order of their chain.').action((options: Options) => {
    const context = contextOf(options);
    const list = listSnapshots(shelfOf(context.dataFolder));
    console.log(options.json ? JSON.stringify(list) : printList(list, context.language));
  });
  command('show', 'What a snapshot says.')
    .argument('<snapshot>', 'a year, a name as in list, #number, or a file')
    .action((asked: string, options: Options) => {
      const context = contextOf(options);
      const opened = open(context, asked);
      console.log(options.json ? JSON.stringify(opened.snapshot) : printSnapshot(opened, context.language));
    });
  command('make', 'Seals a closed year, or corrects a sealed one, or makes a draft of the running one.')
    .option('--year <year>', 'default: the last year that is over at the plant')
    .option('--draft', 'a draft: signed, but outside of the chain')
    .option('--cause <why>', 'seal a sealed year again, and say why')
    .option('--by <name>', 'who corrects')
    .action(make);
  command('diff', 'Which figures differ between two snapshots, and by how much.')
    .argument('<from>', 'a year, a name as in list, #number, or a file')
    .argument('[to]', 'the same, or now: what the data of today would give', 'now')
    .action((from: string, to: string, options: Options) => compare(from, to, undefined, options));
  command('bridge', 'The change of each figure, parted by cause: activity, factors, method, data correction.')
    .argument('<from>', 'a year, a name as in list, #number, or a file')
    .argument('[to]', 'the same, or now: what the data of today would give', 'now')
    .option('--figure <id>', 'only this one, for example ca-2 or emissions_total')
    .action((from: string, to: string, options: Options & { figure?: string }) =>
      compare(from, to, options.figure ?? '', options),
    );
  command('series', 'The sealed figures year by year, each year as it was corrected last.')
    .option('--figure <id>', 'only this one, for example ca-2 or emissions_total')
    .action((options: Options & { figure?: string }) => {
      const context = contextOf(options);
      const sealed = sealedIn(shelfOf(context.dataFolder));
      const years = [...new Set(sealed.map(({ year }) => year))].sort();
      const series = seriesOverYears(
        years.map((year) => ({ year, scores: open(context, String(year)).snapshot.scores })),
      ).filter(({ id }) => options.figure === undefined || id === options.figure);
      console.log(options.json ? JSON.stringify(series) : printSeries(series, context.language));
    });
  command('report', 'Writes the pages of a snapshot as they were signed, in both languages.')
    .argument('<snapshot>', 'a year, a name as in list, #number, or a file')
    .option('--out <folder>', 'where to', '.')
    .option('--pdf', 'print them to PDF as well, by the Chromium of this machine')
    .action(writeReports);
  command('key', "The public part of the plant's key and its fingerprint, to be made known to assessors.")
    .option('--out <file>', 'write the public key there, as PEM')
    .action((options: Options & { out?: string }) => {
      const { fingerprint, publicKey } = plantKey(contextOf(options).dataFolder);
      if (options.out !== undefined) writeFileSync(options.out, publicPem(publicKey));
      console.log(
        options.json ? JSON.stringify({ fingerprint, publicKey }) : `${fingerprint}\n${publicPem(publicKey)}`,
      );
    });

  program
    .command('verify')
    .argument('<file>', 'a .tanbiao file')
    .description('Checks the signature and hashes of a snapshot and computes every figure again, from the file alone.')
    .option('--key <fingerprint>', 'the fingerprint that the plant made known: any other key is refused')
    .option('--lang <language>', "zh or en (default: the terminal's language)")
    .option('--json', 'print JSON')
    .action((file: string, { key, lang, json }: { key?: string; lang?: Language; json?: boolean }) => {
      const found = verifyBundle(read(file), key, software);
      console.log(json ? JSON.stringify(found) : printVerification(found, lang ?? languageOf(process.env), key));
      if (!found.ok) process.exitCode = exitCodes.data;
    });
}

function read(file: string): Buffer {
  try {
    if (statSync(file).size <= mostBytes) return readFileSync(file);
  } catch (cause) {
    throw new Fault(
      'file_unreadable',
      { zh: `无法读取 ${file}`, en: `cannot read ${file}` },
      { cause, exitCode: exitCodes.configuration },
    );
  }
  throw new Fault(
    'bundle_refused',
    { zh: `${file} 过大，不是快照`, en: `${file} is too large for a snapshot` },
    { exitCode: exitCodes.data },
  );
}

const open = ({ dataFolder }: Context, asked: string): Opened =>
  openSound(read(findSnapshot(shelfOf(dataFolder), asked)));

async function make(options: MakeOptions): Promise<void> {
  const context = contextOf(options);
  const { language } = context;
  const year = options.year === undefined ? undefined : Number(options.year);
  if (year !== undefined && (!Number.isInteger(year) || year < 2000 || year > 2100))
    throw new Fault(
      'year_invalid',
      { zh: `“${options.year}” 不是年份，例如 2025`, en: `"${options.year}" is not a year such as 2025` },
      { exitCode: exitCodes.configuration },
    );
  const { draft, cause, by } = options;
  const { file, hash } = await perform(context, 'snapshot_make', { year, draft, cause, by });
  console.log(
    options.json ? JSON.stringify({ file, hash }) : `${language === 'zh' ? '已生成' : 'made'} ${file}\nsha256 ${hash}`,
  );
}

async function writeReports(asked: string, options: Options & { out: string; pdf?: boolean }): Promise<void> {
  const { files, snapshot } = open(contextOf(options), asked);
  mkdirSync(options.out, { recursive: true });
  const written: string[] = [];
  for (const [name, bytes] of files) {
    if (!/^report\.\w+\.html$/.test(name)) continue;
    const page = resolve(options.out, `${snapshot.plant.site}-${snapshot.period.year}-${name}`);
    writeFileSync(page, bytes);
    written.push(page);
    if (options.pdf !== true) continue;
    const pdf = page.replace(/html$/, 'pdf');
    await printPdf(page, pdf);
    written.push(pdf);
  }
  console.log(options.json ? JSON.stringify(written) : written.join('\n'));
}

async function compare(from: string, to: string, figure: string | undefined, options: Options): Promise<void> {
  const context = contextOf(options);
  const bridges = await bridgesOf(context, from, to);
  const changed = bridges.filter(({ id, from: before, to: after }) => (figure ? id === figure : before !== after));
  if (figure && changed.length === 0)
    throw new Fault(
      'figure_unknown',
      { zh: `没有数字 “${figure}”`, en: `there is no figure "${figure}"` },
      { exitCode: exitCodes.configuration },
    );
  const shown: Bridge[] = changed;
  console.log(options.json ? JSON.stringify(shown) : printBridges(shown, context.language, figure !== undefined));
}

/** Between years, the newest correction of the first year stands between, so that what was corrected is told by itself. */
function bridgesOf(context: Context, from: string, to: string): Promise<Bridge[]> | Bridge[] {
  const shelf = shelfOf(context.dataFolder);
  if (to === 'now') return perform(context, 'snapshot_now', { file: resolve(findSnapshot(shelf, from)) });
  const first = open(context, from);
  const { year } = first.snapshot.period;
  const last = open(context, to);
  const newest = sealedIn(shelf).findLast((one) => one.year === year);
  const between = newest === undefined || last.snapshot.period.year === year ? [] : [open(context, newest.name)];
  return bridge([first, ...between.filter(({ hash }) => hash !== first.hash), last].map(sideOf));
}
