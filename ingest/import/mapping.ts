// Owns the mapping file: what the columns of somebody's table stand for.
import { z } from 'zod';
import { message } from '../../core/config/yaml-file.ts';
import { qualities } from '../../core/quality.ts';
import { isUnit } from '../../core/units.ts';

const column = z.string().min(1).meta({ description: 'The name of a column, as in the head of the table.' });

/** Something that is in a column, or is the same in every row. */
const chosen = z.union([
  z.string().min(1),
  z.strictObject({
    column,
    names: z
      .record(z.string(), z.string())
      .optional()
      .meta({ description: "The table's words and what they stand for." }),
  }),
]);

const form = {
  head: z.int().positive().default(1).meta({ description: 'The row in which the names of the columns are.' }),
  sheet: z.string().min(1).optional().meta({ description: 'Of an xlsx file; the first one if not said.' }),
  encoding: z.enum(['auto', 'utf-8', 'utf-16le', 'gb18030']).default('auto'),
  delimiter: z.enum([',', ';', '\t', '|']).optional().meta({ description: 'Default: what the head has most of.' }),
  missing: z
    .array(z.string())
    .default([])
    .meta({ description: 'Words that stand for nothing, beside an empty cell: "—".' }),
  numbers: z
    .strictObject({
      decimal: z.enum(['.', ',']).default('.'),
      thousands: z.enum(['', '.', ',', ' ', "'"]).default(''),
    })
    .refine(
      ({ decimal, thousands }) => decimal !== thousands,
      message('小数与千位分隔符不能相同', 'decimals and thousands cannot have the same sign'),
    )
    .prefault({}),
};

const format = z
  .string()
  .regex(/Y{4}/, message('应含 YYYY，例如 D.M.YYYY H:mm', 'must have YYYY, such as D.M.YYYY H:mm'));

const readings = z.strictObject({
  kind: z.literal('readings'),
  ...form,
  time: z.strictObject({
    columns: z.array(column).min(1).max(2).meta({ description: 'One column, or the day and the time of day.' }),
    format: format.optional().meta({ description: 'Where days come first: D.M.YYYY H:mm' }),
  }),
  values: z
    .array(
      z.strictObject({
        column,
        meter: chosen,
        point: chosen,
        unit: z
          .string()
          .refine(isUnit, message('未知单位', 'unknown unit'))
          .optional()
          .meta({ description: "The table's unit, when it is not the point's." }),
        quality: z.enum(qualities.filter((quality) => !quality.startsWith('bad'))).default('good'),
      }),
    )
    .min(1)
    .max(1_000),
});

const period = {
  month: chosen.optional().meta({ description: '2025-03: instead of from and to.' }),
  from: chosen.optional(),
  to: chosen.optional(),
};
const hasPeriod = ({ month, from, to }: { month?: unknown; from?: unknown; to?: unknown }): boolean =>
  month === undefined ? from !== undefined && to !== undefined : from === undefined && to === undefined;
const periodMessage = message('给出 month，或同时给出 from 与 to', 'give month, or from and to together');

const common = {
  id: chosen.optional(),
  amount: chosen,
  unit: chosen,
  evidence: chosen.optional(),
  note: chosen.optional(),
};

const supplied = {
  meter: chosen.optional().meta({ description: 'Of electricity: the meter of the plant on the same supply.' }),
  supply: chosen.optional().meta({ description: 'Of electricity: the account number of a supply without a meter.' }),
};

const entries = { ...form, format: format.optional() };

const bills = z.strictObject({
  kind: z.literal('bills'),
  ...entries,
  fields: z.strictObject({ carrier: chosen, ...supplied, ...period, ...common }).refine(hasPeriod, periodMessage),
});

const production = z.strictObject({
  kind: z.literal('production'),
  ...entries,
  fields: z.strictObject({ product: chosen, ...period, ...common }).refine(hasPeriod, periodMessage),
});

export const mappingSchema = z.discriminatedUnion('kind', [readings, bills, production]);
export type Mapping = z.infer<typeof mappingSchema>;
export type ReadingsMapping = Extract<Mapping, { kind: 'readings' }>;
export type EntriesMapping = Exclude<Mapping, { kind: 'readings' }>;
export type Chosen = z.infer<typeof chosen>;
