// Owns a plant's tariffs: its choice among the tables, what it pays, and every mistake of it with its place.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Calendar, day } from '../../core/calendar.ts';
import { type Path, type Problem, readYaml, refuseProblems } from '../../core/config/yaml-file.ts';
import { Rational } from '../../core/rational.ts';
import type { BandRules, HolidayBook } from './calendar.ts';
import { type Price, type Ratios, ratiosOf } from './price.ts';
import { type ChosenTariff, type HolidayYear, holidayIds, type TariffTable, tariffsSchema } from './schema.ts';
import { loadHolidays, loadTables } from './tables.ts';

export type Version = BandRules & {
  start: number;
  /** Where the next one begins, or where the table ends. */
  end: number;
  ratios: Ratios;
  prices: { start: number; price: Price }[];
  demandPrice: Rational | null;
};

export type TariffPlan = { versions: Version[]; holidays: HolidayBook };

type HolidayDays = Omit<HolidayYear, 'confidence' | 'source'> & Partial<Pick<HolidayYear, 'confidence'>>;

function bookOf(years: readonly HolidayDays[]): HolidayBook {
  const days = new Map<string, (typeof holidayIds)[number]>();
  for (const one of years)
    for (const id of holidayIds) {
      const [first, last] = one[id].map((date) => Date.parse(date)) as [number, number];
      for (let at = first; at <= last; at += day) days.set(new Date(at).toISOString().slice(0, 10), id);
    }
  const recalled = years.filter(({ confidence }) => confidence === 'RECALLED');
  return {
    days,
    years: new Set(years.map(({ year }) => year)),
    recalled: new Set(recalled.map(({ year }) => year)),
  };
}

/** Null: the plant has named no tariff. */
export function loadTariffs({ folder, timezone }: { folder: string; timezone: string }): TariffPlan | null {
  const file = join(folder, 'tariffs.yaml');
  if (!existsSync(file)) return null;
  const tables = loadTables(folder);
  const { value, problems, problemAt } = readYaml(file, tariffsSchema);
  const refuse = (path: Path, zh: string, en: string): unknown => problems.push(problemAt(path, { zh, en }));
  for (const [index, one] of (value?.tariffs ?? []).entries())
    check(one, value?.tariffs[index - 1], tables, (path, zh, en) => refuse(['tariffs', index, ...path], zh, en));
  if (value === undefined || problems.length > 0) refuseProblems(problems as Problem[]);
  const calendar = new Calendar(timezone);
  const startOf = (date: string): number => {
    const [year = 0, month = 1, dayOfMonth = 1] = date.split('-').map(Number);
    return calendar.startOf(year, month, dayOfMonth);
  };
  return {
    versions: value.tariffs.map((one, index): Version => {
      const table = tables.find(({ id }) => id === one.table) as TariffTable;
      const next = value.tariffs[index + 1];
      const ended = table.until === undefined ? Number.POSITIVE_INFINITY : calendar.dayOf(startOf(table.until)).end;
      const start = startOf(one.from);
      return {
        table,
        who: one.who,
        sharpDays: new Set(one.sharpDays),
        start,
        end: Math.min(ended, next === undefined ? Number.POSITIVE_INFINITY : startOf(next.from)),
        ratios: ratiosOf(table, one.ratio),
        prices: one.prices.map(({ from, base, fixed }) => ({
          start: from === undefined ? start : startOf(`${from}-01`),
          price: { base: Rational.fromDecimal(base), fixed: Rational.fromDecimal(fixed) },
        })),
        demandPrice: one.demandPrice === undefined ? null : Rational.fromDecimal(one.demandPrice),
      };
    }),
    // What a plant gives of a year stands in the place of what the product knows of it.
    holidays: bookOf([
      ...loadHolidays().filter(({ year }) => value.holidays.every((own) => own.year !== year)),
      ...value.holidays,
    ]),
  };
}

type Refuse = (path: Path, zh: string, en: string) => unknown;

function check(one: ChosenTariff, before: ChosenTariff | undefined, tables: TariffTable[], refuse: Refuse): void {
  const table = tables.find(({ id }) => id === one.table);
  if (table === undefined) {
    const known = tables.map(({ id }) => id).join(', ');
    refuse(
      ['table'],
      `没有电价表 “${one.table}”；已有：${known}`,
      `there is no table "${one.table}"; there are: ${known}`,
    );
    return;
  }
  const { from, until } = table;
  if (before !== undefined && one.from <= before.from)
    refuse(['from'], '各表应按起始日期先后排列', 'tariffs are listed in the order of their days');
  if ((from !== undefined && one.from < from) || (until !== undefined && one.from > until))
    refuse(
      ['from'],
      `${table.id} 的执行期为 ${from ?? '（未载明）'} 至 ${until ?? '今'}：改用当时有效的表，或改日期`,
      `${table.id} holds from ${from ?? '(not stated)'} to ${until ?? 'now'}: use the table of that time, or another day`,
    );
  if (one.who === undefined && table.exceptions.some(({ who }) => who !== undefined))
    refuse(
      ['table'],
      `${table.id} 的尖峰只对部分用户执行：写明 who`,
      `${table.id} has hours for some users only: say who you are with who`,
    );
  if (table.conflicts.length > 0 && one.confirmed === undefined)
    refuse(
      ['table'],
      `来源不一致：${table.conflicts.map(({ zh }) => zh).join('；')}`,
      `sources conflict: ${table.conflicts.map(({ en }) => en).join('; ')}`,
    );
  for (const band of Object.keys(one.ratio) as (keyof typeof one.ratio)[]) {
    const stated = table.ratio[band];
    if (stated !== undefined && stated !== 'not_stated')
      refuse(
        ['ratio', band],
        `${table.id} 已载明该比例，不能改；只可补未载明的`,
        `${table.id} states this ratio: only what it does not state can be supplied`,
      );
  }
  for (const [index, { from: month }] of one.prices.entries()) {
    const last = one.prices[index - 1]?.from ?? '';
    if (index > 0 && (month === undefined || month <= last))
      refuse(
        ['prices', index],
        '多个价格须按月份先后写明 from',
        'several prices need from, in the order of their months',
      );
  }
}
