// Owns `tanbiao backup` and `tanbiao restore`: a copy of everything while the site runs, and the proof that it gives the same scores.
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { Calendar } from '../../core/calendar.ts';
import { systemClock } from '../../core/clock.ts';
import { findSiteFolder, loadSite, type Site } from '../../core/config/site.ts';
import { exitCodes } from '../../core/fault.ts';
import { type Language, languageOf } from '../../core/text.ts';
import type { Compared, Manifest } from '../backup.ts';
import { type Context, contextOf, type SiteOptions, siteOptions } from '../context.ts';
import { askRunning } from '../control.ts';
import { openStore, refuseWithoutData } from '../open-store.ts';
import { Progress } from '../progress.ts';

type RestoreOptions = { data: string; site?: string; verify?: boolean; lang?: Language; json?: boolean };

export function addBackup(program: Command): void {
  siteOptions(
    program
      .command('backup')
      .argument('[folder]', 'a new folder (default: backups/<site>-<time>)')
      .description('Copies store, ledger and site folder as they are now, also while the site runs.'),
  )
    .option('--json', 'print JSON')
    .action(backup);
  program
    .command('restore')
    .argument('<backup>', 'the folder that tanbiao backup made')
    .description('Puts a backup into a new data folder; its site folder stays in the backup, under site.')
    .requiredOption('-d, --data <folder>', 'a new or empty folder')
    .option('-s, --site <folder>', 'the site whose database takes the readings (default: the store in the data folder)')
    .option('--verify', 'check every reading, compute the scores again and compare them; exit code 65 when they differ')
    .option('--lang <language>', "zh or en (default: the terminal's language)")
    .option('--json', 'print JSON')
    .action(restore);
}

async function backup(folder: string | undefined, options: SiteOptions & { json?: boolean }): Promise<void> {
  const context = contextOf(options);
  const { site, dataFolder, language } = context;
  const stamp = new Calendar(site.timezone).formatSecond(systemClock.now()).slice(0, 19).replaceAll(/[-:]/g, '');
  const target = resolve(folder ?? join('backups', `${site.site}-${stamp}`));
  const manifest = await watched(context, target, async () => {
    // Only the embedded store is held by one process; that one has better to do than to read a database that others can read.
    const asked = site.store.kind === 'duckdb' ? await askRunning(dataFolder, 'backup', target) : undefined;
    return asked === undefined ? copyHere(context, target) : (asked.result as Manifest);
  });
  const bytes = manifest.files.reduce((sum, file) => sum + file.bytes, 0);
  if (options.json === true) return console.log(JSON.stringify({ folder: target, ...manifest }));
  const size = `${(bytes / 2 ** 20).toFixed(1)} MiB`;
  console.log(
    language === 'zh'
      ? `${target}：${manifest.files.length} 个文件，${size}，含 ${manifest.scores.length} 份得分供恢复时核对`
      : `${target}: ${manifest.files.length} files, ${size}, with ${manifest.scores.length} scores to compare with when it is restored`,
  );
}

async function copyHere({ site, dataFolder, language }: Context, target: string): Promise<Manifest> {
  refuseWithoutData(site, dataFolder);
  const reader = { name: 'reader', now: systemClock.now };
  const [{ store }, { writeBackup }] = await Promise.all([openStore(site, dataFolder, reader), import('../backup.ts')]);
  const progress = new Progress({ zh: '读取', en: 'reading' }, { zh: '个序列', en: 'series' }, language);
  const onSeries = (done: number, all: number) => (done < all ? progress.update(done, all) : progress.finish(all));
  try {
    return await writeBackup({ site, dataFolder, store, onSeries }, target);
  } finally {
    await store.close();
  }
}

/** Whoever makes it: what is there of it shows how far it is. */
async function watched<T>({ dataFolder, language }: Context, target: string, work: () => Promise<T>): Promise<T> {
  const { sizeOf } = await import('../backup.ts');
  const progress = new Progress({ zh: '备份', en: 'backing up' }, { zh: 'KiB', en: 'KiB' }, language);
  const total = sizeOf(join(dataFolder, 'store')) / 2 ** 10;
  const show = () => progress.update(sizeOf(`${target}.partial`) / 2 ** 10, total);
  const timer = setInterval(() => total > 0 && show(), 500); // a database does not say how much it will be
  try {
    const result = await work();
    progress.finish(sizeOf(target) / 2 ** 10);
    return result;
  } finally {
    clearInterval(timer);
  }
}

async function restore(folder: string, options: RestoreOptions): Promise<void> {
  const { compareScores, restoreBackup } = await import('../backup.ts');
  const [from, data] = [resolve(folder), resolve(options.data)];
  const language = options.lang ?? languageOf(process.env);
  const into = options.site === undefined ? undefined : loadSite(findSiteFolder(options.site));
  const manifest = await restoreBackup(from, data, into);
  const verified =
    options.verify === true ? await verify(data, into, () => compareScores(from, data, manifest, into)) : undefined;
  const isRight =
    verified === undefined || (verified.problems.length === 0 && verified.scores.every(({ equal }) => equal));
  if (!isRight) process.exitCode = exitCodes.data;
  if (options.json === true) return console.log(JSON.stringify({ data, at: manifest.at, ...verified }));
  const say = (zh: string, en: string) => console.log(language === 'zh' ? zh : en);
  say(
    `已恢复 ${manifest.site} ${manifest.at} 的备份到 ${data}`,
    `restored the backup of ${manifest.site} of ${manifest.at} to ${data}`,
  );
  for (const problem of verified?.problems ?? [])
    say(`✗ ${problem.file}：${problem.zh}`, `✗ ${problem.file}: ${problem.en}`);
  for (const { pack, year, equal } of verified?.scores ?? [])
    say(
      `${equal ? '✓' : '✗'} ${pack} ${year} 得分${equal ? '与备份时逐字节相同' : '与备份时不同'}`,
      `${equal ? '✓' : '✗'} the score ${pack} ${year} ${equal ? 'is the same to the byte' : 'differs from that of the backup'}`,
    );
}

type Problems = { file: string; zh: string; en: string }[];

/** A database says itself whether its files are sound. */
async function verify(
  data: string,
  into: Site | undefined,
  compare: () => Promise<Compared[]>,
): Promise<{ problems: Problems; readings?: number; scores: Compared[] }> {
  if (into?.store.kind === 'influxdb') return { problems: [], scores: await compare() };
  const { DuckdbStore } = await import('../../store/duckdb/duckdb-store.ts');
  const store = await DuckdbStore.open(join(data, 'store'));
  const { problems, readings } = await store.check().finally(() => store.close());
  return { problems, readings, scores: await compare() };
}
