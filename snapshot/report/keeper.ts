// Owns the reports that a site makes by itself: what is due, what was missed, where it goes, and what became of it.
import { appendFileSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { basename, isAbsolute, join } from 'node:path';
import { Calendar, minute } from '../../core/calendar.ts';
import { canonicalHash, sha256 } from '../../core/canonical.ts';
import type { ReportSchedule } from '../../core/config/report-schema.ts';
import type { Site } from '../../core/config/site.ts';
import { exitCodes, Fault, messageOf } from '../../core/fault.ts';
import type { Log } from '../../core/log.ts';
import type { Text } from '../../core/text.ts';
import type { Workshop } from '../make.ts';
import { deliver } from './deliver.ts';
import { makeReport, mediaTypes, nameOf } from './desk.ts';
import type { ReportFormat, ReportId } from './names.ts';
import { textAt } from './period.ts';
import { lastUpTo, nextAfter } from './schedule.ts';

export type Scheduled = ReportSchedule & { number: number; next: string | null };

/** As in site.yaml, counted from one. */
export const scheduledIn = ({ reports, timezone }: Pick<Site, 'reports' | 'timezone'>, now: number): Scheduled[] =>
  reports.map((one, index) => {
    const next = nextAfter(one.at, timezone, now);
    return { ...one, number: index + 1, next: next === null ? null : new Calendar(timezone).format(next) };
  });

export type Run = {
  /** Which schedule, by what it says: a schedule that is changed is another one. */
  schedule: string;
  /** The moment that it was due at, UTC. */
  due: number;
  at: string;
  /** seen: a schedule is new, nothing of before is made up for. */
  outcome: 'seen' | 'made' | 'failed';
  report: ReportId;
  period: string;
  language: ReportSchedule['language'];
  format: ReportFormat;
  file: string | null;
  sha256: string | null;
  /** HTTP status of the webhook, or why it was not delivered; null: there is none. */
  delivery: string | null;
  reason: Text | null;
};

const historyFile = (dataFolder: string): string => join(dataFolder, 'reports', 'history.jsonl');

/** A line that a crash cut off is no run. */
function linesOf(dataFolder: string): Run[] {
  const file = historyFile(dataFolder);
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8')
    .split('\n')
    .flatMap((line): Run[] => {
      try {
        return line === '' ? [] : [JSON.parse(line) as Run];
      } catch {
        return [];
      }
    });
}

/** `kept`: its file is still there. A later one of the same name is written over it. */
export type PastRun = Run & { kept: boolean };

export function historyOf(dataFolder: string): PastRun[] {
  const runs = linesOf(dataFolder).filter(({ outcome }) => outcome !== 'seen');
  const newest = new Map(runs.map(({ file, sha256 }) => [file, sha256]));
  return runs.map((run) => ({
    ...run,
    kept: run.file !== null && newest.get(run.file) === run.sha256 && existsSync(run.file),
  }));
}

/** The file as it was made: one that was altered since is not what the history tells of. */
export function keptReport(dataFolder: string, hash: string): { type: string; name: string; content: Buffer } {
  const found = historyOf(dataFolder).findLast((run) => run.kept && run.sha256 === hash);
  const content = found?.file ? readFileSync(found.file) : undefined;
  if (found?.file && content !== undefined && sha256(content) === hash)
    return { type: mediaTypes[found.format], name: basename(found.file), content };
  throw new Fault('report_unknown', {
    zh: '没有这份已生成的报表：文件已被后来的同名报表取代、移走或改动；请重新生成',
    en: 'there is no such report: its file was replaced by a later one of the same name, moved or altered; make it again',
  });
}

function note(dataFolder: string, run: Run): void {
  const file = historyFile(dataFolder);
  mkdirSync(join(dataFolder, 'reports'), { recursive: true });
  const torn = existsSync(file) && !readFileSync(file, 'utf8').endsWith('\n');
  appendFileSync(file, `${torn ? '\n' : ''}${JSON.stringify(run)}\n`, { flush: true });
}

export function planned(site: Site, number: number): ReportSchedule {
  const found = site.reports[number - 1];
  if (found !== undefined) return found;
  throw new Fault(
    'report_unplanned',
    {
      zh: `site.yaml 的 reports 中没有第 ${number} 项；共 ${site.reports.length} 项`,
      en: `reports in site.yaml has no number ${number}; it has ${site.reports.length}`,
    },
    { exitCode: exitCodes.configuration },
  );
}

/** Made, kept and delivered; what fails is written down, too. The period is the last one that was over when it was due. */
export async function runReport(
  shop: Workshop,
  schedule: ReportSchedule,
  due: number,
  signal: AbortSignal,
  random: () => number = Math.random,
): Promise<Run> {
  const { site, dataFolder, clock } = shop;
  const calendar = new Calendar(site.timezone);
  const { report, language, format, folder = 'reports', webhook } = schedule;
  const start = startOfSpan(schedule.period, due, calendar);
  const asked = { report, language, format, period: textAt(schedule.period, start - 1, calendar) };
  const run: Run = {
    schedule: canonicalHash(schedule),
    due,
    at: calendar.formatSecond(clock.now()),
    outcome: 'failed',
    ...asked,
    file: null,
    sha256: null,
    delivery: null,
    reason: null,
  };
  const reasonOf = (error: unknown): Text => ({ zh: messageOf(error, 'zh'), en: messageOf(error, 'en') });
  try {
    const bytes = await makeReport(shop, asked);
    const name = nameOf(site.site, asked);
    run.file = putReport(isAbsolute(folder) ? folder : join(dataFolder, folder), name, bytes);
    run.sha256 = sha256(bytes);
    run.outcome = 'made';
    if (webhook !== undefined) {
      const parcel = { url: webhook, name, type: mediaTypes[format], sha256: run.sha256, bytes };
      run.delivery = `HTTP ${await deliver(parcel, clock, signal, random)}`;
    }
  } catch (error) {
    run.reason = reasonOf(error);
    if (run.outcome === 'made') run.delivery = run.reason.en;
  }
  note(dataFolder, run);
  return run;
}

/** Written beside its place and moved there whole: whoever watches the folder never reads half a report. */
export function putReport(folder: string, name: string, bytes: Uint8Array): string {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, name);
  writeFileSync(`${file}.part`, bytes, { flush: true });
  renameSync(`${file}.part`, file);
  return file;
}

