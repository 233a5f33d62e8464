// Owns the shapes of what electricity cost by band, and of the bands of a period.
import { z } from 'zod';
import { bands } from '../../../scoring/tariff/bands.ts';
import type { TariffReport } from '../../../scoring/tariff/report.ts';
import { confidence, maybe, named, text, time } from './named.ts';

const band = z.enum(bands).register(named, { id: 'Band' });
const span = { start: time, end: time };
const decimal = z.string().meta({ description: 'A decimal with all its digits.' });
const amount = {
  energy: maybe.meta({ description: 'kWh; null: no reading says anything about it.' }),
  estimated: z.number(),
  coverage: z.number().min(0).max(1),
  cost: decimal.nullable().meta({ description: '元, all digits; null where a price is not known.' }),
};
const costRow = z.object({
  ...amount,
  ...span,
  bands: z.array(z.object({ band, ...amount })),
  unassigned: z.number(),
});

const version = z.object({
  ...span,
  table: z.string(),
  name: text,
  notice: z.string(),
  source: z.string(),
  confidence,
  marks: z.array(z.object({ about: z.string(), confidence, note: text })),
  conflicts: z.array(text),
  who: text.nullable(),
  base: text.nullable(),
  notFloating: z.array(z.string()),
  rounding: decimal.nullable(),
  ratios: z.array(z.object({ band, ratio: decimal.nullable(), by: z.enum(['notice', 'plant', 'not_stated']) })),
  prices: z.array(
    z.object({
      ...span,
      base: decimal,
      fixed: decimal,
      of: z.array(z.object({ band, price: decimal.nullable() })),
    }),
  ),
  profiles: z.array(z.object({ months: z.array(z.number().int().min(1).max(12)), bands: z.array(band) })),
  exceptions: z.array(z.object({ band, hours: z.array(z.object({ from: z.number(), to: z.number() })), when: text })),
});

const tariffReport: z.ZodType<TariffReport> = z
  .object({
    rows: z.array(costRow),
    total: costRow,
    stretches: z.array(
      z.object({
        ...span,
        table: z.string(),
        bands: z.array(z.object({ band, energy: decimal, price: decimal.nullable() })),
      }),
    ),
    flat: decimal.nullable(),
    demand: z.array(z.object({ ...span, kW: maybe, at: time.nullable(), charge: decimal.nullable() })),
    meters: z.array(z.string()),
    by: z.enum(['day', 'month']),
    until: time,
    versions: z.array(version),
    notes: z.array(text),
  })
  .register(named, { id: 'TariffReport' });

export const tariffAnswer = z.object({ report: tariffReport.nullable() });
export const bandsAnswer = z.array(z.object({ ...span, band }));
