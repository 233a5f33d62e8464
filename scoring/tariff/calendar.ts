// Owns the tariff calendar: which band each half hour of a day has, by season, weekday, holiday, and days that the plant supplied.
import { type Band, bands } from './bands.ts';
import type { HolidayId, TariffTable, UserClass } from './schema.ts';

export type LocalDate = { year: number; month: number; day: number };

export const halfHours = 48;

export type HolidayBook = {
  /** 2026-05-01 → labour_day */
  days: ReadonlyMap<string, HolidayId>;
  years: ReadonlySet<number>;
  /** Of them those whose days were not compared with their notice. */
  recalled?: ReadonlySet<number>;
};

const pad = (value: number): string => String(value).padStart(2, '0');
export const isoDate = ({ year, month, day }: LocalDate): string => `${year}-${pad(month)}-${pad(day)}`;

/** Monday is 1, Sunday is 7. */
const weekdayOf = ({ year, month, day }: LocalDate): number =>
  new Date(Date.UTC(year, month - 1, day)).getUTCDay() || 7;

export type BandRules = {
  table: TariffTable;
  who: UserClass | undefined;
  sharpDays: ReadonlySet<string>;
};

/** 48 bands, from midnight on. */
export function bandsOfDay({ table, who, sharpDays }: BandRules, holidays: HolidayBook, date: LocalDate): Band[] {
  const iso = isoDate(date);
  const holiday = holidays.days.get(iso);
  const season = table.seasons.find(({ months }) => months.includes(date.month));
  const holds = table.exceptions.filter(
    (one) =>
      (one.months?.includes(date.month) ?? true) &&
      (one.weekdays?.includes(weekdayOf(date)) ?? true) &&
      (one.holidays === undefined || (holiday !== undefined && one.holidays.includes(holiday))) &&
      (one.days === undefined || sharpDays.has(iso)) &&
      (one.who === undefined || (who !== undefined && one.who.includes(who))),
  );
  return Array.from({ length: halfHours }, (_, at) => {
    const isIn = ({ from, to }: { from: number; to: number }) => at * 30 >= from && at * 30 < to;
    return (
      bands.find(
        (band) =>
          (band !== 'flat' && season?.hours[band]?.some(isIn)) ||
          holds.some((one) => one.band === band && one.hours.some(isIn)),
      ) ?? 'flat'
    );
  });
}

/** The months of a year that have the same bands on a plain working day. */
export function profilesOf(rules: BandRules): { months: number[]; bands: Band[] }[] {
  const none: HolidayBook = { days: new Map(), years: new Set() };
  const plain = { ...rules, sharpDays: new Set<string>() };
  const groups = new Map<string, { months: number[]; bands: Band[] }>();
  for (let month = 1; month <= 12; month++) {
    // 2025-01-01 was a Wednesday; so is a day of every month's second week.
    const day = Array.from({ length: 7 }, (_, at) => at + 8).find(
      (one) => weekdayOf({ year: 2025, month, day: one }) === 3,
    ) as number;
    const own = bandsOfDay(plain, none, { year: 2025, month, day });
    const group = groups.get(own.join()) ?? { months: [], bands: own };
    group.months.push(month);
    groups.set(own.join(), group);
  }
  return [...groups.values()];
}
