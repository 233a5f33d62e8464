// Owns what a cell of a table says: numbers and times as people and spreadsheets write them, never guessed.
import type { Calendar } from '../../core/calendar.ts';
import type { Text } from '../../core/text.ts';

/** A Date is what a wall clock shows, in its UTC fields: spreadsheets know no time zone. */
export type Cell = string | number | boolean | Date | Unreadable | null;

/** A cell whose content is not there: an error of the spreadsheet, a formula that was never computed. */
export class Unreadable {
  readonly text: Text;

  constructor(text: Text) {
    this.text = text;
  }
}

/** What is wrong with a cell; thrown by these functions only, and told with its row and column. */
export class CellFault extends Error {
  readonly text: Text;

  constructor(text: Text) {
    super(text.en);
    this.text = text;
  }
}

const fail = (zh: string, en: string): never => {
  throw new CellFault({ zh, en });
};

export type NumberForm = { decimal: '.' | ','; thousands: '' | '.' | ',' | ' ' | "'" };

export const textOfCell = (cell: Cell): string =>
  cell === null || cell instanceof Unreadable
    ? ''
    : cell instanceof Date
      ? cell.toISOString().slice(0, 19).replace('T', ' ')
      : String(cell);

/** Nothing, or one of the words that stand for nothing. */
export function isMissing(cell: Cell, missing: readonly string[]): boolean {
  return cell === null || (typeof cell === 'string' && (cell.trim() === '' || missing.includes(cell.trim())));
}

