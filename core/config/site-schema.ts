// Owns the schema of a site's configuration: what a plant has, where it is read, and how it is accounted.
import { z } from 'zod';
import { isTimeZone } from '../calendar.ts';
import { fuelIds, fuels } from '../fuels.ts';
import { pointIds } from '../points.ts';
import { idPattern } from '../sample.ts';
import { reportSchedule } from './report-schema.ts';
import { message } from './yaml-file.ts';

const id = (what: string) =>
  z
    .string()
    .regex(
      idPattern,
      message(
        '编号只能含字母、数字、- 和 _，以字母或数字开头，最长 64 个字符',
        'an id has letters, digits, - and _, starts with a letter or digit, and is at most 64 long',
      ),
    )
    .meta({ description: what });

const text = z
  .strictObject({ zh: z.string().min(1), en: z.string().min(1) })
  .meta({ description: 'In both languages.' });

const durationPattern = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/;
const milliseconds = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

export const duration = z
  .string()
  .regex(
    durationPattern,
    message('时长应写成 500ms、1s、15m、1h 或 1d', 'a duration is written as 500ms, 1s, 15m, 1h or 1d'),
  )
  .transform((value) => {
    const [, amount, unit] = durationPattern.exec(value) as unknown as [string, string, keyof typeof milliseconds];
    return Number(amount) * milliseconds[unit];
  });

/** As people write it: in the largest unit that it is a whole number of. */
export function durationText(value: number): string {
  const [unit, size] = Object.entries(milliseconds).findLast(([, one]) => value > 0 && value % one === 0) ?? [
    's',
    1_000,
  ];
  return `${value / size}${unit}`;
}

const poll = z
  .strictObject({
    fast: duration.default(5_000).meta({ description: 'How often powers and other states are read.' }),
    slow: duration.default(60_000).meta({ description: 'How often counters are read.' }),
  })
  .prefault({});

const sizePattern = /^(\d+(?:\.\d+)?)(kB|MB|GB)$/;
const bytes = { kB: 1e3, MB: 1e6, GB: 1e9 } as const;

const size = z
  .string()
  .regex(sizePattern, message('大小应写成 200MB 或 1GB', 'a size is written as 200MB or 1GB'))
  .transform((value) => {
    const [, amount, unit] = sizePattern.exec(value) as unknown as [string, string, keyof typeof bytes];
    return Number(amount) * bytes[unit];
  });

/** What a gateway keeps while nobody takes its readings. Beyond it the oldest goes, on record: states before counters. */
const spool = z
  .strictObject({
    size: size.default(1e9).meta({ description: 'The most that the spool may use on the disk.' }),
    age: duration
      .default(90 * 86_400_000)
      .meta({ description: 'Readings older than this are given up, a hundredth of it at a time.' }),
    free: size.default(2e8).meta({ description: 'What stays free on the disk for others.' }),
  })
  .prefault({});

export const protocols = ['modbus-tcp', 'line', 'opcua', 'mqtt-json'] as const;

/** What is left out is as the meters on the line leave the factory: DL/T 645 and CJ/T 188 at 2400 8E1, Modbus mostly at 9600 8N1. */
const serial = z
  .strictObject({
    baud: z.int().min(300).max(921_600).optional(),
    parity: z.enum(['none', 'even', 'odd']).optional(),
    dataBits: z.union([z.literal(7), z.literal(8)]).optional(),
    stopBits: z.union([z.literal(1), z.literal(2)]).optional(),
  })
  .prefault({})
  .meta({ description: "Default: as the line's meters leave the factory." });

/** 127.0.0.0/8 and ::1: what nobody else reaches. */
export const isLoopback = (host: string): boolean => /^(localhost|::1|127(\.\d{1,3}){3})$/.test(host);

const certificateAndKey = { certificate: z.string().min(1), key: z.string().min(1) };

const opcua = z
  .strictObject({
    mode: z
      .enum(['subscribe', 'poll'])
      .default('subscribe')
      .meta({ description: 'Let the server tell changes, or ask for values.' }),
    security: z
      .strictObject({
        mode: z.enum(['None', 'Sign', 'SignAndEncrypt']).default('None'),
        policy: z.enum(['None', 'Basic256Sha256', 'Aes128_Sha256_RsaOaep', 'Aes256_Sha256_RsaPss']).default('None'),
      })
      .refine(
        ({ mode, policy }) => (mode === 'None') === (policy === 'None'),
        message('mode 与 policy 必须同为 None 或都不为 None', 'mode and policy are both None, or neither of them is'),
      )
      .prefault({}),
    user: z
      .union([
        z.strictObject({ name: z.string().min(1), password: z.string() }),
        z.strictObject(certificateAndKey).meta({ description: 'PEM files.' }),
      ])
      .optional()
      .meta({ description: 'Without it, anonymous. Keep passwords in the environment, as for the broker.' }),
  })
  .prefault({});

