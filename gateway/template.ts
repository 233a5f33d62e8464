// Owns device templates: one YAML file a model, checked when it is loaded. A new meter is a new file, never new code.
import { existsSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { message, type Problem, readYaml, refuseProblems } from '../core/config/yaml-file.ts';
import { Fault } from '../core/fault.ts';
import { points as catalogue, type PointId, pointIds } from '../core/points.ts';
import { parseUnit, sameDimensions } from '../core/units.ts';
import { type RegisterType, registerTypes, wordOrders } from './modbus/registers.ts';

const types = Object.keys(registerTypes) as [RegisterType, ...RegisterType[]];
const number = z.union([
  z.int(),
  z
    .string()
    .regex(/^-?0x[0-9a-fA-F]+$/)
    .transform(Number),
]);
const address = number.meta({
  description: 'Wire address, counted from 0; for SunSpec the offset in the model, its id and length included.',
});
const functionCode = z.union([z.literal(3), z.literal(4)]);
const text = z.strictObject({ zh: z.string().min(1), en: z.string().min(1) });

/** What every point of every protocol says about itself. */
const common = {
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

/** A value that is made of others of the same device, from one poll. */
const derivedPoint = z.strictObject({
  point: z.enum(pointIds),
  sum: z.array(z.enum(pointIds)).min(2),
});

const head = {
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

const link = z
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

/** DL/T 645-2007: data identifiers instead of registers, BCD instead of words. */
const identifierPoint = z.strictObject({
  ...common,
  di: z
    .string()
    .regex(
      /^[0-9A-F]{8}$/,
      message('数据标识为 8 位十六进制，如 00010000', 'a data identifier has 8 hexadecimal digits such as 00010000'),
    ),
  /** BCD digits of the value, and how many of them are behind the point. */
  digits: z.int().min(2).max(16),
  decimals: z.int().min(0).max(8),
  signed: z.boolean().default(false),
  /** Which value of a block identifier this is. */
  index: z.int().nonnegative().default(0),
});

/** CJ/T 188: one answer with all values; offsets count from the first byte behind the serial number of the frame. */
const fieldPoint = z.strictObject({
  ...common,
  offset: z.int().nonnegative(),
  bytes: z.int().min(1).max(8),
  decimals: z.int().min(0).max(8),
  /** Where the unit's code follows the value: its meaning is checked against the unit given here. */
  unitOffset: z.int().nonnegative().optional(),
});

export const templateSchema = z.discriminatedUnion('protocol', [
  z.strictObject({ protocol: z.literal('modbus'), ...registers }),
  z.strictObject({
    protocol: z.literal('sunspec'),
    ...registers,
    sunspec: z.strictObject({ models: z.array(z.int()).min(1) }),
  }),
  z.strictObject({ protocol: z.literal('dlt645'), ...head, link, points: z.array(identifierPoint).min(1) }),
  z.strictObject({
    protocol: z.literal('cjt188'),
    ...head,
    link,
    /** 10 cold water, 11 hot water, 20 heat, 21 cooling, 30 gas. */
    meterType: z.string().regex(/^[0-9A-F]{2}$/),
    di: z
      .string()
      .regex(/^[0-9A-F]{4}$/)
      .default('901F'),
    points: z.array(fieldPoint).min(1),
  }),
]);

export type Template = z.infer<typeof templateSchema>;
export type RegisterTemplate = Extract<Template, { protocol: 'modbus' | 'sunspec' }>;
export type Dlt645Template = Extract<Template, { protocol: 'dlt645' }>;
export type Cjt188Template = Extract<Template, { protocol: 'cjt188' }>;
export type RegisterPoint = RegisterTemplate['points'][number];
export type RegisterReading = RegisterTemplate['probe'][number];
export type SerialNumber = NonNullable<RegisterTemplate['serialNumber']>;
export type AnyPoint = Template['points'][number];

export const isRegisterTemplate = (template: Template): template is RegisterTemplate =>
  template.protocol === 'modbus' || template.protocol === 'sunspec';

export const devicesFolder = fileURLToPath(new URL('devices', import.meta.url));

export const templateFiles = (): string[] =>
  readdirSync(devicesFolder)
    .filter((file) => file.endsWith('.yaml') && !file.endsWith('.golden.yaml'))
    .sort();

export const templateIds = (): string[] =>
  templateFiles()
    .map((file) => basename(file, '.yaml'))
    .sort();

const loaded = new Map<string, Template>();

export function loadTemplate(id: string): Template {
  const known = loaded.get(id);
  if (known !== undefined) return known;
  const file = join(devicesFolder, `${id}.yaml`);
  if (!existsSync(file)) {
    const ids = templateIds().join(', ');
    throw new Fault('template_unknown', {
      zh: `没有设备模板 “${id}”；已有：${ids}`,
      en: `there is no device template "${id}"; there are: ${ids}`,
    });
  }
  const { template, problems } = checkTemplate(file);
  if (template === undefined || problems.length > 0) refuseProblems(problems);
  loaded.set(id, template);
  return template;
}

export function loadRegisterTemplate(id: string): RegisterTemplate {
  const template = loadTemplate(id);
  if (isRegisterTemplate(template)) return template;
  throw new Fault('template_unfit', {
    zh: `模板 ${id} 使用 ${template.protocol} 协议，不能用于 Modbus 连接`,
    en: `the template ${id} speaks ${template.protocol}: it cannot be used on a Modbus connection`,
  });
}

export function checkTemplate(file: string): { template: Template | undefined; problems: Problem[] } {
  const { value: template, problems, problemAt } = readYaml(file, templateSchema);
  if (template === undefined) return { template, problems };
  const find = (path: PropertyKey[], zh: string, en: string) => problems.push(problemAt(path, { zh, en }));
  if (`${template.id}.yaml` !== basename(file))
    find(['id'], `文件名应为 ${template.id}.yaml`, `the file must be named ${template.id}.yaml`);
  const seen = new Set<PointId>();
  for (const [index, point] of template.points.entries()) {
    const path = ['points', index];
    const { kind, unit: wanted } = catalogue[point.point];
    if (seen.has(point.point)) find([...path, 'point'], `测点 ${point.point} 重复`, `${point.point} is given twice`);
    seen.add(point.point);
    if ((kind === 'counter') !== (point.counter !== undefined)) {
      find(
        [...path, 'counter'],
        `${point.point} 是 ${kind}：计数器必须且只有计数器可以说明 counter`,
        `${point.point} is a ${kind}: counters, and only they, must say what their counter does`,
      );
    }
    if (!unitsFit(point.unit, wanted)) {
      find(
        [...path, 'unit'],
        `单位 ${point.unit} 不能换算为 ${point.point} 的 ${wanted}`,
        `the unit ${point.unit} cannot become ${wanted}, the unit of ${point.point}`,
      );
    }
    if ((point.states ?? point.bits) !== undefined && kind !== 'state')
      find([...path], `${point.point} 不是状态量`, `${point.point} is not a state`);
  }
  if (isRegisterTemplate(template)) checkRegisters(template, find);
  for (const [index, { point, sum }] of template.derived.entries()) {
    if (seen.has(point)) find(['derived', index, 'point'], `测点 ${point} 重复`, `${point} is given twice`);
    seen.add(point);
    for (const part of sum) {
      if (!template.points.some((one) => one.point === part))
        find(['derived', index, 'sum'], `模板没有 ${part}`, `the template has no ${part}`);
      else if (catalogue[part].unit !== catalogue[point].unit)
        find(['derived', index, 'sum'], `${part} 与 ${point} 单位不同`, `${part} has another unit than ${point}`);
    }
  }
  return { template, problems };
}

type Find = (path: PropertyKey[], zh: string, en: string) => void;

function checkRegisters(template: RegisterTemplate, find: Find): void {
  const owner = new Map<string, { point: PointId; first: number }>();
  for (const [index, { point, address: first, sf, type, fc = template.fc, ratios }] of template.points.entries()) {
    const path = ['points', index];
    if (type === 'sunssf') find([...path, 'type'], 'sunssf 只能用于 sf', 'sunssf is only for sf');
    for (const ratio of ratios)
      if (!(ratio in template.ratios))
        find([...path, 'ratios'], `模板没有变比 ${ratio}`, `the template has no ratio ${ratio}`);
    for (let at = first; at < first + registerTypes[type]; at++) {
      const other = owner.get(`${fc}/${at}`);
      // The same register may be two points (a state and its alarm bits); half of another's register is a typing error.
      if (other !== undefined && other.first !== first)
        find([...path, 'address'], `寄存器 ${at} 与 ${other.point} 重叠`, `register ${at} overlaps ${other.point}`);
      owner.set(`${fc}/${at}`, { point, first });
    }
    // A value and its scale factor must come in one answer.
    const last = Math.max(first + registerTypes[type], (sf ?? first) + 1);
    if (last - Math.min(first, sf ?? first) > template.blocks.maxRegisters)
      find(path, '超过一次可读的寄存器数', 'longer than what the device answers at once');
  }
  for (const [index, at] of template.blocks.alone.entries())
    if (!template.points.some(({ address: first }) => first === at))
      find(['blocks', 'alone', index], `没有测点从 ${at} 开始`, `no point begins at ${at}`);
  for (const [name, { between }] of Object.entries(template.ratios)) {
    checkRange(['ratios', name, 'between'], between, find);
    if (!template.points.some(({ ratios }) => ratios.includes(name)))
      find(['ratios', name], `没有测点使用变比 ${name}`, `no point uses the ratio ${name}`);
  }
  for (const [index, { between }] of template.probe.entries()) checkRange(['probe', index, 'between'], between, find);
  const { type, registers } = template.serialNumber ?? {};
  if (type === 'uint32' && registers !== registerTypes.uint32)
    find(['serialNumber', 'registers'], 'uint32 占 2 个寄存器', 'a uint32 has 2 registers');
}

function checkRange(path: PropertyKey[], [low, high]: readonly [number, number], find: Find): void {
  if (low > high) find(path, '范围应从小到大', 'a range begins with its lower end');
}

function unitsFit(unit: string, wanted: string): boolean {
  try {
    return sameDimensions(parseUnit(unit), parseUnit(wanted));
  } catch (error) {
    if (error instanceof Fault && error.code === 'unit_unknown') return false;
    throw error;
  }
}
