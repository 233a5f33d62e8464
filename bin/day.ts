// Owns days as people type them on the command line.
import { Calendar } from '../core/calendar.ts';
import { exitCodes, Fault } from '../core/fault.ts';

/** The last millisecond of a day at the plant. */
export function endOfDay(day: string, zone: string): number {
  const [, year, month, date] = /^(\d{4})-(\d{2})-(\d{2})$/.exec(day) ?? [];
  if (year !== undefined && month !== undefined && date !== undefined)
    return new Calendar(zone).startOf(Number(year), Number(month), Number(date) + 1) - 1;
  throw new Fault(
    'day_invalid',
    { zh: `“${day}” 不是日期，例如 2026-01-31`, en: `"${day}" is not a day such as 2026-01-31` },
    { exitCode: exitCodes.configuration },
  );
}
