// Owns `tanbiao store`: how much the embedded store holds, closed months into files, and proof that nothing was altered.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { Calendar } from '../../core/calendar.ts';
import { exitCodes, Fault } from '../../core/fault.ts';
import type { DuckdbStore } from '../../store/duckdb/duckdb-store.ts';
import { type Context, contextOf, type SiteOptions, siteOptions } from '../context.ts';
import { untilSignalled } from '../lifetime.ts';
import { Progress } from '../progress.ts';

type StoreOptions = SiteOptions & { json?: boolean };
type Work = (store: DuckdbStore, context: Context, json: boolean) => Promise<void>;

export function addStore(program: Command): void {
  const store = program.command('store').description('Works on the embedded store of a site that is not running.');
  const add = (name: string, description: string, work: Work) =>
    siteOptions(store.command(name).description(description))
      .option('--json', 'print JSON')
      .action(async ({ json = false, ...options }: StoreOptions) => {
        const context = contextOf(options);
        const opened = await openStore(context);
        try {
          await work(opened, context, json);
        } finally {
          await opened.close();
        }
      });
  add('stats', 'Says how many readings there are, from when to when, and how much room they take.', stats);
  add('compact', 'Puts months that are over into their files now; a running site does so by itself.', compact);
  add('forget', 'Deletes readings that are older than the site keeps them; a running site does so by itself.', forget);
  add('check', 'Reads everything and compares it with what was written; exit code 65 when something is wrong.', check);
}

async function openStore({ site, dataFolder }: Context): Promise<DuckdbStore> {
  if (site.store.kind !== 'duckdb') {
    throw new Fault(
      'store_not_embedded',
      {
        zh: `${site.site} 的存储是 ${site.store.url} 上的 InfluxDB：统计、整理与校验由该数据库自己的工具完成`,
        en: `the store of ${site.site} is the InfluxDB at ${site.store.url}: it is counted, compacted and checked with that database's own tools`,
      },
      { exitCode: exitCodes.configuration },
    );
  }
  const folder = join(dataFolder, 'store');
  if (!existsSync(folder)) {
    throw new Fault(
      'data_missing',
      {
        zh: `${dataFolder} 中没有 ${site.site} 的内置存储：用 --data 指定文件夹`,
        en: `there is no embedded store of ${site.site} in ${dataFolder}: name the folder with --data`,
      },
      { exitCode: exitCodes.unavailable },
    );
  }
  const { DuckdbStore } = await import('../../store/duckdb/duckdb-store.ts');
  return DuckdbStore.open(folder);
}

const stats: Work = async (store, { language, site }, json) => {
  const found = await store.stats();
  console.log(json ? JSON.stringify(found) : linesOf(found, new Calendar(site.timezone))[language].join('\n'));
};

const count = (value: number): string => value.toLocaleString('en-US');
const size = (bytes: number): string =>
  bytes < 2 ** 20 ? `${(bytes / 2 ** 10).toFixed(1)} KiB` : `${(bytes / 2 ** 20).toFixed(1)} MiB`;

function linesOf(stats: Awaited<ReturnType<DuckdbStore['stats']>>, calendar: Calendar): Record<'zh' | 'en', string[]> {
  const { series, hot, cold, databaseBytes, oldest, newest, lost, forgotten } = stats;
  const moment = (time: number | null) => (time === null ? '—' : calendar.formatSecond(time));
  const each = cold.bytesPerReading?.toFixed(3) ?? '—';
  return {
    zh: [
      `序列      ${count(series)}`,
      `时间      ${moment(oldest)} … ${moment(newest)}`,
      `热数据    ${count(hot.readings)} 个读数，${hot.months} 个月；数据库 ${size(databaseBytes)}（含时段和登记）`,
      `冷数据    ${count(cold.readings)} 个读数，${cold.months} 个月；${size(cold.bytes)}，每个读数 ${each} 字节`,
      `已知丢失  ${count(lost.readings)} 个读数，${lost.records} 条记录`,
      `到期删除  ${count(forgotten)} 个读数，时段仍在`,
    ],
    en: [
      `series      ${count(series)}`,
      `time        ${moment(oldest)} … ${moment(newest)}`,
      `hot         ${count(hot.readings)} readings of ${hot.months} months; database ${size(databaseBytes)}, slots and registry included`,
      `cold        ${count(cold.readings)} readings of ${cold.months} months; ${size(cold.bytes)}, ${each} bytes a reading`,
      `known lost  ${count(lost.readings)} readings in ${lost.records} records`,
      `past keep   ${count(forgotten)} readings deleted by retention; their slots are kept`,
    ],
  };
}

const compact: Work = async (store, { language }, json) => {
  const months = await store.monthsToCompact(Date.now());
  const progress = new Progress({ zh: '整理月份', en: 'closing months' }, { zh: '个月', en: 'months' }, language);
  const signal = untilSignalled();
  const done = [];
  for (const month of months) {
    if (signal.aborted) break; // what is done stays done; the next month stays where it is
    progress.update(done.length, months.length);
    done.push(await store.compact(month));
  }
  progress.finish(done.length);
  if (json) return console.log(JSON.stringify({ months: done }));
  for (const { file, rows, bytes } of done) console.log(`${file}  ${count(rows)}  ${size(bytes)}`);
};

const forget: Work = async (store, { site, dataFolder, language }, json) => {
  const { applyRetention } = await import('../retention.ts');
  const gone = await applyRetention({ site, dataFolder, store, now: Date.now(), signal: untilSignalled() });
  if (json) return console.log(JSON.stringify({ months: gone }));
  for (const { month, readings, series } of gone)
    console.log(
      language === 'zh'
        ? `${month}  删除 ${count(readings)} 个读数，${series} 个序列`
        : `${month}  ${count(readings)} readings of ${series} series deleted`,
    );
  if (gone.length === 0) console.log(language === 'zh' ? '没有到期的读数' : 'no reading is past its time');
};

const check: Work = async (store, { language }, json) => {
  const { files, readings, problems } = await store.check();
  if (problems.length > 0) process.exitCode = exitCodes.data;
  if (json) return console.log(JSON.stringify({ ok: problems.length === 0, files, readings, problems }));
  for (const problem of problems) console.log(`✗ ${problem.file}: ${problem[language]}`);
  const verdict = {
    zh: `${files} 个文件，${count(readings)} 个读数；${problems.length === 0 ? '全部完好' : `${problems.length} 处问题`}`,
    en: `${files} files, ${count(readings)} readings; ${problems.length === 0 ? 'all as written' : `${problems.length} problems`}`,
  };
  console.log(verdict[language]);
};
