// Owns how numbers, times and ages are written on the page.
import type { Text } from '../../core/text.ts';
import { type Language, language, site } from './state.ts';
import { clockOptions, writtenIn } from './zone-time.ts';

const locale = { zh: 'zh-CN', en: 'en-GB' } as const satisfies Record<Language, string>;

export const text = (both: Text): string => both[language.value];

/** A format costs more to make than a thousand uses of it. */
const numbers = new Map<string, Intl.NumberFormat>();

function numberFormat(digits: number): Intl.NumberFormat {
  const name = `${language.value} ${digits}`;
  const format =
    numbers.get(name) ??
    new Intl.NumberFormat(locale[language.value], { minimumFractionDigits: digits, maximumFractionDigits: digits });
  numbers.set(name, format);
  return format;
}

/** Missing is a dash, never a zero. */
export function number(value: number | null | undefined, digits = 0): string {
  if (value === null || value === undefined || Number.isNaN(value)) return '—';
  const written = numberFormat(digits).format(value);
  return /^-[0.,]*$/.test(written) ? written.slice(1) : written; // what rounds to nothing has no sign
}

/** An exact decimal, rounded half up: 114.325 is 114.33, which a double would not know. */
export function money(amount: string | null, digits = 2): string {
  if (amount === null) return '—';
  const written = numberFormat(digits).format(amount as `${number}`);
  return /^-[0.,]*$/.test(written) ? written.slice(1) : written;
}

/** All digits that matter, and no zeros behind them. */
export function exact(value: number): string {
  const digits = Math.abs(value) >= 1 ? 4 : 10;
  return new Intl.NumberFormat(locale[language.value], { maximumFractionDigits: digits }).format(value);
}

/** As many digits as the size of the number deserves. */
export function compact(value: number | null | undefined): string {
  const size = Math.abs(value ?? 0);
  return number(value, size === 0 || size >= 1_000 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3);
}

export function energy(kWh: number | null): string {
  if (kWh === null) return '—';
  return Math.abs(kWh) >= 10_000 ? `${number(kWh / 1_000, 2)} MWh` : `${number(kWh)} kWh`;
}

export const percent = (share: number | null, digits = 1): string =>
  share === null ? '—' : `${number(share * 100, digits)} %`;

export const inZone = (
  options: Intl.DateTimeFormatOptions,
  time: number,
  written: string = locale[language.value],
): string => writtenIn(site.value?.timezone ?? 'Asia/Shanghai', written, options, time);

/** Units as people write them; the standards' Chinese counters have no place on an English page. */
const unitNames: Record<string, Text> = {
  '1': { zh: '', en: '' },
  个: { zh: '个', en: '' },
  次: { zh: '次', en: 'times' },
  项: { zh: '项', en: 'items' },
};
export const unitText = (unit: string): string =>
  unitNames[unit] === undefined
    ? unit
        .replace(/m3/g, 'm³')
        .replace(/m2/g, 'm²')
        .replace(/CO2/g, 'CO₂')
        .replace('万元', text({ zh: '万元', en: '10 k CNY' }))
        .replace('万', text({ zh: '万', en: '10⁴ ' }))
    : text(unitNames[unit]);

export const dateOf = (time: number): string => inZone({ dateStyle: 'medium' }, time);
export const timeOf = (time: number): string => inZone(clockOptions, time);
export const momentOf = (time: number): string => inZone({ dateStyle: 'medium', timeStyle: 'short' }, time);
export const hourOf = (time: number): string => inZone({ hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }, time);

/** 2025-03-01: what a date field wants. Swedish writes dates that way. */
export const isoDay = (time: number | undefined): string | undefined =>
  time === undefined ? undefined : inZone({ year: 'numeric', month: '2-digit', day: '2-digit' }, time, 'sv-SE');

export function age(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1_000);
  const chinese = language.value === 'zh';
  if (seconds < 90) return chinese ? `${seconds} 秒` : `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 90) return chinese ? `${minutes} 分钟` : `${minutes} min`;
  const hours = Math.round(minutes / 60);
  if (hours < 48) return chinese ? `${hours} 小时` : `${hours} h`;
  return chinese ? `${Math.round(hours / 24)} 天` : `${Math.round(hours / 24)} d`;
}

/** A pack writes a clause and the number of its formula as `A.2 (A.1)`: the two count differently, so each is named. */
export function clauseText(clause: string): string {
  const [, of, formula] = /^(\S+)? ?(\([A-Z]\.\d+\))$/.exec(clause) ?? [];
  if (formula === undefined) return clause;
  const [at, by] = language.value === 'zh' ? ['条款', '式'] : ['clause', 'formula'];
  return [...(of === undefined ? [] : [`${at} ${of}`]), `${by} ${formula}`].join(' · ');
}