export function numberOf(cell: Cell, { decimal, thousands }: NumberForm): number {
  if (cell instanceof Unreadable) throw new CellFault(cell.text);
  if (typeof cell === 'number') return cell;
  if (typeof cell !== 'string')
    return fail(`应为数，实为 ${textOfCell(cell)}`, `must be a number, is ${textOfCell(cell)}`);
  const text = cell.trim();
  const point = decimal === '.' ? '\\.' : ',';
  const group = thousands === '.' ? '\\.' : thousands;
  const plain = new RegExp(`^[+-]?\\d+(${point}\\d+)?([eE][+-]?\\d+)?$`);
  const grouped = new RegExp(`^[+-]?\\d{1,3}(${group}\\d{3})+(${point}\\d+)?$`);
  if (plain.test(text) || (thousands !== '' && grouped.test(text))) {
    const value = Number((thousands === '' ? text : text.replaceAll(thousands, '')).replace(',', '.'));
    if (Number.isFinite(value)) return value;
  }
  if (/^[+-]?[\d.,' ]*\d$/.test(text))
    return fail(
      `“${text}”：千位分隔符或小数逗号须在映射的 numbers 中说明；现为小数 “${decimal}”，千位 “${thousands || '无'}”`,
      `"${text}": say in the mapping's numbers which sign parts thousands and which decimals; now decimals "${decimal}", thousands "${thousands || 'none'}"`,
    );
  return fail(`“${text}” 不是数，例如 1234.5`, `"${text}" is not a number such as 1234.5`);
}

/** What a wall clock shows, or an instant where the text says its offset. */
type Read = { wall: number } | { instant: number };

const fields = ['year', 'month', 'day', 'hour', 'minute', 'second'] as const;
type Field = (typeof fields)[number];

const usual =
  /^(?<year>\d{4})[-/.年](?<month>\d{1,2})[-/.月](?<day>\d{1,2})日?(?:[T ]+(?<hour>\d{1,2})[:时](?<minute>\d{1,2})(?:[:分](?<second>\d{1,2})(?:\.(?<fraction>\d{1,3})\d*)?秒?)?分?)?\s*(?<offset>Z|[+-]\d{2}:?\d{2})?$/;

const tokens: Record<string, [Field, string]> = {
  YYYY: ['year', '\\d{4}'],
  MM: ['month', '\\d{2}'],
  M: ['month', '\\d{1,2}'],
  DD: ['day', '\\d{2}'],
  D: ['day', '\\d{1,2}'],
  HH: ['hour', '\\d{2}'],
  H: ['hour', '\\d{1,2}'],
  mm: ['minute', '\\d{2}'],
  m: ['minute', '\\d{1,2}'],
  ss: ['second', '\\d{2}'],
  s: ['second', '\\d{1,2}'],
};

const patterns = new Map<string, RegExp>();

/** `D.M.YYYY H:mm` as a pattern; what is no token stands for itself. */
function timePattern(format: string): RegExp {
  let pattern = patterns.get(format);
  if (pattern === undefined) {
    const source = format.replace(/YYYY|MM|DD|HH|mm|ss|[MDHms]|[^A-Za-z0-9]/g, (part) => {
      const token = tokens[part];
      return token === undefined ? part.replace(/[\\^$.*+?()[\]{}|/-]/, '\\$&') : `(?<${token[0]}>${token[1]})`;
    });
    pattern = new RegExp(`^${source}$`);
    patterns.set(format, pattern);
  }
  return pattern;
}

export type TimeForm = { format: string | undefined; calendar: Calendar; from1904: boolean };

/** One cell, or a day and a time of day in two. */
export function timeOf(cells: readonly Cell[], form: TimeForm): number {
  const [first = null, second] = cells;
  const read =
    second === undefined || (typeof first === 'string' && typeof second === 'string')
      ? readTime(
          typeof first === 'string' && typeof second === 'string' ? `${first.trim()} ${second.trim()}` : first,
          form,
        )
      : { wall: dayOf(first, form) + timeOfDay(second) };
  if ('instant' in read) return read.instant;
  const { calendar } = form;
  const instants = calendar.instantsOf(read.wall);
  if (instants.length === 1) return instants[0] as number;
  const shown = new Date(read.wall).toISOString().slice(0, 16).replace('T', ' ');
  return instants.length === 0
    ? fail(
        `${shown} 在 ${calendar.zone} 不存在（时钟拨快）；请写出时差，例如 ${shown}+08:00`,
        `${shown} does not exist in ${calendar.zone}, where clocks are put forward; write the offset, such as ${shown}+01:00`,
      )
    : fail(
        `${shown} 在 ${calendar.zone} 出现两次（时钟拨慢）；请写出时差`,
        `${shown} comes twice in ${calendar.zone}, where clocks are put back; write the offset`,
      );
}

function readTime(cell: Cell, form: TimeForm): Read {
  if (cell instanceof Unreadable) throw new CellFault(cell.text);
  if (cell instanceof Date) return { wall: cell.getTime() };
  if (typeof cell === 'number') return { wall: ofSerial(cell, form) };
  const text = textOfCell(cell).trim();
  const own = form.format === undefined ? null : timePattern(form.format).exec(text);
  const found = (own ?? usual.exec(text))?.groups;
  if (found === undefined) {
    const allowed = form.format ?? '2025-03-01 08:15, 2025/3/1 8:15:00, 2025年3月1日 8时15分, 2025-03-01T08:15+08:00';
    return fail(`“${text}” 不是时间；可用写法：${allowed}`, `"${text}" is not a time; allowed: ${allowed}`);
  }
  const [year = 0, month = 1, date = 1, hour = 0, minute = 0, second = 0] = fields.map((field) =>
    found[field] === undefined ? undefined : Number(found[field]),
  );
  const wall = Date.UTC(year, month - 1, date);
  const day = new Date(wall);
  const isMidnight = hour === 24 && minute === 0 && second === 0; // meters write the end of a day so
  if (
    day.getUTCMonth() !== month - 1 ||
    day.getUTCDate() !== date ||
    (hour > 23 && !isMidnight) ||
    minute > 59 ||
    second > 59
  )
    return fail(`“${text}” 不是存在的日期和时间`, `"${text}" is no date and time that exists`);
  const fraction = Number((found.fraction ?? '').padEnd(3, '0'));
  const shown = wall + ((hour * 60 + minute) * 60 + second) * 1_000 + fraction;
  const { offset } = found;
  if (offset === undefined) return { wall: shown };
  const [, sign, hours, minutes] = /^([+-])(\d{2}):?(\d{2})$/.exec(offset) ?? [];
  const ahead = sign === undefined ? 0 : (Number(hours) * 60 + Number(minutes)) * 60_000 * (sign === '-' ? -1 : 1);
  return { instant: shown - ahead };
}

const dayLength = 86_400_000;

/** Days since 1899-12-30, as spreadsheets count after February 1900; those of old Macs since 1904-01-01. */
function ofSerial(serial: number, { from1904 }: TimeForm): number {
  const wall = Date.UTC(from1904 ? 1904 : 1899, from1904 ? 0 : 11, from1904 ? 1 : 30) + Math.round(serial * dayLength);
  if (wall >= Date.UTC(1990, 0) && wall < Date.UTC(2200, 0)) return wall;
  return fail(
    `${serial} 不是日期：作为电子表格的日期序号，它不在 1990 至 2199 年之间`,
    `${serial} is not a date: as a spreadsheet's serial number it is not between 1990 and 2199`,
  );
}

function dayOf(cell: Cell, form: TimeForm): number {
  const read = readTime(cell, form);
  if (!('wall' in read)) return fail('日期列不应带时差', 'the column of the day must not have an offset');
  return Math.floor(read.wall / dayLength) * dayLength;
}

function timeOfDay(cell: Cell): number {
  if (cell instanceof Date) return cell.getTime() - Math.floor(cell.getTime() / dayLength) * dayLength;
  if (typeof cell === 'number' && cell >= 0 && cell <= 1) return Math.round(cell * dayLength);
  const [, hour, minute, second = '0'] = /^(\d{1,2}):(\d{2})(?::(\d{2}))?$/.exec(textOfCell(cell).trim()) ?? [];
  const length = (Number(hour) * 60 + Number(minute)) * 60 + Number(second);
  if (hour === undefined || Number(minute) > 59 || Number(second) > 59 || length > 86_400)
    return fail(`“${textOfCell(cell)}” 不是时刻，例如 8:15`, `"${textOfCell(cell)}" is not a time of day such as 8:15`);
  return length * 1_000;
}

/** A date of the calendar, as `2025-03-01`. */
export function dateOf(cell: Cell, form: TimeForm): string {
  const read = readTime(cell, form);
  const wall = 'wall' in read ? read.wall : read.instant + form.calendar.offsetAt(read.instant);
  return new Date(wall).toISOString().slice(0, 10);
}

/** The first and the last day of a month, from `2025-03`, `2025年3月`, `202503` or a date in it. */
export function monthOf(cell: Cell, form: TimeForm): { from: string; to: string } {
  const [, year, month] = /^(\d{4})(?:[-/.年])?(\d{1,2})月?$/.exec(textOfCell(cell).trim()) ?? [];
  const isMonth = year !== undefined && typeof cell !== 'number' && Number(month) >= 1 && Number(month) <= 12;
  const text = isMonth ? `${year}-${String(month).padStart(2, '0')}` : dateOf(cell, form).slice(0, 7);
  const last = new Date(Date.UTC(Number(text.slice(0, 4)), Number(text.slice(5)), 0)).getUTCDate();
  return { from: `${text}-01`, to: `${text}-${last}` };
}