function startOfSpan(span: ReportSchedule['period'], time: number, calendar: Calendar): number {
  const { year, month } = calendar.local(time);
  if (span === 'day') return calendar.dayOf(time).start;
  if (span === 'month') return calendar.monthOf(time).start;
  return span === 'year' ? calendar.startOf(year) : calendar.startOf(year, month - ((month - 1) % 3));
}

/** Runs what came due since it was looked at last: of what was missed, the newest only, once. */
export async function runDue(shop: Workshop, signal: AbortSignal, random?: () => number): Promise<Run[]> {
  const { site, dataFolder, clock } = shop;
  const known = new Map(linesOf(dataFolder).map(({ schedule, due }) => [schedule, due]));
  const runs: Run[] = [];
  for (const schedule of site.reports) {
    const key = canonicalHash(schedule);
    const since = known.get(key);
    const due = lastUpTo(schedule.at, site.timezone, clock.now());
    if (since === undefined) {
      const { report, language, format } = schedule;
      const empty = { file: null, sha256: null, delivery: null, reason: null };
      const at = new Calendar(site.timezone).formatSecond(clock.now());
      note(dataFolder, {
        schedule: key,
        due: clock.now(),
        at,
        outcome: 'seen',
        report,
        period: '',
        language,
        format,
        ...empty,
      });
    } else if (due !== null && due > since) runs.push(await runReport(shop, schedule, due, signal, random));
    if (signal.aborted) break;
  }
  return runs;
}

/** Beside the plant until the signal. What fails is in the history and the log; it stops nothing else. */
export async function keepReports(shop: Workshop, log: Log, signal: AbortSignal): Promise<void> {
  if (shop.site.reports.length === 0) return;
  for (;;) {
    try {
      for (const { outcome, report, period, file, reason } of await runDue(shop, signal))
        if (reason === null) log.info({ event: 'report_made', report, period, file }, 'a report was made');
        else
          log.error(
            { event: 'report_failed', report, period, outcome, reason: reason.en },
            'a report was not made or not delivered',
          );
    } catch (error) {
      log.error({ event: 'report_failed', reason: messageOf(error) }, 'the planned reports could not be looked at');
    }
    try {
      await shop.clock.sleep(minute, signal);
    } catch {
      return; // the plant ends
    }
  }
}
