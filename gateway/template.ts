// Owns device templates: one YAML file a model, checked when it is loaded. A new meter is a new file, never new code.
import { existsSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { message, type Problem, readYaml, refuseProblems } from '../core/config/yaml-file.ts';
import { Fault } from '../core/fault.ts';
import { type PointId, pointIds, points } from '../core/points.ts';
import { parseUnit, sameDimensions } from '../core/units.ts';
import { type RegisterType, registerTypes, wordOrders } from './modbus/registers.ts';

const types = Object.keys(registerTypes) as [RegisterType, ...RegisterType[]];
const raw = z.union([
  z.int(),
  z
    .string()
    .regex(/^-?0x[0-9a-fA-F]+$/)
    .transform(Number),
]);

const registerPoint = z.strictObject({
  point: z.enum(pointIds),
  address: raw.meta({
    description: 'Wire address (0-based); for SunSpec the offset in the model, its id and length included.',
  }),
  type: z.enum(types),
  order: z.enum(wordOrders).optional(),
  /** The function code, where it differs from the template's. */
  fc: z.union([z.literal(3), z.literal(4)]).optional(),
  scale: z.number().default(1),
  /** The register that holds the power of ten of this value. */
  sf: raw.optional(),
  unit: z.string(),
  /** Raw values by which the device says that it has no such value. NaN always says so. */
  notAvailable: z.array(raw).default([]),
  range: z
    .tuple([z.number(), z.number()])
    .optional()
    .meta({ description: 'Values outside are uncertain, in the unit given here.' }),
  counter: z
    .strictObject({
      /** Raw count at which the register wraps; null: it does not within its life. */
      modulus: z.number().positive().nullable(),
      maxPerHour: z.number().positive(),
    })
    .optional(),
  poll: z.enum(['fast', 'slow']).default('fast'),
  unverified: z.boolean().default(false),
});

export const templateSchema = z.strictObject({
  schema: z.literal(1),
  id: z.string().regex(/^[a-z0-9]+(\.[a-z0-9-]+)+$/, message('模板编号形如 厂家.型号', 'a template id is maker.model')),
  name: z.strictObject({ zh: z.string(), en: z.string() }),
  maker: z.string(),
  models: z.array(z.string()).min(1),
  protocol: z.enum(['modbus', 'sunspec']),
  /** The document or register list that the addresses come from. */
  source: z.string(),
  sunspec: z.strictObject({ models: z.array(z.int()).min(1) }).optional(),
  fc: z.union([z.literal(3), z.literal(4)]).default(3),
  order: z.enum(wordOrders).default('ABCD'),
  blocks: z
    .strictObject({ maxRegisters: z.int().min(1).max(125).default(100), maxGap: z.int().min(0).default(8) })
    .prefault({}),
  points: z.array(registerPoint).min(1),
});

export type Template = z.infer<typeof templateSchema>;
export type RegisterPoint = Template['points'][number];

export const devicesFolder = fileURLToPath(new URL('devices', import.meta.url));

export const templateFiles = (): string[] =>
  readdirSync(devicesFolder)
    .filter((file) => file.endsWith('.yaml') && !file.endsWith('.golden.yaml'))
    .sort();

export function loadTemplate(id: string): Template {
  const file = join(devicesFolder, `${id}.yaml`);
  if (!existsSync(file)) {
    const known = templateFiles()
      .map((name) => basename(name, '.yaml'))
      .join(', ');
    throw new Fault('template_unknown', {
      zh: `没有设备模板 “${id}”；已有：${known}`,
      en: `there is no device template "${id}"; there are: ${known}`,
    });
  }
  const { template, problems } = checkTemplate(file);
  if (template === undefined || problems.length > 0) refuseProblems(problems);
  return template;
}

export function checkTemplate(file: string): { template: Template | undefined; problems: Problem[] } {
  const { value: template, problems, problemAt } = readYaml(file, templateSchema);
  if (template === undefined) return { template, problems };
  const find = (path: PropertyKey[], zh: string, en: string) => problems.push(problemAt(path, { zh, en }));
  if (`${template.id}.yaml` !== basename(file))
    find(['id'], `文件名应为 ${template.id}.yaml`, `the file must be named ${template.id}.yaml`);
  if ((template.protocol === 'sunspec') !== (template.sunspec !== undefined))
    find(
      ['protocol'],
      'sunspec 协议需要且只有它需要 sunspec 字段',
      'protocol sunspec, and no other, needs the sunspec key',
    );
  const seen = new Set<PointId>();
  for (const [index, { point, unit, counter, type }] of template.points.entries()) {
    const path = ['points', index];
    const { kind, unit: wanted } = points[point];
    if (seen.has(point)) find([...path, 'point'], `测点 ${point} 重复`, `${point} is given twice`);
    seen.add(point);
    if (type === 'sunssf') find([...path, 'type'], 'sunssf 只能用于 sf', 'sunssf is only for sf');
    if ((kind === 'counter') !== (counter !== undefined))
      find(
        [...path, 'counter'],
        `${point} 是 ${kind}：计数器必须且只有计数器可以说明 counter`,
        `${point} is a ${kind}: counters, and only they, must say what their counter does`,
      );
    if (!unitsFit(unit, wanted))
      find(
        [...path, 'unit'],
        `单位 ${unit} 不能换算为 ${point} 的 ${wanted}`,
        `the unit ${unit} cannot become ${wanted}, the unit of ${point}`,
      );
  }
  return { template, problems };
}

function unitsFit(unit: string, wanted: string): boolean {
  try {
    return sameDimensions(parseUnit(unit), parseUnit(wanted));
  } catch (error) {
    if (error instanceof Fault && error.code === 'unit_unknown') return false;
    throw error;
  }
}
