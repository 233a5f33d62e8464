// Owns the description of a virtual plant: what uses and makes energy, when, and how unevenly.
import { z } from 'zod';
import { duration } from '../core/config/site-schema.ts';

const date = z.iso.date();
const moment = z.iso.datetime({ offset: true }).transform((text) => Date.parse(text));

/** Hours of the day with a rate of their own, `from` up to `to`; the other hours take `base`. */
const day = z.strictObject({
  base: z.number().nonnegative(),
  blocks: z
    .array(
      z.strictObject({
        from: z.number().min(0).max(24),
        to: z.number().min(0).max(24),
        rate: z.number().nonnegative(),
      }),
    )
    .default([]),
});

const load = z.strictObject({
  /** Rates are kW for electricity, Nm³/h for gas, GJ/h for heat. */
  day,
  saturday: z.number().nonnegative().default(1),
  sunday: z.number().nonnegative().default(1),
  /** What is left during the plant's stops. */
  stopped: z.number().nonnegative().default(0.1),
  /** Share by which the rate rises at the height of winter and of summer. */
  winter: z.number().default(0),
  summer: z.number().default(0),
  /** Share by which the rate wanders, over hours and from step to step. */
  noise: z.number().min(0).max(0.9).default(0),
  /** Share by which the rate changes from year to year. */
  trend: z.number().default(0),
});

const pv = z.strictObject({
  peak: z.number().positive(),
  latitude: z.number(),
  /** How much clouds take on an average day. */
  clouds: z.number().min(0).max(1),
});

const signal = z.strictObject({
  id: z.string(),
  kind: z.enum(['electricity', 'generation', 'gas', 'heat']),
  load: load.optional(),
  pv: pv.optional(),
});

export const plantSchema = z.strictObject({
  seed: z.int(),
  start: date,
  /** Within a step every signal moves alike, so that energy is conserved at every moment. */
  step: duration,
  /** Share by which rates swing within a step. */
  swing: z.number().min(0).max(0.9),
  stops: z.array(z.strictObject({ from: date, to: date })).default([]),
  signals: z.array(signal).min(1),
  /** Which signals each meter of the site measures; `grid` is the balance of all electricity. */
  meters: z.record(z.string(), z.union([z.literal('grid'), z.array(z.string()).min(1)])),
  /** What the registers showed when the plant began. */
  firstReadings: z.record(z.string(), z.number().nonnegative()).default({}),
  /** Meters that were exchanged: from then on they show what the new one counted. */
  swaps: z.array(z.strictObject({ meter: z.string(), at: moment, shows: z.number().nonnegative() })).default([]),
  /** Times in which meters gave no answer, `from` up to `to`. */
  silences: z.array(z.strictObject({ meters: z.array(z.string()).min(1), from: moment, to: moment })).default([]),
});

export type PlantDescription = z.infer<typeof plantSchema>;
export type Signal = PlantDescription['signals'][number];
