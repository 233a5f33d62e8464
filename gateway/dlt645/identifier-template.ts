// Owns what a template of a DL/T 645-2007 meter says, and its checks: data identifiers instead of registers, BCD instead of words.
import { z } from 'zod';
import { message } from '../../core/config/yaml-file.ts';
import type { Dlt645Template } from '../template.ts';
import type { Find } from '../template-lint.ts';
import { common, head, link } from '../template-parts.ts';

const identifier = z
  .string()
  .regex(
    /^[0-9A-F]{8}$/,
    message('数据标识为 8 位十六进制，如 00010000', 'a data identifier has 8 hexadecimal digits such as 00010000'),
  );

/** Bytes: more than one frame holds is read in follow-up frames. */
const longestBlock = 2_048;

const identifierPoint = z.strictObject({
  ...common,
  di: identifier,
  digits: z.int().min(2).max(14).multipleOf(2).meta({ description: 'BCD digits of the value, two a byte.' }),
  decimals: z.int().min(0).max(8).meta({ description: 'How many of the digits are behind the point.' }),
  signed: z.boolean().default(false).meta({ description: 'The top bit of the highest byte is the sign.' }),
  ratios: z
    .array(z.enum(['ct', 'vt']))
    .default([])
    .meta({ description: "Ratios of the site's transformers by which the meter's value is multiplied." }),
  block: z
    .strictObject({ di: identifier, offset: z.int().nonnegative() })
    .optional()
    .meta({ description: 'Where the value stands in an answer that holds several, in bytes.' }),
});

export const dlt645Template = z.strictObject({
  protocol: z.literal('dlt645'),
  ...head,
  link,
  blocks: z
    .record(identifier, z.int().min(1).max(longestBlock))
    .default({})
    .meta({ description: 'Block identifiers and how many bytes of values each answers with.' }),
  points: z.array(identifierPoint).min(1),
});

export function checkIdentifiers(template: Dlt645Template, find: Find): void {
  const used = new Map<string, Map<number, string>>();
  for (const [index, { point, di, digits, decimals, block }] of template.points.entries()) {
    const path = ['points', index];
    if (decimals > digits) find([...path, 'decimals'], '小数位多于总位数', 'there are more decimals than digits');
    if (di in template.blocks)
      find([...path, 'di'], `${di} 是数据块`, `${di} is a block: the point has an identifier of its own`);
    if (block === undefined) continue;
    const length = template.blocks[block.di];
    const bytes = used.get(block.di) ?? new Map<number, string>();
    used.set(block.di, bytes);
    if (length === undefined) find([...path, 'block'], `blocks 中没有 ${block.di}`, `blocks does not have ${block.di}`);
    else if (block.offset + digits / 2 > length)
      find([...path, 'block'], `超出 ${block.di} 的 ${length} 字节`, `beyond the ${length} bytes of ${block.di}`);
    for (let at = block.offset; at < block.offset + digits / 2; at++) {
      const other = bytes.get(at);
      if (other !== undefined && other !== point) find([...path, 'block'], `与 ${other} 重叠`, `overlaps ${other}`);
      bytes.set(at, point);
    }
  }
  for (const di of Object.keys(template.blocks))
    if (!used.has(di)) find(['blocks', di], `没有测点使用 ${di}`, `no point uses ${di}`);
}
