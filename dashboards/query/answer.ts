// Owns the answer to a request as an InfluxDB gives it: one result for each statement, times as they are asked for.
import { Calendar, type Period } from '../../core/calendar.ts';
import type { Clock } from '../../core/clock.ts';
import type { Site } from '../../core/config/site.ts';
import { Fault } from '../../core/fault.ts';
import type { Store } from '../../core/store.ts';
import type { Language } from '../../core/text.ts';
import type { YearlyPoint } from '../../core/yearly.ts';
import type { Scorer } from '../../scoring/main.ts';
import { yearlyPoints } from '../../scoring/yearly.ts';
import { Budget, type Limits, limits } from './budget.ts';
import { type Measurement, measurementsOf } from './measurements.ts';
import { parse } from './parse.ts';
import { type Series, select } from './select.ts';
import { show } from './show.ts';
import type { Statement } from './statement.ts';

/** What times are counted in; without it they are written as dates. */
export const epochs = ['ns', 'u', 'µ', 'ms', 's', 'm', 'h'] as const;
export type Epoch = (typeof epochs)[number];

export type Question = { text: string; database: string | undefined; epoch: Epoch | undefined; language: Language };

export type Answerer = { site: Site; store: Store; scorer: Scorer; clock: Clock; most?: Limits };

const mostStatements = 50;

/** Throws what cannot be read; what cannot be answered is told in its statement's place, as a database does. */
export async function answer(
  { site, store, scorer, clock, most = limits }: Answerer,
  { text, database, epoch, language }: Question,
  signal: AbortSignal,
): Promise<string> {
  const statements = parse(text, clock.now());
  if (statements.length > mostStatements)
    throw new Fault('query_invalid', {
      zh: `一次最多 ${mostStatements} 条语句`,
      en: `at most ${mostStatements} statements at once`,
    });
  const budget = new Budget(most, clock, signal);
  const years = new Map<string, Promise<YearlyPoint[]>>();
  const yearly = (period: Period) => {
    const name = `${period.start}/${period.end}`;
    const points = years.get(name) ?? yearlyPoints(site, store, scorer, period);
    years.set(name, points);
    return points;
  };
  const measurements = measurementsOf({ site: site.site, store, yearly });
  const results: string[] = [];
  for (const [index, statement] of statements.entries()) {
    const id = `"statement_id":${index}`;
    try {
      if (database !== undefined && database !== '' && database !== site.site)
        throw new Fault('query_invalid', {
          zh: `没有数据库 ${database}；本厂的数据库名为 ${site.site}`,
          en: `database not found: ${database}; this plant's is ${site.site}`,
        });
      const series = await answerOne(statement, site.site, measurements, budget);
      const zone = statement.kind === 'select' ? statement.zone : 'UTC';
      results.push(series.length === 0 ? `{${id}}` : `{${id},"series":[${series.map(writer(epoch, zone)).join()}]}`);
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      results.push(`{${id},"error":${JSON.stringify(error.text[language])}}`);
    }
  }
  return `{"results":[${results.join()}]}\n`;
}

async function answerOne(
  statement: Statement,
  database: string,
  measurements: readonly Measurement[],
  budget: Budget,
): Promise<Series[]> {
  if (statement.kind === 'show') return show(statement, database, measurements);
  const measurement = measurements.find(({ name }) => name === statement.from);
  if (measurement !== undefined) return select(statement, measurement, budget);
  const names = measurements.map(({ name }) => name).join(', ');
  throw new Fault('query_invalid', {
    zh: `没有 measurement ${statement.from}；可用：${names}`,
    en: `there is no measurement ${statement.from}; there are ${names}`,
  });
}

const writer =
  (epoch: Epoch | undefined, zone: string) =>
  ({ name, tags, columns, values }: Series): string => {
    const timed = columns[0] === 'time';
    const timeOf = timeWriter(epoch, zone);
    const rows = values.map((row) =>
      timed
        ? `[${[timeOf(row[0] as number), ...row.slice(1).map((one) => JSON.stringify(one))]}]`
        : JSON.stringify(row),
    );
    const head = { ...(name === '' ? {} : { name }), ...(tags === undefined ? {} : { tags }), columns };
    return `${JSON.stringify(head).slice(0, -1)},"values":[${rows.join()}]}`;
  };

const parts: Record<string, number> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };
/** Beyond the whole numbers of JavaScript: zeros are written behind. */
const zeros: Record<string, string> = { ns: '000000', u: '000', µ: '000' };

function timeWriter(epoch: Epoch | undefined, zone: string): (time: number) => string {
  if (epoch === undefined) {
    const calendar = zone === 'UTC' ? undefined : new Calendar(zone);
    return (time) => {
      const clock = new Date(time + (calendar?.offsetAt(time) ?? 0)).toISOString().replace(/\.?0*Z$/, '');
      return JSON.stringify(calendar === undefined ? `${clock}Z` : `${clock}${calendar.formatSecond(time).slice(-6)}`);
    };
  }
  const part = parts[epoch];
  if (part !== undefined) return (time) => String(Math.trunc(time / part));
  return (time) => (time === 0 ? '0' : `${time}${zeros[epoch]}`);
}
