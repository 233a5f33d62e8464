// Owns the shapes of what the screens ask for beside figures: the data's completeness by day, and what each gateway sent and lost.
import { z } from 'zod';
import { count, gap, loss, mark, maybe, named, series, time } from './answers/named.ts';

const qualityDay = z.object({
  start: time,
  coverage: z.number().min(0).max(1).meta({
    description: 'Share of the day that readings cover; of the running day, of its time so far.',
  }),
  estimated: z.number().meta({ description: 'Share of the amount whose time within a gap is only assumed.' }),
  level: z.enum(['good', 'uncertain', 'bad']),
  marks: z.array(mark),
});

export const qualityMap = z
  .object({
    start: time,
    end: time,
    now: time,
    rows: z.array(z.object({ ...series, days: z.array(qualityDay) })),
    losses: z.array(loss),
  })
  .register(named, { id: 'QualityMap' });
export type QualityMap = z.infer<typeof qualityMap>;
export type QualityRow = QualityMap['rows'][number];
export type QualityDay = z.infer<typeof qualityDay>;

const gatewayHealth = z.object({
  id: z.string(),
  state: z
    .object({ state: z.enum(['online', 'offline']), at: time })
    .nullable()
    .meta({ description: 'What the gateway last said of itself, and when it came up; null: nothing was heard.' }),
  connections: z.array(
    z.object({ id: z.string(), protocol: z.string(), endpoint: z.string(), meters: z.array(z.string()) }),
  ),
  newest: time.nullable().meta({ description: "The newest reading that is stored, by the gateway's own batches." }),
  batches: count,
  missing: count,
  lostReadings: count,
  gaps: z.array(gap).meta({ description: 'The newest of them.' }),
  losses: z.array(loss),
});
export type GatewayHealth = z.infer<typeof gatewayHealth>;

export const health = z.object({ now: time, gateways: z.array(gatewayHealth) }).register(named, { id: 'Health' });
export type Health = z.infer<typeof health>;

export const receipts = z
  .object({
    receipts: z.array(
      z.object({
        gateway: z.string(),
        epoch: z.number().int(),
        ranges: z.array(
          z.object({
            first: z.number().int(),
            last: z.number().int(),
            oldest: time.nullable(),
            newest: time.nullable(),
          }),
        ),
      }),
    ),
    losses: z.array(loss),
  })
  .register(named, { id: 'Receipts' });

/** One place for each quarter of an hour from `start` on. */
export const loadCurve = z
  .object({
    start: time,
    amount: z.array(maybe).meta({ description: 'What the counter grew by; null: no reading says anything about it.' }),
    whole: z.array(z.union([z.literal(0), z.literal(1)])).meta({
      description:
        '1: covered whole by readings. 0: partly, or its time within a gap is assumed: no demand is read from it.',
    }),
  })
  .register(named, { id: 'LoadCurve' });
export type LoadCurve = z.infer<typeof loadCurve>;
