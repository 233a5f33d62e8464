// Owns what a template of a Modbus or SunSpec device says.
import { z } from 'zod';
import { common, head, link, number } from '../template-parts.ts';
import { type RegisterType, registerTypes, wordOrders } from './registers.ts';

const types = Object.keys(registerTypes) as [RegisterType, ...RegisterType[]];
const address = number.meta({
  description: 'Wire address, counted from 0; for SunSpec the offset in the model, its id and length included.',
});
const functionCode = z.union([z.literal(3), z.literal(4)]);
const register = z.strictObject({
  address,
  type: z.enum(types),
  order: z.enum(wordOrders).optional(),
  fc: functionCode.optional().meta({ description: "Where it differs from the template's." }),
  scale: z.number().default(1),
});

/** A register that is no point, and what it can reasonably hold. */
const reading = register.extend({
  between: z.tuple([z.number(), z.number()]).meta({ description: 'After the scale, both ends included.' }),
});

const registerPoint = z.strictObject({
  ...common,
  ...register.shape,
  /** The register that holds the power of ten of this value: read in the same answer. */
  sf: address.optional(),
  /** Ratios of transformers by which the register's value is multiplied. */
  ratios: z.array(z.string()).default([]),
  /** Raw values by which the device says that it has no such value. NaN always says so. */
  notAvailable: z.array(number).default([]),
});

const registers = {
  ...head,
  link,
  fc: functionCode.default(3),
  order: z.enum(wordOrders).default('ABCD'),
  blocks: z
    .strictObject({
      maxRegisters: z.int().min(1).max(125).default(100),
      maxGap: z.int().min(0).default(8),
      /** Registers that spoil a block for the others: read alone. */
      alone: z.array(number).default([]),
    })
    .prefault({}),
  /** Transformer ratios that are set in the device: read when it is met, and then every hour. */
  ratios: z.record(z.string(), reading).default({}),
  /** Reads that tell this model from others; all must fit. */
  probe: z.array(reading).default([]),
  /** What names this very device: when it changes, the meter was replaced. */
  serialNumber: z
    .strictObject({
      address,
      registers: z.int().min(1).max(32).meta({ description: 'Length of a text; 2 for uint32.' }),
      type: z.enum(['text', 'uint32']).default('text'),
      fc: functionCode.optional(),
    })
    .optional(),
  points: z.array(registerPoint).min(1),
};

export const modbusTemplate = z.strictObject({ protocol: z.literal('modbus'), ...registers });
export const sunspecTemplate = z.strictObject({
  protocol: z.literal('sunspec'),
  ...registers,
  sunspec: z.strictObject({ models: z.array(z.int()).min(1) }),
});
