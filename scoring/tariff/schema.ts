// Owns the schemas of tariffs: a notice's table, the holidays that it names, and what a plant chooses and pays.
import { z } from 'zod';
import { message } from '../../core/config/yaml-file.ts';
import type { Text } from '../../core/text.ts';
import { bands } from './bands.ts';

const userClasses = ['large_industry', 'two_part', 'general'] as const;
export type UserClass = (typeof userClasses)[number];
export const userClassNames: Record<UserClass, Text> = {
  large_industry: { zh: '大工业', en: 'large industry' },
  two_part: { zh: '两部制', en: 'two-part tariff' },
  general: { zh: '一般工商业', en: 'general industry and commerce' },
};

export const holidayIds = ['spring_festival', 'labour_day', 'national_day'] as const;
export type HolidayId = (typeof holidayIds)[number];
export const holidayNames: Record<HolidayId, Text> = {
  spring_festival: { zh: '春节', en: 'Spring Festival' },
  labour_day: { zh: '劳动节', en: 'Labour Day' },
  national_day: { zh: '国庆节', en: 'National Day' },
};

const text = z.strictObject({ zh: z.string().min(1), en: z.string().min(1) });
const confidence = z.enum(['SEED', 'FOUND-P', 'FOUND', 'RECALLED', 'DERIVED', 'NOT_STATED', 'USER']);
const date = z.iso.date();
const id = z.string().regex(/^[A-Z]{2}[A-Z0-9-]*$/);

const halfHour = /^(?:([01]\d|2[0-3]):([03])0|24:00)$/;
const minutesOf = (clock: string): number => Number(clock.slice(0, 2)) * 60 + Number(clock.slice(3, 5));

/** Half-open, in minutes of the local day. */
const span = z
  .string()
  .refine(
    (written) => {
      const [from = '', to = '', more] = written.split('-');
      return more === undefined && halfHour.test(from) && halfHour.test(to) && minutesOf(from) < minutesOf(to);
    },
    message(
      '时段应写成 "17:00-23:30"，以半小时为界，跨零点的拆成两段',
      'hours are written as "17:00-23:30" on half hours; split what reaches over midnight',
    ),
  )
  .transform((written) => {
    const [from = '', to = ''] = written.split('-');
    return { from: minutesOf(from), to: minutesOf(to) };
  });

const months = z.array(z.int().min(1).max(12)).min(1);
const spans = z.array(span).min(1);
const floating = z.enum(['sharp', 'peak', 'valley', 'deep_valley']);

const season = z.strictObject({
  name: text,
  months,
  hours: z.partialRecord(floating, spans).meta({ description: 'What is not listed is flat.' }),
  counts: z
    .partialRecord(z.enum(bands), z.number())
    .optional()
    .meta({ description: 'Hours a day of each, as the source counts them: the table is checked against it.' }),
});

const exception = z
  .strictObject({
    band: floating,
    hours: spans,
    months: months.optional(),
    weekdays: z.array(z.int().min(1).max(7)).min(1).optional().meta({ description: '1 is Monday.' }),
    holidays: z.array(z.enum(holidayIds)).min(1).optional(),
    days: z.literal('supplied').optional().meta({ description: 'On days that the plant lists as sharpDays.' }),
    about: text.optional(),
    who: z.array(z.enum(userClasses)).min(1).optional().meta({ description: 'Only for these users.' }),
  })
  .refine(
    ({ months: m, weekdays, holidays, days }) => [m, weekdays, holidays, days].some((one) => one !== undefined),
    message('例外须写明何时：months、weekdays、holidays 或 days', 'say when: months, weekdays, holidays or days'),
  );

const positive = z.number().positive();

export const tariffTableSchema = z.strictObject({
  schema: z.literal(1),
  id,
  region: z.string().min(1),
  name: text,
  notice: z.string().min(1),
  published: date.optional(),
  from: date.optional(),
  until: date.optional().meta({ description: 'The last day.' }),
  source: z.string().min(1),
  confidence,
  marks: z.array(z.strictObject({ about: z.string(), confidence, note: text })),
  seasons: z.array(season).min(1),
  exceptions: z.array(exception).default([]),
  ratio: z.partialRecord(
    floating,
    z.union([positive, z.literal('not_stated'), z.strictObject({ of: floating, times: positive })]),
  ),
  rounding: z
    .string()
    .regex(/^(0\.0*)?1$/)
    .optional()
    .meta({ description: 'The step in 元/kWh to which floating prices are rounded, half up.' }),
  base: text.optional().meta({ description: 'What the base price is.' }),
  notFloating: z.array(z.string()).default([]),
  conflicts: z.array(text).default([]),
});
export type TariffTable = z.infer<typeof tariffTableSchema>;

const days = z.tuple([date, date]).refine(([from, to]) => from <= to, message('起止颠倒', 'the days are not in order'));

const holidayYear = z.strictObject({
  year: z.int(),
  source: z.string().min(1),
  confidence,
  spring_festival: days,
  labour_day: days,
  national_day: days,
});
export const holidayFileSchema = z.strictObject({ schema: z.literal(1), years: z.array(holidayYear) });
export type HolidayYear = z.infer<typeof holidayYear>;

const price = z.strictObject({
  from: z
    .string()
    .regex(/^\d{4}-(0[1-9]|1[0-2])$/, message('月份应写成 2026-05', 'a month is written as 2026-05'))
    .optional()
    .meta({ description: 'The month from which it holds, until the next one. Without it: from the beginning.' }),
  base: z.number().nonnegative().meta({ description: 'The flat price of what floats, 元/kWh.' }),
  fixed: z.number().nonnegative().default(0).meta({ description: 'What does not float, 元/kWh.' }),
});

const chosen = z.strictObject({
  table: id.meta({ description: 'SX-2026-15, SX-2021-479, GD-2021-331, CQ-2021-14' }),
  from: date,
  who: z.enum(userClasses).optional(),
  prices: z.array(price).min(1),
  ratio: z
    .partialRecord(floating, positive)
    .default({})
    .meta({ description: 'Only where the notice states none: from the price table of your grid company.' }),
  sharpDays: z.array(date).default([]).meta({ description: 'Days on which the weather made hours sharp.' }),
  confirmed: z
    .string()
    .min(1)
    .optional()
    .meta({ description: 'Where sources of a table conflict: who checked it against what.' }),
  demandPrice: z.number().positive().optional().meta({ description: 'Of the maximum demand, 元/(kW·month).' }),
});

export const tariffsSchema = z.strictObject({
  tariffs: z.array(chosen).min(1),
  holidays: z
    .array(holidayYear.omit({ confidence: true }))
    .default([])
    .meta({ description: 'Of years that the product does not know.' }),
});
export type ChosenTariff = z.infer<typeof chosen>;
