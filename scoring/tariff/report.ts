// Owns what is told of tariffs over a range: the cost of its meters, which tables held when, and what is not known.
import { Calendar, type Period } from '../../core/calendar.ts';
import { counterOf } from '../../core/config/roles.ts';
import type { Site } from '../../core/config/site.ts';
import { writtenWithin } from '../../core/slots.ts';
import type { Store } from '../../core/store.ts';
import type { Text } from '../../core/text.ts';
import type { Confidence } from '../../core/trace.ts';
import { type Band, bands } from './bands.ts';
import { profilesOf } from './calendar.ts';
import { costOf, doubtfulHolidays, type PeriodCost, point } from './cost.ts';
import { decimalText } from './decimal.ts';
import type { TariffPlan, Version } from './plan.ts';
import { priceOf } from './price.ts';
import { holidayNames, userClassNames } from './schema.ts';

export type VersionReport = Period & {
  table: string;
  name: Text;
  notice: string;
  source: string;
  confidence: Confidence;
  marks: { about: string; confidence: Confidence; note: Text }[];
  conflicts: Text[];
  who: Text | null;
  base: Text | null;
  notFloating: string[];
  /** The step of rounding in 元/kWh, half up; null: not stated. */
  rounding: string | null;
  ratios: { band: Band; ratio: string | null; by: 'notice' | 'plant' | 'not_stated' }[];
  prices: (Period & { base: string; fixed: string; of: { band: Band; price: string | null }[] })[];
  /** Which months have which bands, in 48 half hours. */
  profiles: { months: number[]; bands: Band[] }[];
  exceptions: { band: Band; hours: { from: number; to: number }[]; when: Text }[];
};

export type TariffReport = PeriodCost & {
  meters: string[];
  by: 'day' | 'month';
  /** What ends later is not looked at yet. */
  until: number;
  versions: VersionReport[];
  notes: Text[];
};

export async function tariffReport(
  site: Site,
  plan: TariffPlan,
  store: Pick<Store, 'slots'>,
  { meters, start, end, by, now }: Period & { meters: string[]; by: 'day' | 'month'; now: number },
): Promise<TariffReport> {
  const calendar = new Calendar(site.timezone);
  const keys = meters.map((meter) => ({
    meter,
    point: counterOf(site.meters.find(({ id }) => id === meter) ?? {}, point),
  }));
  const slots = await store.slots(keys, 'quarter', { start, end });
  const until = Math.max(start, Math.min(end, now - writtenWithin));
  const range = { start, end };
  const holidays = doubtfulHolidays(plan.versions, plan.holidays, { start, end: Math.max(start + 1, until) }, calendar);
  return {
    meters,
    by,
    until,
    ...costOf(plan, slots, range, until, calendar, by),
    versions: plan.versions
      .filter((one) => one.start < end && one.end > start)
      .map((one) => versionReport(one, { start: Math.max(start, one.start), end: Math.min(end, one.end) })),
    notes: [
      ...holidays.recalled.map(
        (year): Text => ({
          zh: `${year} 年的节假日凭记忆登记（RECALLED），未与通知核对`,
          en: `the holidays of ${year} are recalled (RECALLED), not compared with their notice`,
        }),
      ),
      ...holidays.unknown.map(
        (year): Text => ({
          zh: `${year} 年的节假日未知：节假日时段按平日计；请在 tariffs.yaml 的 holidays 中补充`,
          en: `the holidays of ${year} are not known: their hours count as on other days; add them under holidays in tariffs.yaml`,
        }),
      ),
      ...plan.versions.flatMap((one, index) => endedNote(one, plan.versions[index + 1], range, calendar)),
    ],
  };
}

function endedNote(one: Version, next: Version | undefined, { end }: Period, calendar: Calendar): Text[] {
  if (!Number.isFinite(one.end) || one.end >= end || (next !== undefined && next.start <= one.end)) return [];
  const last = calendar.formatDay(one.end - 1);
  return [
    {
      zh: `${one.table.id} 执行至 ${last}，其后没有电价表：之后的电量没有费用`,
      en: `${one.table.id} ends on ${last}, and no table follows: energy after it has no cost`,
    },
  ];
}

function versionReport(version: Version, { start, end }: Period): VersionReport {
  const { table, ratios, prices, who } = version;
  return {
    start,
    end,
    table: table.id,
    name: table.name,
    notice: table.notice,
    source: table.source,
    confidence: table.confidence,
    marks: table.marks,
    conflicts: table.conflicts,
    who: who === undefined ? null : userClassNames[who],
    base: table.base ?? null,
    notFloating: table.notFloating,
    rounding: table.rounding ?? null,
    ratios: bands.flatMap((band) => {
      const { value, by } = ratios[band];
      const used = band === 'flat' || table.ratio[band] !== undefined || value !== null;
      return used ? [{ band, ratio: value === null ? null : decimalText(value), by }] : [];
    }),
    prices: prices
      .map((one, index) => ({ ...one, end: prices[index + 1]?.start ?? version.end }))
      .filter((one) => one.start < end && one.end > start)
      .map(({ start: from, end: to, price }) => ({
        start: Math.max(start, from),
        end: Math.min(end, to),
        base: decimalText(price.base),
        fixed: decimalText(price.fixed),
        of: bands.flatMap((band) => {
          const found = priceOf(price, ratios[band], table.rounding);
          return found === null && (band === 'flat' || table.ratio[band] === undefined)
            ? []
            : [{ band, price: found === null ? null : decimalText(found) }];
        }),
      })),
    profiles: profilesOf(version),
    exceptions: table.exceptions
      .filter((one) => one.months === undefined || one.weekdays !== undefined || one.days !== undefined)
      .map(({ band, hours, holidays = [], weekdays = [], about, days }) => ({
        band,
        hours,
        when: {
          zh: [
            ...(about === undefined ? [] : [about.zh]),
            holidays.map((one) => holidayNames[one].zh).join('、'),
            weekdays.length === 0 ? '' : `每周 ${weekdays.join('、')}`,
            days === undefined ? '' : `已提供 ${version.sharpDays.size} 天`,
          ]
            .filter((one) => one !== '')
            .join('；'),
          en: [
            ...(about === undefined ? [] : [about.en]),
            holidays.map((one) => holidayNames[one].en).join(', '),
            weekdays.length === 0 ? '' : `weekdays ${weekdays.join(', ')}`,
            days === undefined ? '' : `${version.sharpDays.size} days supplied`,
          ]
            .filter((one) => one !== '')
            .join('; '),
        },
      })),
  };
}
