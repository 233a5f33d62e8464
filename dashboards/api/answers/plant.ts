// Owns the shapes of what describes the plant and tells what it does now.
import { z } from 'zod';
import { carriers, roles } from '../../../core/config/site-schema.ts';
import type { PointId } from '../../../core/points.ts';
import type { TodaysFlow } from '../../../scoring/today.ts';
import type { LiveFrame, LiveReading, SiteDescription } from '../../live-frame.ts';
import { maybe, named, period, point, text, time } from './named.ts';

export const siteDescription: z.ZodType<SiteDescription> = z
  .object({
    site: z.string(),
    name: text,
    timezone: z.string(),
    packs: z.array(z.object({ id: z.string(), name: text })),
    meters: z.array(
      z.object({
        id: z.string(),
        name: text,
        role: z.enum(roles),
        carrier: z.enum(carriers),
        parent: z.string().nullable(),
        reads: z.partialRecord(point, point).optional(),
        staleAfter: z.number().min(0),
      }),
    ),
    lastClosedYear: z.number().int(),
    factors: z.object({
      perKilowattHour: z.number(),
      perNormalCubicMetre: z.number(),
      perGigajoule: z.number(),
    }),
  })
  .register(named, { id: 'Site' });

const whole = z.number().int().min(0);
const reading = z.object({ value: maybe, quality: z.number().int(), time });
const readings: z.ZodType<Partial<Record<PointId, LiveReading>>> = z.partialRecord(point, reading);

/** The data of each event of the live stream. */
export const liveFrame: z.ZodType<LiveFrame> = z
  .object({
    now: time,
    meters: z.record(z.string(), readings),
    consumption: maybe,
    grid: maybe,
    generation: maybe,
    carbon: z.object({
      rate: maybe,
      electricity: maybe.exactOptional(),
      fuel: maybe.exactOptional(),
      heat: maybe.exactOptional(),
    }),
    alarms: z.object({ open: whole, fresh: whole, critical: whole, change: z.number().int() }),
  })
  .register(named, { id: 'LiveFrame' });

const flow = z.object({ id: z.string(), name: text, kWh: maybe, coverage: z.number().min(0).max(1) });

export const todaysFlow: z.ZodType<TodaysFlow> = z
  .object({ period, sources: z.array(flow), uses: z.array(flow), carbon: maybe })
  .register(named, { id: 'Today' });