const tls = z
  .strictObject({ ca: z.string().optional(), certificate: z.string().optional(), key: z.string().optional() })
  .refine(
    ({ certificate, key }) => (certificate === undefined) === (key === undefined),
    message('certificate 与 key 必须一起给出', 'certificate and key come together'),
  )
  .optional()
  .meta({ description: 'PEM files, beside site.yaml or with their whole path.' });

const mqtt = z
  .strictObject({ username: z.string().min(1).optional(), password: z.string().optional(), tls })
  .prefault({})
  .meta({ description: 'How a foreign broker knows us. Keep passwords in the environment, as for the broker.' });

export const connectionSchema = z.strictObject({
  id: id('Unique in the site.'),
  protocol: z.enum(protocols).meta({
    description:
      'line: bytes to one or many devices, by a serial port or a serial server; Modbus RTU, DL/T 645 and CJ/T 188 meters may share it.',
  }),
  endpoint: z
    .string()
    .regex(
      /^(sim|tcp:\/\/[^/:\s]+:\d{1,5}|serial:\/\/\S+|opc\.tcp:\/\/\S+|mqtts?:\/\/[^\s@]+)$/,
      message(
        '应为 tcp://主机:端口、serial:///dev/ttyS0、opc.tcp://主机:端口、mqtt://主机:端口 或 sim（虚拟工厂）',
        'must be tcp://host:port, serial:///dev/ttyS0, opc.tcp://host:port, mqtt://host:port, or sim for the virtual plant',
      ),
    )
    .meta({
      description:
        'tcp://host:port, serial:///dev/ttyS0, opc.tcp://host:port, mqtt://host:port, or sim for the virtual plant.',
    }),
  timeout: duration.default(1_000).meta({ description: 'How long a device may take to answer.' }),
  poll,
  deadband: z.partialRecord(z.enum(pointIds), z.number().positive()).default({}).meta({
    description:
      "A state is published when it has moved by more than this since it was published last, in the point's unit. Counters always are.",
  }),
  heartbeat: duration
    .default(60_000)
    .meta({ description: 'A state that did not move is published at least this often.' }),
  serial,
  opcua,
  mqtt,
});

const gateway = z.strictObject({
  id: id('The name under which this gateway publishes.'),
  connections: z.array(connectionSchema).min(1),
  spool,
});

/** What a meter stands for in the energy account. */
export const roles = [
  'grid',
  'grid_import',
  'grid_export',
  'generation',
  'storage',
  'storage_charge',
  'storage_discharge',
  'feeder',
  'fuel',
  'heat',
  'heat_export',
  'water',
  'waste',
  'product',
  'none',
] as const;
const gases = fuelIds.filter((id) => fuels[id].unit === 'Nm3');
export const carriers = ['electricity', 'natural_gas', ...gases, 'heat', 'water', 'compressed_air'] as const;

/** How a foreign number becomes the point's. */
const measured = {
  unit: z.string().optional().meta({ description: "The source's unit, when it is not the point's." }),
  scale: z.number().default(1),
};

const path = z.string().min(1).meta({ description: 'Where the value is in the message: data.kwh, values.0.p' });
const field = z.strictObject({ path, ...measured });

const nodeId = z
  .string()
  .regex(
    /^(ns=\d+|nsu=[^;]+);[isgb]=.+$/,
    message(
      '应为 OPC UA 节点号，如 ns=2;s=Gas.Volume 或 nsu=http://厂家/…;s=Gas.Volume',
      'must be an OPC UA node id such as ns=2;s=Gas.Volume or nsu=http://maker/…;s=Gas.Volume',
    ),
  );

const shownReadings = z
  .partialRecord(z.enum(pointIds), z.number().nonnegative())
  .meta({ description: "By counter, in the point's unit: {energy_import: 48213.5}" });
const multiplier = z
  .number()
  .positive()
  .meta({ description: 'Readings are multiplied by it: transformers that the meter does not know of. Default: 1.' });

