// Owns `tanbiao export`: readings or slots of meters and a period as CSV or Parquet, from the files or from the process that runs.
import { open, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { Calendar, type Period } from '../../core/calendar.ts';
import { exitCodes, Fault, messageOf } from '../../core/fault.ts';
import { isPointId, pointIds, points } from '../../core/points.ts';
import { qualityOf } from '../../core/quality.ts';
import type { SeriesKey } from '../../core/sample.ts';
import { marks, marksOf, type Resolution, resolutions, slotPeriod } from '../../core/slots.ts';
import type { Text } from '../../core/text.ts';
import { CellFault, timeOf } from '../../ingest/import/cell.ts';
import type { Answers } from '../ask.ts';
import { type Context, contextOf, type SiteOptions, siteOptions } from '../context.ts';
import { untilSignalled } from '../lifetime.ts';
import { Progress } from '../progress.ts';

type ExportOptions = SiteOptions & {
  meter?: string[];
  point?: string[];
  from: string;
  to: string;
  resolution: string;
  format?: string;
  output: string;
};

/** Time, value, quality; of slots also the share that is covered, the estimated part, and marks. */
type Line = readonly [time: number, value: number | null, quality: number, ...ofSlots: number[]];

interface Target {
  add(key: SeriesKey, lines: readonly Line[]): Promise<void>;
  finish(): Promise<void>;
  giveUp(): Promise<void>;
}

export function addExport(program: Command): void {
  siteOptions(
    program
      .command('export')
      .description('Writes readings or slots, corrections included, for a spreadsheet or another program.')
      .requiredOption('-o, --output <file>', 'the file: .csv or .parquet')
      .requiredOption('--from <time>', 'at the plant: 2025-03-01 or "2025-03-01 08:00"')
      .requiredOption('--to <time>', 'where it ends; not part of it')
      .option('--resolution <resolution>', 'readings, quarter, hour or day', 'day')
      .option('--meter <ids...>', 'default: every meter of the site')
      .option('--point <points...>', 'default: every point that there is'),
  ).action(run);
}

const refused = (text: Text): Fault => new Fault('export_refused', text, { exitCode: exitCodes.configuration });

const unwritable = (file: string, cause: unknown): Fault =>
  new Fault(
    'export_unwritable',
    {
      zh: `无法写入 ${file}：${messageOf(cause)}；请检查文件夹、权限和磁盘空间`,
      en: `${file} cannot be written: ${messageOf(cause)}; look at the folder, its permissions and the room on the disk`,
    },
    { cause, exitCode: exitCodes.unavailable },
  );

async function run(options: ExportOptions): Promise<void> {
  const context = contextOf(options);
  const calendar = new Calendar(context.site.timezone);
  const period = { start: timeAt(options.from, calendar), end: timeAt(options.to, calendar) };
  if (period.end <= period.start) throw refused({ zh: '--to 应晚于 --from', en: '--to must be after --from' });
  const resolution = resolutionOf(options.resolution);
  const keys = keysOf(context, options);
  const file = resolve(options.output);
  const signal = untilSignalled();
  const written = <T>(work: Promise<T>): Promise<T> =>
    work.catch((cause) => {
      throw unwritable(file, cause);
    });
  const target = await targetFor(file, resolution, calendar, written);
  const answers = await (await import('../ask.ts')).answersOf(context);
  const progress = new Progress({ zh: '导出', en: 'exporting' }, { zh: '行', en: 'rows' }, context.language);
  let rows = 0;
  try {
    for (const [index, key] of keys.entries()) {
      for (const part of monthsOf(period, calendar)) {
        signal.throwIfAborted();
        const lines = await linesOf(answers, key, resolution, part, calendar);
        rows += lines.length;
        await written(target.add(key, lines));
      }
      progress.update(rows, (rows / (index + 1)) * keys.length);
    }
    await written(target.finish());
  } catch (error) {
    await target.giveUp();
    throw signal.aborted ? refused({ zh: '已中断，没有写出文件', en: 'interrupted; no file was written' }) : error;
  } finally {
    await answers.close();
  }
  progress.finish(rows);
  console.log(context.language === 'zh' ? `${file}：${rows} 行` : `${file}: ${rows} rows`);
}

function timeAt(text: string, calendar: Calendar): number {
  try {
    return timeOf([text], { format: undefined, calendar, from1904: false });
  } catch (error) {
    throw error instanceof CellFault ? refused(error.text) : error;
  }
}

function resolutionOf(text: string): Resolution | 'readings' {
  const known = [...resolutions, 'readings'] as const;
  const found = known.find((one) => one === text);
  if (found !== undefined) return found;
  throw refused({
    zh: `没有分辨率 “${text}”；可用：${known.join(' ')}`,
    en: `there is no resolution "${text}"; allowed: ${known.join(' ')}`,
  });
}

function keysOf({ site }: Context, { meter, point }: ExportOptions): SeriesKey[] {
  const ids = site.meters.map(({ id }) => id);
  const unknown = meter?.find((id) => !ids.includes(id));
  if (unknown !== undefined)
    throw refused({
      zh: `站点没有表计 “${unknown}”；有：${ids.join(' ')}`,
      en: `the site has no meter "${unknown}"; there are: ${ids.join(' ')}`,
    });
  const wrong = point?.find((id) => !isPointId(id));
  if (wrong !== undefined)
    throw refused({
      zh: `未知测点 “${wrong}”；可用：${pointIds.join(' ')}`,
      en: `unknown point "${wrong}"; allowed: ${pointIds.join(' ')}`,
    });
  const chosen = pointIds.filter((id) => point?.includes(id) ?? true);
  return (meter ?? ids).flatMap((id) => chosen.map((one) => ({ meter: id, point: one })));
}

/** Without anything covered, these say that nobody knows an amount: a gap that merely spans has a known one. */
const unknowing = marks.reset | marks.jumped | marks.replaced | marks.corrected;

/** A month at a time bounds the memory. */
function* monthsOf({ start, end }: Period, calendar: Calendar): Generator<Period> {
  for (let from = start; from < end; ) {
    const to = Math.min(end, calendar.monthOf(from).end);
    yield { start: from, end: to };
    from = to;
  }
}

async function linesOf(
  answers: Answers,
  key: SeriesKey,
  resolution: Resolution | 'readings',
  period: Period,
  calendar: Calendar,
): Promise<Line[]> {
  if (resolution === 'readings') {
    const { time, value, quality } = await answers.columns(key, period);
    return time.map((at, row) => [at, value[row] as number | null, quality[row] as number]);
  }
  const slots = await answers.slots(key, resolution, period.start, period.end);
  return slots.map(({ start, value, covered, estimated, quality, marks: bits }) => {
    const whole = slotPeriod(start, resolution, calendar);
    const known = covered > 0 || estimated !== 0 || (bits & unknowing) === 0 ? value : null;
    return [start, known, quality, covered / (whole.end - whole.start), estimated, bits];
  });
}

const slotColumns = ['coverage', 'estimated', 'marks'];

async function targetFor(
  file: string,
  resolution: Resolution | 'readings',
  calendar: Calendar,
  written: (work: Promise<Target>) => Promise<Target>,
): Promise<Target> {
  const isSlots = resolution !== 'readings';
  if (file.endsWith('.csv')) return written(csvTarget(file, isSlots, calendar));
  if (file.endsWith('.parquet')) return parquetTarget(file, isSlots);
  throw refused({ zh: '文件名应以 .csv 或 .parquet 结尾', en: 'the name of the file must end in .csv or .parquet' });
}

async function csvTarget(file: string, isSlots: boolean, calendar: Calendar): Promise<Target> {
  const temporary = `${file}.new`;
  const handle = await open(temporary, 'w');
  const head = ['time', 'time_utc', 'meter', 'point', 'unit', 'value', 'quality', ...(isSlots ? slotColumns : [])];
  await handle.appendFile(`\uFEFF${head.join(',')}\n`);
  return {
    async add({ meter, point }, lines) {
      const { unit } = points[point];
      const text = lines.map(([time, value, quality, coverage = 0, estimated = 0, bits = 0]) => {
        const cells = [
          calendar.formatSecond(time),
          new Date(time).toISOString(),
          meter,
          point,
          unit,
          value ?? '',
          qualityOf(quality),
        ];
        if (isSlots) cells.push(Number(coverage.toFixed(6)), estimated, marksOf(bits).join(' '));
        return `${cells.join(',')}\n`;
      });
      await handle.appendFile(text.join(''));
    },
    async finish() {
      await handle.sync();
      await handle.close();
      await rename(temporary, file);
    },
    async giveUp() {
      await handle.close();
      await rm(temporary, { force: true });
    },
  };
}

async function parquetTarget(file: string, isSlots: boolean): Promise<Target> {
  const { ParquetTable } = await import('../../store/duckdb/table-file.ts');
  const table = await ParquetTable.open(join(tmpdir(), `tanbiao-export-${process.pid}`), [
    { name: 'value', type: 'float64' },
    { name: 'quality', type: 'int32' },
    ...(isSlots
      ? ([
          { name: 'coverage', type: 'float64' },
          { name: 'estimated', type: 'float64' },
          { name: 'marks', type: 'int32' },
        ] as const)
      : []),
  ]);
  return {
    add: async ({ meter, point }, lines) => {
      if (lines.length > 0) await table.add({ meter, point, unit: points[point].unit }, lines);
    },
    async finish() {
      await table.save(file);
      table.close();
    },
    async giveUp() {
      table.close();
    },
  };
}
