// Owns the shape of a year's emissions by source and month, with the bridge from the year before.
import { z } from 'zod';
import type { CarbonReport } from '../../../scoring/carbon/report.ts';
import { count, maybe, named, text, time } from './named.ts';
import { factorLeaf, trace } from './score.ts';

const span = { start: time, end: time };

export const carbonAnswer: z.ZodType<CarbonReport> = z
  .object({
    ...span,
    year: z.number().int(),
    comparedMonths: count.max(12),
    sources: z.array(
      z.object({
        id: z.string(),
        name: text,
        scope: z.union([z.literal(1), z.literal(2)]),
        value: maybe,
        activity: z.object({ name: text, value: maybe, unit: z.string() }).nullable(),
        factors: z.array(factorLeaf),
        compared: z.object({ now: z.number(), before: z.number() }).nullable(),
      }),
    ),
    months: z.array(
      z.object({
        ...span,
        month: z.number().int().min(1).max(12),
        total: maybe,
        before: maybe,
        missing: z.boolean(),
        of: z.array(
          z.object({
            id: z.string(),
            value: z.number(),
            apportioned: z.number(),
            missing: z.boolean(),
            coverage: maybe,
          }),
        ),
      }),
    ),
    residualFactor: trace.nullable(),
    bridge: z.union([
      z.object({
        before: z.number(),
        after: z.number(),
        steps: z.array(z.object({ id: z.string(), name: text, activity: z.number(), factor: z.number() })),
      }),
      z.object({ missing: text }),
    ]),
    before: z.record(z.string(), maybe),
    traces: z.array(trace),
  })
  .register(named, { id: 'Carbon' });
