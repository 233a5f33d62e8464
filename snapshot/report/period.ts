// Owns the periods of reports: a day, month, quarter or year of the plant's calendar, the one before it, and the same a year earlier.
import type { Calendar, Period } from '../../core/calendar.ts';
import { exitCodes, Fault } from '../../core/fault.ts';
import type { Text } from '../../core/text.ts';

export const spans = ['day', 'month', 'quarter', 'year'] as const;
export type Span = (typeof spans)[number];

export type ReportPeriod = { span: Span; period: Period; year: number; text: string; name: Text };

const pattern = /^(\d{4})(?:-(?:Q([1-4])|(\d{2})(?:-(\d{2}))?))?$/;

/** `2025`, `2025-Q4`, `2025-11`, `2025-11-03`. */
export function periodOf(text: string, calendar: Calendar): ReportPeriod {
  const [, years, quarter, months, days] = pattern.exec(text) ?? [];
  const [year, month, date] = [Number(years), Number(months ?? 1), Number(days ?? 1)];
  if (years === undefined || year < 2000 || year > 2100 || month < 1 || month > 12 || date < 1) return refuse(text);
  const named = (span: Span, period: Period, zh: string, en: string = text): ReportPeriod => ({
    ...{ span, period, year, text },
    name: { zh, en },
  });
  if (quarter !== undefined) {
    const first = Number(quarter) * 3 - 2;
    const period = { start: calendar.startOf(year, first), end: calendar.startOf(year, first + 3) };
    return named('quarter', period, `${year} 年第 ${quarter} 季度`, `quarter ${quarter} of ${year}`);
  }
  if (months === undefined) return named('year', calendar.year(year), `${year} 年`);
  if (days === undefined) return named('month', calendar.month(year, month), `${year} 年 ${month} 月`);
  const start = calendar.startOf(year, month, date);
  if (calendar.local(start).day !== date) return refuse(text);
  return named('day', calendar.dayOf(start), `${year} 年 ${month} 月 ${date} 日`);
}

function refuse(text: string): never {
  throw new Fault(
    'period_invalid',
    {
      zh: `“${text}” 不是期间；例如 2025、2025-Q4、2025-11、2025-11-03`,
      en: `"${text}" is no period; for example 2025, 2025-Q4, 2025-11, 2025-11-03`,
    },
    { exitCode: exitCodes.configuration },
  );
}

/** The period of a span in which a moment lies, as a report calls it. */
export function textAt(span: Span, time: number, calendar: Calendar): string {
  const { year, month } = calendar.local(time);
  if (span === 'day') return calendar.formatDay(time);
  if (span === 'year') return String(year);
  return span === 'quarter' ? `${year}-Q${Math.ceil(month / 3)}` : `${year}-${String(month).padStart(2, '0')}`;
}

/** The one before it: what 环比 compares with. */
export const before = ({ span, period }: ReportPeriod, calendar: Calendar): ReportPeriod =>
  periodOf(textAt(span, period.start - 1, calendar), calendar);

/** The same of the year before: what 同比 compares with. 29 February has none. */
export function yearBefore({ text, year }: ReportPeriod, calendar: Calendar): ReportPeriod | null {
  const earlier = text.replace(String(year), String(year - 1));
  return earlier.endsWith('-02-29') ? null : periodOf(earlier, calendar);
}

/** What a period is drawn in: hours of a day, days of a month, months of anything longer. */
export function partsOf({ span, period }: ReportPeriod, calendar: Calendar): { name: string; period: Period }[] {
  const parts: { name: string; period: Period }[] = [];
  for (let at = period.start; at < period.end; ) {
    const part = span === 'day' ? calendar.hourOf(at) : span === 'month' ? calendar.dayOf(at) : calendar.monthOf(at);
    const { month, day, hour } = calendar.local(at);
    parts.push({ name: String(span === 'day' ? hour : span === 'month' ? day : month), period: part });
    at = part.end;
  }
  return parts;
}
