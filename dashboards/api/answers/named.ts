// Owns the shapes that answers have in common, and the names under which the document of the API lists them.
import { z } from 'zod';
import { pointIds } from '../../../core/points.ts';
import { lossReasons } from '../../../core/sample.ts';
import { type Mark, marks } from '../../../core/slots.ts';
import type { LossRecord } from '../../../core/store.ts';

/** What stands here has a place of its own in the document: it is described once. */
export const named = z.registry<{ id: string }>();

export const text = z.object({ zh: z.string(), en: z.string() }).register(named, { id: 'Text' });
export const time = z.number().int().meta({ description: 'Milliseconds since 1970, UTC.' });
export const period = z.object({ start: time, end: time }).register(named, { id: 'Period' });
export const point = z.enum(pointIds).register(named, { id: 'Point' });
export const mark = z.enum(Object.keys(marks) as Mark[]).register(named, { id: 'Mark' });
export const count = z.number().int().min(0);
export const maybe = z.number().nullable();
/** Whether a fact was compared with its primary text. */
export const confidence = z.enum(['SEED', 'FOUND-P', 'FOUND', 'RECALLED', 'DERIVED', 'NOT_STATED', 'USER']);
export const series = { meter: z.string(), point };

const range = z.tuple([z.number().int(), z.number().int()]);
const lossReason = z.enum(lossReasons);

export const loss: z.ZodType<LossRecord> = z
  .object({
    gateway: z.string(),
    epoch: z.number().int(),
    seq: z.number().int(),
    reason: lossReason,
    kind: z.enum(['states', 'counters']),
    readings: count,
    from: time,
    to: time,
    batches: range.nullable(),
  })
  .register(named, { id: 'Loss' });

export const gap = z
  .object({
    gateway: z.string(),
    epoch: z.number().int(),
    batches: range,
    after: time.nullable(),
    before: time.nullable(),
    why: z.enum(['lost', 'refused', 'missing']),
    reason: lossReason.nullable(),
  })
  .register(named, { id: 'Gap' });
