// Owns the form of alarms.yaml: a plant's own rules, changes to the built-in ones, and where alarms are sent.
import { z } from 'zod';
import { duration } from '../../core/config/site-schema.ts';
import { message } from '../../core/config/yaml-file.ts';
import { pointIds } from '../../core/points.ts';
import { idPattern } from '../../core/sample.ts';
import { severities } from './answers.ts';

const id = z
  .string()
  .regex(idPattern, message('编号只能含字母、数字、- 和 _', 'an id has letters, digits, - and _'))
  .meta({ description: 'Unique among the rules; alarms, shelves and history name it.' });

const common = {
  id,
  name: z.strictObject({ zh: z.string().min(1), en: z.string().min(1) }),
  off: z.boolean().optional().meta({ description: 'Not looked at; it keeps its place and its history.' }),
  severity: z.enum(severities).default('warning'),
  owner: z.string().min(1).optional().meta({ description: 'Who looks after it.' }),
  hold: duration.default(60_000).meta({ description: 'For how long it must be so before the alarm comes.' }),
  release: duration.default(60_000).meta({ description: 'For how long it must be well before the alarm goes.' }),
};

const levels = {
  above: z.number().optional(),
  below: z.number().optional(),
  clear: z
    .number()
    .optional()
    .meta({ description: 'The level at which the alarm goes. Without it, five hundredths inside the other one.' }),
};

const series = { meter: z.string(), point: z.enum(pointIds) };

const kinds = [
  z.strictObject({ kind: z.literal('threshold'), ...common, ...series, ...levels }),
  z.strictObject({
    kind: z.literal('rate'),
    ...common,
    ...series,
    ...levels,
    over: duration.default(600_000).meta({ description: 'The change is taken over this time.' }),
  }),
  z.strictObject({
    kind: z.literal('stale'),
    ...common,
    meter: z.string(),
    after: duration.optional().meta({ description: 'Without it, three polls of the connection.' }),
  }),
  z.strictObject({
    kind: z.literal('daily'),
    ...common,
    ...series,
    ...levels,
  }),
  z.strictObject({ kind: z.literal('demand'), ...common, meter: z.string(), ...levels }),
  z.strictObject({
    kind: z.literal('base_load'),
    ...common,
    meter: z.string(),
    ...levels,
    from: z.number().min(0).max(24).default(22),
    to: z.number().min(0).max(24).default(6),
    weekend: z.boolean().default(true).meta({ description: 'Saturday and Sunday count whole.' }),
  }),
] as const;

const isLevelled = (rule: object): rule is { above?: number; below?: number; clear?: number } =>
  'above' in rule || 'below' in rule;

const rule = z.discriminatedUnion('kind', kinds).superRefine((one, context) => {
  if (one.kind === 'stale') return;
  const refuse = (path: string, zh: string, en: string) =>
    context.addIssue({ code: 'custom', path: [path], message: message(zh, en) });
  const { above, below, clear } = isLevelled(one) ? one : {};
  if ((above === undefined) === (below === undefined))
    refuse('kind', '必须且只能给出 above 或 below 之一', 'give above or below, and not both');
  else if (clear !== undefined && (above !== undefined ? clear > above : clear < (below ?? 0)))
    refuse('clear', '恢复值必须在报警值的正常一侧', 'clear must lie on the good side of the level');
});

export const builtinIds = [
  'meter_silent',
  'gateway_offline',
  'readings_lost',
  'bad_quality',
  'contract_demand',
  'base_load',
  'pv_stopped',
  'coverage_low',
  'certificate_expiry',
  'clock_wrong',
  'messages_refused',
] as const;
export type BuiltinId = (typeof builtinIds)[number];

const change = z.strictObject({
  off: z.boolean().default(false),
  severity: z.enum(severities).optional(),
  owner: z.string().min(1).optional(),
  hold: duration.optional(),
  release: duration.optional(),
});

const webhook = z.strictObject({
  id,
  url: z
    .string()
    .regex(
      /^(https?:\/\/\S+|\$\{[A-Z0-9_]+\})$/,
      message(
        `应为 http(s)://…，或写成 "\${ALARM_URL}" 并设置同名环境变量`,
        `must be http(s)://…, or "\${ALARM_URL}" with that environment variable set`,
      ),
    ),
  severities: z.array(z.enum(severities)).min(1).default(['critical', 'warning']),
  rules: z.array(z.string()).min(1).optional().meta({ description: 'Only these rules. Without it, all.' }),
  deadline: duration.default(10_000).meta({ description: 'How long the other side may take to answer.' }),
});

export const alarmsSchema = z.strictObject({
  contractDemand: z
    .number()
    .positive()
    .optional()
    .meta({ description: 'What the contract with the grid allows as maximum demand, kW over 15 minutes.' }),
  keep: duration.default(400 * 86_400_000).meta({ description: 'How long alarms that are over are kept.' }),
  builtin: z.partialRecord(z.enum(builtinIds), change).default({}),
  rules: z.array(rule).max(200).default([]),
  webhooks: z.array(webhook).max(10).default([]),
});

export type AlarmsFile = z.infer<typeof alarmsSchema>;
export type WrittenRule = z.infer<typeof rule>;
export type Webhook = z.infer<typeof webhook>;
