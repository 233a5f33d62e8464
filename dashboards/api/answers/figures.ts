// Owns the shapes of the energy flow, of slots and of readings.
import { z } from 'zod';
import { resolutions } from '../../../core/slots.ts';
import type { EnergyFlow, FlowNode } from '../../../scoring/energy-flow.ts';
import { count, maybe, named, period, series, text, time } from './named.ts';

const flowNode: z.ZodType<FlowNode> = z
  .object({
    id: z.string(),
    name: text,
    amount: maybe,
    tce: maybe,
    tCO2e: maybe,
    coverage: z.number().min(0).max(1).nullable(),
    get children(): z.ZodType<FlowNode[]> {
      return z.array(flowNode);
    },
  })
  .register(named, { id: 'FlowNode' });

export const energyFlow: z.ZodType<EnergyFlow> = z
  .object({
    period,
    carriers: z.array(
      z.object({
        carrier: z.string(),
        name: text,
        unit: z.string(),
        sources: z.array(flowNode),
        uses: z.array(flowNode),
      }),
    ),
  })
  .register(named, { id: 'EnergyFlow' });

/** Amounts are in the point's unit. */
export const slots = z
  .object({
    ...series,
    resolution: z.enum(resolutions),
    slots: z.array(
      z.object({
        start: time,
        value: z.number(),
        estimated: z.number(),
        covered: z.number().min(0),
        quality: count,
        marks: count,
        readings: count,
      }),
    ),
  })
  .register(named, { id: 'Slots' });

/** In columns: one place for each reading. */
export const samples = z
  .object({
    ...series,
    cut: z.boolean().meta({ description: 'There are more in the period than are given at once.' }),
    time: z.array(time),
    value: z.array(maybe),
    quality: z.array(count),
  })
  .register(named, { id: 'Samples' });