/** A meter was exchanged, or its transformers were: what the old one showed at the end, and the new one at the beginning. */
const replacement = z.strictObject({
  at: z.iso.datetime({
    offset: true,
    error: message(
      '应为带时区的时刻，如 2025-09-16T10:20:00+08:00',
      'must be a moment with its zone, as 2025-09-16T10:20:00+08:00',
    ),
  }),
  serial: z.string().min(1).optional().meta({ description: 'Serial number of the new meter.' }),
  final: shownReadings.optional(),
  initial: shownReadings.optional(),
  multiplier: multiplier.optional(),
});

const meter = z.strictObject({
  id: id('The name that samples, slots and traces carry.'),
  name: text,
  connection: z.string().meta({ description: 'The connection through which this meter is read.' }),
  unit: z.int().min(0).max(255).optional().meta({ description: 'Modbus unit id.' }),
  address: z
    .string()
    .regex(
      /^(\d{12}|[0-9A-Fa-f]{14})$/,
      message(
        '表地址为 12 位数字（DL/T 645）或 14 位十六进制（CJ/T 188）',
        'an address has 12 digits (DL/T 645) or 14 hexadecimal digits (CJ/T 188)',
      ),
    )
    .optional()
    .meta({ description: 'Address of a DL/T 645 (12 digits) or CJ/T 188 (14 digits) meter, as printed on it.' }),
  ratios: z
    .strictObject({ ct: z.number().min(1).default(1), vt: z.number().min(1).default(1) })
    .optional()
    .meta({
      description:
        'Ratios of the current and voltage transformers in front of a DL/T 645 meter that shows secondary values.',
    }),
  topic: z
    .string()
    .regex(
      /^[^+#]+$/,
      message('主题不能含通配符 + 和 #：一个主题对应一块表', 'a topic has no wildcards (+ and #): it is of one meter'),
    )
    .optional()
    .meta({ description: 'Topic of a foreign device that publishes JSON.' }),
  fields: z.partialRecord(z.enum(pointIds), field).optional(),
  time: z
    .strictObject({ path, format: z.enum(['iso', 'ms', 's']) })
    .optional()
    .meta({
      description:
        'Where the time is in the message: ISO text with its zone, or milliseconds or seconds since 1970. Without it, the time of arrival.',
    }),
  template: z.string().optional().meta({ description: 'Device template under gateway/devices.' }),
  nodes: z
    .partialRecord(
      z.enum(pointIds),
      z
        .union([nodeId, z.strictObject({ node: nodeId, ...measured })])
        .transform((node) => (typeof node === 'string' ? { node, scale: 1, unit: undefined } : node)),
    )
    .optional()
    .meta({ description: 'OPC UA node of each point.' }),
  multiplier: multiplier.optional(),
  replaced: z
    .array(replacement)
    .refine(
      (all) => all.every(({ at }, index) => index === 0 || Date.parse(at) > Date.parse(all[index - 1]?.at ?? '')),
      {
        message: message('按时间先后写', 'must be in the order of time'),
      },
    )
    .optional()
    .meta({ description: 'Replacements of the meter, oldest first.' }),
  role: z.enum(roles),
  carrier: z.enum(carriers).default('electricity'),
  reads: z.partialRecord(z.enum(pointIds), z.enum(pointIds)).optional().meta({
    description:
      'Where an ordinary meter stands in for the one that its role expects: {energy_generated: energy_import} of a kWh meter behind an inverter, {energy_charged: energy_import, energy_discharged: energy_export} of one at a battery.',
  }),
  product: z
    .string()
    .regex(/^[A-Za-z_]\w*$/)
    .optional()
    .meta({ description: 'What a meter of the role product counts: the name that the ledger and the standards use.' }),
  heatPerTonne: z.number().positive().max(4).optional().meta({
    description:
      'Of a steam meter that counts tonnes: GJ/t, the enthalpy of its steam less that of the water it is made of. Without it, steam has no heat.',
  }),
  parent: z.string().optional().meta({ description: 'The meter that this one lies below.' }),
  accuracyClass: z
    .number()
    .positive()
    .max(10)
    .optional()
    .meta({ description: 'The class printed on the meter: the most that it may be wrong, in percent.' }),
});

/** What nobody measures directly but meters tell together. It moves energy about; it cannot make up what the grid or a generator gave. */
const virtualMeter = z.strictObject({
  id: id('Unique among all meters.'),
  name: text,
  role: z.enum(['feeder', 'fuel', 'heat', 'water', 'none']),
  carrier: z.enum(carriers).default('electricity'),
  parent: z.string().optional(),
  point: z.enum(pointIds).meta({ description: 'What the result is: energy_import, gas_volume, heat_energy.' }),
  terms: z
    .record(z.string().regex(/^[A-Za-z_]\w*$/), z.string())
    .meta({ description: 'A name for each meter of the formula: {a: foundry, b: boiler.heat_energy}' }),
  formula: z.string().meta({ description: 'Over the names: a - 0.4 * b' }),
});

const secret = z
  .string()
  .regex(
    /^\$\{[A-Z0-9_]+\}$/,
    message(
      `密钥不写入文件：写成 "\${INFLUX_TOKEN}"，并设置同名环境变量`,
      `a secret is not written into a file: write "\${INFLUX_TOKEN}" and set that environment variable`,
    ),
  )
  .meta({ description: `The name of an environment variable, as \${NAME}.` });

const influxdb = z
  .strictObject({
    kind: z.literal('influxdb'),
    url: z
      .string()
      .regex(
        /^https?:\/\/[^\s@?#]+$/,
        message(
          '应为 http://主机:端口 或 https://主机:端口，不含用户名和密码',
          'must be http://host:port or https://host:port, without user and password',
        ),
      ),
    write: z
      .enum(['v1', 'v2'])
      .default('v1')
      .meta({ description: 'v1: /write?db=, which every InfluxDB has. v2: /api/v2/write.' }),
    database: z.string().min(1).optional().meta({
      description: 'Read by InfluxQL, and written by v1. With v2, what the bucket is mapped to; default: its name.',
    }),
    bucket: z.string().min(1).optional(),
    org: z.string().min(1).optional(),
    token: secret.optional(),
    username: z.string().min(1).optional(),
    password: secret.optional(),
  })
  .refine(({ write, database }) => write === 'v2' || database !== undefined, {
    path: ['database'],
    error: message('write: v1 需要 database', 'write: v1 needs database'),
  })
  .refine(({ write, bucket }) => write === 'v1' || bucket !== undefined, {
    path: ['bucket'],
    error: message('write: v2 需要 bucket', 'write: v2 needs bucket'),
  })
  .refine(({ write, bucket, org }) => write === 'v2' || (bucket === undefined && org === undefined), {
    path: ['write'],
    error: message('bucket 与 org 只用于 write: v2', 'bucket and org are for write: v2'),
  })
  .refine(({ token, username }) => token === undefined || username === undefined, {
    path: ['token'],
    error: message('token 与 username 只能给出一个', 'give token or username, not both'),
  })
  .refine(({ username, password }) => (username === undefined) === (password === undefined), {
    path: ['username'],
    error: message('username 与 password 必须一起给出', 'username and password come together'),
  });

const kept = duration.refine((length) => length >= 31 * 86_400_000, message('至少 31d', 'at least 31d')).optional();

/** Readings only: slots, ledger and what a sealed snapshot cites stay. */
const retention = z.strictObject({
  gauge: kept.meta({ description: 'Powers, voltages, temperatures: 730d. Without it they are kept for ever.' }),
  state: kept.meta({ description: 'Codes of states and alarms.' }),
  counter: kept.meta({
    description: 'Counters. Originals are to be kept for at least 5 years (RECALLED, not checked): 1830d or more.',
  }),
});

/** Beyond this machine the page is never served in clear, nor to those who did not sign in. */
const page = z
  .strictObject({
    port: z.int().min(0).max(65_535).default(8600),
    host: z
      .string()
      .regex(/^[\w.:-]+$/, message('应为主机名或 IP 地址', 'must be a host name or an IP address'))
      .default('127.0.0.1')
      .meta({ description: 'Where the page listens: this machine only, or an address of it, or 0.0.0.0 for all.' }),
    signIn: z
      .enum(['changes', 'required'])
      .default('changes')
      .meta({ description: 'On this machine: whether reading needs a sign-in, too. From elsewhere it always does.' }),
    tls: z.strictObject(certificateAndKey).optional().meta({ description: 'PEM files.' }),
    behindProxy: z
      .string()
      .regex(
        /^https:\/\/[^\s/@]+$/,
        message(
          '应为代理对外的来源：https://主机 或 https://主机:端口',
          'must be the origin that the proxy has for others: https://host or https://host:port',
        ),
      )
      .optional()
      .meta({ description: 'The origin of a proxy that speaks TLS in front of the page.' }),
  })
  .refine(({ host, tls, behindProxy }) => isLoopback(host) || tls !== undefined || behindProxy !== undefined, {
    path: ['host'],
    error: message(
      '在本机以外监听时须加密：给出 page.tls（certificate、key），或用 page.behindProxy 声明前置的 TLS 代理',
      'what listens beyond this machine is encrypted: give page.tls (certificate, key), or declare the TLS proxy in front with page.behindProxy',
    ),
  })
  .refine(({ tls, behindProxy }) => tls === undefined || behindProxy === undefined, {
    path: ['behindProxy'],
    error: message('tls 与 behindProxy 只能给出一个', 'give tls or behindProxy, not both'),
  })
  .prefault({});

const factorChoice = z.strictObject({
  grid: z
    .strictObject({
      region: z
        .string()
        .default('CN')
        .meta({ description: 'CN for the national average, or a province such as CN-SX.' }),
      dataYear: z.union([z.int(), z.literal('latest')]).default('latest'),
    })
    .prefault({}),
  fuels: z
    .string()
    .default('fuels-other-industries')
    .meta({ description: 'The family of fuel defaults; one inventory uses one.' }),
  gwp: z
    .enum(['SAR', 'AR4', 'AR5', 'AR6-25200', 'AR6-24300'])
    .default('AR5')
    .meta({ description: 'The set of global warming potentials; the sixth report is in use with two values of SF6.' }),
});

/** Without what holds between two of them. */
export const siteFields = z.strictObject({
  site: id('The plant in topics, folders and reports.'),
  name: text,
  timezone: z
    .string()
    .refine(
      isTimeZone,
      message('不是 IANA 时区名称；例如 Asia/Shanghai', 'not an IANA time zone; for example Asia/Shanghai'),
    )
    .default('Asia/Shanghai'),
  store: z
    .discriminatedUnion('kind', [z.strictObject({ kind: z.literal('duckdb') }), influxdb])
    .prefault({ kind: 'duckdb' }),
  broker: z
    .discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('embedded') }),
      z.strictObject({
        kind: z.literal('external'),
        url: z
          .string()
          .regex(
            /^(mqtt|mqtts):\/\/[^\s@]+$/,
            message(
              '应为 mqtt://主机:端口 或 mqtts://主机:端口，不含用户名和密码',
              'must be mqtt://host:port or mqtts://host:port, without user and password',
            ),
          ),
        username: z.string().min(1),
        password: z.string().min(1),
        version: z.enum(['3.1.1', '5']).default('3.1.1').meta({ description: 'The version of MQTT that is spoken.' }),
        tls,
      }),
    ])
    .prefault({ kind: 'embedded' }),
  gateways: z.array(gateway).min(1),
  meters: z.array(meter).min(1),
  virtual: z.array(virtualMeter).default([]),
  packs: z.array(z.string()).min(1).default(['tcace']),
  factors: factorChoice.prefault({}),
  coverageLimit: z
    .number()
    .min(0)
    .max(1)
    .default(0.9)
    .meta({ description: 'Below this share of covered time an indicator is withheld.' }),
  snapshots: z
    .strictObject({
      graceDays: z
        .int()
        .min(0)
        .max(180)
        .default(15)
        .meta({ description: 'Days after New Year in which late data may still come, before the year is sealed.' }),
      since: z.int().min(2000).max(2100).optional().meta({
        description:
          'The first year to be sealed, where readings of earlier years are there. Without it, the last one that is over.',
      }),
    })
    .prefault({}),
  reports: z.array(reportSchedule).max(50).default([]).meta({ description: 'Reports that are made by themselves.' }),
  retention: retention
    .prefault({})
    .meta({ description: 'How long readings are kept in the embedded store. Default: for ever.' }),
  page,
});

export const siteSchema = siteFields.refine(
  ({ store, retention: kept }) => store.kind === 'duckdb' || Object.values(kept).every((one) => one === undefined),
  {
    path: ['retention'],
    error: message(
      'retention 用于内置存储；InfluxDB 的保留期限在该数据库中设置',
      'retention is for the embedded store; an InfluxDB keeps readings as long as its own retention policy says',
    ),
  },
);

export type SiteConfig = z.infer<typeof siteSchema>;
export type MeterConfig = SiteConfig['meters'][number];
export type VirtualMeter = SiteConfig['virtual'][number];
export type GatewayConfig = SiteConfig['gateways'][number];
export type ConnectionConfig = GatewayConfig['connections'][number];
