// Owns what a template of a CJ/T 188 meter says, and its checks: one answer with all values, each with its unit beside it.
import { z } from 'zod';
import type { Cjt188Template } from '../template.ts';
import type { Find } from '../template-lint.ts';
import { common, head, link, unitsFit } from '../template-parts.ts';

const hexadecimal = (digits: number) => z.string().regex(new RegExp(`^[0-9A-F]{${digits}}$`));

const fieldPoint = z.strictObject({
  ...common,
  offset: z
    .int()
    .nonnegative()
    .meta({ description: 'Counted from the first byte behind the serial byte of the answer.' }),
  bytes: z.int().min(1).max(7),
  decimals: z.int().min(0).max(8),
  unitOffset: z
    .int()
    .nonnegative()
    .optional()
    .meta({ description: "Where the unit's code stands: the value is taken in the unit that the meter states." }),
});

export const cjt188Template = z.strictObject({
  protocol: z.literal('cjt188'),
  ...head,
  link,
  meterType: hexadecimal(2).meta({ description: '10 cold water, 11 hot water, 20 heat, 21 cooling, 30 gas.' }),
  di: hexadecimal(4)
    .default('901F')
    .meta({ description: 'Sent with its low byte first; 1F90 for makers who send it the other way round.' }),
  length: z.int().min(1).max(248).meta({ description: 'Bytes of data behind the serial byte of the answer.' }),
  units: z
    .record(hexadecimal(2), z.string())
    .default({})
    .meta({ description: 'What the codes of units mean. A value with any other code is not read.' }),
  points: z.array(fieldPoint).min(1),
});

export function checkFields(template: Cjt188Template, find: Find): void {
  const owner = new Map<number, string>();
  for (const [index, { point, offset, bytes, unit, unitOffset }] of template.points.entries()) {
    const path = ['points', index];
    if (Math.max(offset + bytes, (unitOffset ?? 0) + 1) > template.length)
      find(path, `超出应答的 ${template.length} 字节`, `beyond the ${template.length} bytes of the answer`);
    for (let at = offset; at < offset + bytes; at++) {
      const other = owner.get(at);
      if (other !== undefined) find([...path, 'offset'], `与 ${other} 重叠`, `overlaps ${other}`);
      owner.set(at, point);
    }
    if (unitOffset !== undefined && !Object.values(template.units).some((one) => unitsFit(one, unit)))
      find([...path, 'unitOffset'], `units 中没有可换算为 ${unit} 的单位`, `units has none that can become ${unit}`);
  }
}
