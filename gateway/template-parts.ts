// Owns the parts that device templates of all protocols have in common.
import { z } from 'zod';
import { message } from '../core/config/yaml-file.ts';
import { Fault } from '../core/fault.ts';
import { pointIds } from '../core/points.ts';
import { parseUnit, sameDimensions } from '../core/units.ts';

export const number = z.union([
  z.int(),
  z
    .string()
    .regex(/^-?0x[0-9a-fA-F]+$/)
    .transform(Number),
]);
export const text = z.strictObject({ zh: z.string().min(1), en: z.string().min(1) });

/** What every point of every protocol says about itself. */
export const common = {
  point: z.enum(pointIds),
  unit: z.string(),
  range: z
    .tuple([z.number(), z.number()])
    .optional()
    .meta({ description: 'Values outside are uncertain, in the unit given here.' }),
  counter: z
    .strictObject({
      /** Raw count at which the register wraps; null: it does not within its life, or nobody says where. */
      modulus: z.number().positive().nullable(),
      /** The most that the device can count in an hour, in the unit given here. */
      maxPerHour: z.number().positive(),
    })
    .optional(),
  poll: z.enum(['fast', 'slow']).default('fast'),
  /** What the codes of a state mean. */
  states: z.record(z.string().regex(/^\d+$/), text).optional(),
  /** What the bits of a state mean. */
  bits: z.record(z.string().regex(/^\d+$/), text).optional(),
  /** True where the source itself is not sure: shown to the user until somebody has compared a device. */
  unverified: z.boolean().default(false),
};

/** A value that is made of others of the same device, from one poll. */
const derivedPoint = z.strictObject({
  point: z.enum(pointIds),
  sum: z.array(z.enum(pointIds)).min(2),
});

export const head = {
  schema: z.literal(1),
  id: z.string().regex(/^[a-z0-9]+(\.[a-z0-9-]+)+$/, message('模板编号形如 厂家.型号', 'a template id is maker.model')),
  name: text,
  maker: z.string(),
  models: z.array(z.string()).min(1),
  /** The document or register list that the addresses come from. */
  source: z.string(),
  unverified: z.boolean().default(false),
  /** What an electrician must know: which setting, which variant, what to look at. */
  remark: text.optional(),
  accuracyClass: z.string().optional(),
  derived: z.array(derivedPoint).default([]),
};

export const link = z
  .strictObject({
    baud: z.int().optional(),
    parity: z.enum(['none', 'even', 'odd']).optional(),
    stopBits: z.union([z.literal(1), z.literal(2)]).optional(),
    unit: z.int().min(0).max(255).optional(),
    timeout: z
      .int()
      .positive()
      .optional()
      .meta({ description: 'Milliseconds, where the device is slower than usual.' }),
    settle: z.int().nonnegative().default(0).meta({ description: 'Milliseconds to wait after connecting.' }),
    oneConnection: z.boolean().default(false).meta({ description: 'The device serves one client only.' }),
  })
  .prefault({});

export function unitsFit(unit: string, wanted: string): boolean {
  try {
    return sameDimensions(parseUnit(unit), parseUnit(wanted));
  } catch (error) {
    if (error instanceof Fault && error.code === 'unit_unknown') return false;
    throw error;
  }
}
