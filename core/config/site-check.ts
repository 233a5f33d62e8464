// Owns the checks that reach across the parts of a site: ids, endpoints and their owners, meters with their connections, roles and parents.
import { Fault } from '../fault.ts';
import { isPointId, pointIds, points } from '../points.ts';
import type { Text } from '../text.ts';
import { convert } from '../units.ts';
import { expected, isMain, oddReads } from './roles.ts';
import { type ConnectionConfig, type MeterConfig, roles, type VirtualMeter } from './site-schema.ts';
import { heatless, isHeatless } from './steam.ts';
import type { Path } from './yaml-file.ts';

export type Finding = { path: Path; text: Text };

/** Works on what the file says, not on what the schema made of it, so that one mistake does not hide the others. */
export function crossCheck(raw: unknown): Finding[] {
  const gateways = listOf(raw, 'gateways');
  const meters = listOf(raw, 'meters') as Partial<MeterConfig>[];
  const virtual = listOf(raw, 'virtual') as Partial<VirtualMeter>[];
  const connections = gateways.flatMap((gateway, g) =>
    listOf(gateway, 'connections').map((connection, c) => ({
      connection: connection as Partial<ConnectionConfig>,
      path: ['gateways', g, 'connections', c] as Path,
    })),
  );
  return [
    ...repeated(gateways.map((gateway, g) => ({ id: gateway.id, path: ['gateways', g, 'id'] }))),
    ...gateways.flatMap((gateway, g) => checkGatewayName(gateway.id, ['gateways', g, 'id'])),
    ...repeated(connections.map(({ connection, path }) => ({ id: connection.id, path: [...path, 'id'] }))),
    ...repeated([
      ...meters.map((meter, m) => ({ id: meter.id, path: ['meters', m, 'id'] as Path })),
      ...virtual.map((meter, v) => ({ id: meter.id, path: ['virtual', v, 'id'] as Path })),
    ]),
    ...connections.flatMap(({ connection, path }) => checkEndpoint(connection, path)),
    ...checkOwners(connections),
    ...meters.flatMap((meter, m) =>
      checkMeter(
        meter,
        ['meters', m],
        connections.map(({ connection }) => connection),
      ),
    ),
    ...meters.flatMap((meter, m) => checkMeasures(meter, ['meters', m])),
    ...meters.flatMap((meter, m) =>
      isHeatless(meter) ? [{ path: ['meters', m], text: heatless(meter.id ?? '?') }] : [],
    ),
    ...checkUnits(meters),
    ...meters.flatMap((meter, m) => checkRole(meter, meters, ['meters', m])),
    ...virtual.flatMap((meter, v) => checkTerms(meter, [...meters, ...virtual], virtual, ['virtual', v])),
    ...checkParents([
      ...meters.map((meter, m) => ({ meter, path: ['meters', m, 'parent'] as Path })),
      ...virtual.map((meter, v) => ({ meter, path: ['virtual', v, 'parent'] as Path })),
    ]),
  ];
}

type Loose = Record<string, unknown>;

function listOf(node: unknown, key: string): Loose[] {
  const list = typeof node === 'object' && node !== null ? (node as Loose)[key] : undefined;
  return Array.isArray(list)
    ? list.map((item) => (typeof item === 'object' && item !== null ? (item as Loose) : {}))
    : [];
}

/** Who sends the past and what is imported, and who reads: a gateway of that name would speak as one of them. */
const takenNames = ['import', 'history', 'ingest', 'dashboards'];

function checkGatewayName(id: unknown, path: Path): Finding[] {
  if (!takenNames.includes(String(id))) return [];
  const text = {
    zh: `网关不能叫 “${id}”：系统自己用这个名称`,
    en: `a gateway cannot be called "${id}": the system itself has this name`,
  };
  return [{ path, text }];
}

function repeated(ids: { id: unknown; path: Path }[]): Finding[] {
  const seen = new Set<unknown>();
  return ids.flatMap(({ id, path }) => {
    if (id === undefined) return [];
    if (!seen.has(id)) {
      seen.add(id);
      return [];
    }
    return [{ path, text: { zh: `编号 “${id}” 重复`, en: `the id "${id}" is used twice` } }];
  });
}

const schemes: Record<string, RegExp> = {
  'modbus-tcp': /^tcp:/,
  line: /^(tcp|serial):/,
  opcua: /^opc\.tcp:/,
  'mqtt-json': /^mqtts?:/,
};
const knownScheme = /^(tcp|serial|opc\.tcp|mqtts?):/;

function checkEndpoint({ protocol, endpoint }: Partial<ConnectionConfig>, path: Path): Finding[] {
  const scheme = schemes[String(protocol)];
  if (scheme === undefined || typeof endpoint !== 'string' || !knownScheme.test(endpoint) || scheme.test(endpoint))
    return [];
  const allowed = scheme.source.replaceAll(/[\^\\?]/g, '');
  return [
    {
      path: [...path, 'endpoint'],
      text: { zh: `${protocol} 的端点应以 ${allowed} 开头`, en: `an endpoint of ${protocol} starts with ${allowed}` },
    },
  ];
}

/** A bus has one master, and many devices serve one client only: an endpoint has one owner. */
function checkOwners(connections: { connection: Partial<ConnectionConfig>; path: Path }[]): Finding[] {
  const owner = new Map<string, string>();
  return connections.flatMap(({ connection: { id = '?', protocol, endpoint }, path }) => {
    if ((protocol !== 'modbus-tcp' && protocol !== 'line') || typeof endpoint !== 'string' || endpoint === 'sim')
      return [];
    const other = owner.get(endpoint.toLowerCase());
    if (other === undefined) owner.set(endpoint.toLowerCase(), id);
    if (other === undefined) return [];
    return [
      {
        path: [...path, 'endpoint'],
        text: {
          zh: `${endpoint} 已属于连接 ${other}：一个端点只有一个主站，请把表计接到该连接上`,
          en: `${endpoint} already belongs to connection ${other}: an endpoint has one master, put the meters on that connection`,
        },
      },
    ];
  });
}

function checkMeter(meter: Partial<MeterConfig>, path: Path, connections: Partial<ConnectionConfig>[]): Finding[] {
  if (typeof meter.connection !== 'string') return [];
  const connection = connections.find(({ id }) => id === meter.connection);
  if (connection === undefined) {
    const known = connections.map(({ id }) => id).join(', ');
    return [
      {
        path: [...path, 'connection'],
        text: {
          zh: `没有连接 “${meter.connection}”；已有：${known}`,
          en: `there is no connection "${meter.connection}"; there are: ${known}`,
        },
      },
    ];
  }
  const needed = neededOf(connection);
  return needed
    .filter((key) => meter[key] === undefined)
    .map((key) => ({
      path,
      text: { zh: `${connection.protocol} 表计需要 ${key}`, en: `a meter on ${connection.protocol} needs ${key}` },
    }));
}

/** What a meter must say so that it can be asked. On a line, its template decides between unit and address. */
function neededOf({ protocol }: Partial<ConnectionConfig>): (keyof MeterConfig)[] {
  if (protocol === 'opcua') return ['nodes'];
  if (protocol === 'mqtt-json') return ['topic', 'fields'];
  if (protocol === 'line') return ['template'];
  return ['unit', 'template'];
}

/** Units that a meter's own mapping names must be able to become the points'. */
function checkMeasures(meter: object, path: Path): Finding[] {
  return (['nodes', 'fields'] as const).flatMap((key) =>
    Object.entries((meter as Record<typeof key, unknown>)[key] ?? {}).flatMap(([point, of]) => {
      const unit = (of as { unit?: unknown } | null)?.unit;
      if (typeof unit !== 'string' || !isPointId(point)) return [];
      try {
        convert(1, unit, points[point].unit);
        return [];
      } catch (error) {
        if (!(error instanceof Fault)) throw error;
        return [{ path: [...path, key, point, 'unit'], text: error.text }];
      }
    }),
  );
}

/** Two meters of one unit or address would be one meter. */
function checkUnits(meters: Partial<MeterConfig>[]): Finding[] {
  const owner = new Map<string, string>();
  return meters.flatMap((meter, m) => {
    const { unit, address, connection } = meter;
    const place = unit ?? address?.toUpperCase();
    if (place === undefined || connection === undefined) return [];
    const other = owner.get(`${connection}#${place}`);
    owner.set(`${connection}#${place}`, meter.id ?? '?');
    if (other === undefined) return [];
    const [key, zh] = unit === undefined ? (['address', '表地址'] as const) : (['unit', '站号'] as const);
    return [
      {
        path: ['meters', m, key],
        text: {
          zh: `连接 ${connection} 上的${zh} ${place} 已属于表计 ${other}`,
          en: `${key} ${place} on ${connection} already belongs to meter ${other}`,
        },
      },
    ];
  });
}

/** What a meter's role makes of it: it counts what no other meter of the role has counted, by counters that it has. */
function checkRole(meter: Partial<MeterConfig>, meters: Partial<MeterConfig>[], path: Path): Finding[] {
  const above = isMain(meter) ? meters.find(({ id }) => id !== undefined && id === meter.parent) : undefined;
  const twice = {
    zh: `${meter.id} 与其上级 ${above?.id} 都是总表，同一电量会计两次：下级改为 role: feeder（分表）或 none（校核表）`,
    en: `${meter.id} and ${above?.id} above it are both main meters of one feeder, its energy would count twice: make the lower one role: feeder, or none for a check meter`,
  };
  const odd = isWhole(meter) ? oddReads(meter) : [];
  return [
    ...(above !== undefined && isMain(above) ? [{ path: [...path, 'parent'], text: twice }] : []),
    ...odd.map(([point, own]) => ({
      path: [...path, 'reads', point],
      text: {
        zh: `role: ${meter.role} 的表计不能用 ${own} 代替 ${point}：该角色用到 ${expectedOf(meter).join('、')}，且须为同一单位的累计量`,
        en: `a meter of the role ${meter.role} cannot read ${own} for ${point}: the role makes use of ${expectedOf(meter).join(', ')}, each by a counter of the same unit`,
      },
    })),
    ...(meter.role === 'product' && meter.product === undefined
      ? [
          {
            path: [...path, 'role'],
            text: {
              zh: `计数表 ${meter.id} 须写明 product（台账和标准中的产品名称）`,
              en: `the counter ${meter.id} needs product: the name that the ledger and the standards have for what it counts`,
            },
          },
        ]
      : []),
  ];
}

const isWhole = (meter: Partial<MeterConfig>): meter is MeterConfig =>
  meter.role !== undefined &&
  roles.includes(meter.role) &&
  Object.entries(meter.reads ?? {})
    .flat()
    .every((id) => isPointId(String(id)));
const expectedOf = (meter: Partial<MeterConfig>): readonly string[] => (isWhole(meter) ? expected(meter) : []);

/** A virtual meter is made of meters that are there, and never of itself. */
function checkTerms(
  meter: Partial<VirtualMeter>,
  all: readonly { id?: string | undefined }[],
  virtual: readonly Partial<VirtualMeter>[],
  path: Path,
): Finding[] {
  const named = Object.entries(meter.terms ?? {}).map(
    ([name, term]) => [name, String(term).split('.')[0] ?? ''] as const,
  );
  const strays = named.flatMap(([name, id]): Finding[] => {
    const [, point] = String(meter.terms?.[name]).split('.');
    if (point !== undefined && !isPointId(point)) {
      const allowed = pointIds.join(' ');
      return [
        {
          path: [...path, 'terms', name],
          text: { zh: `未知测点 “${point}”；可用：${allowed}`, en: `unknown point "${point}"; allowed: ${allowed}` },
        },
      ];
    }
    if (all.some((one) => one.id === id)) return [];
    const known = all.map((one) => one.id).join(', ');
    return [
      {
        path: [...path, 'terms', name],
        text: { zh: `没有表计 “${id}”；已有：${known}`, en: `there is no meter "${id}"; there are: ${known}` },
      },
    ];
  });
  const madeOf = (id: string | undefined): string[] =>
    Object.values(virtual.find((one) => one.id === id)?.terms ?? {}).map((term) => String(term).split('.')[0] ?? '');
  const circleFrom = (id: string, seen: readonly string[]): string[] | undefined => {
    if (id === meter.id && seen.length > 0) return [...seen, id];
    if (seen.includes(id)) return undefined;
    for (const inner of madeOf(id)) {
      const circle = circleFrom(inner, [...seen, id]);
      if (circle !== undefined) return circle;
    }
    return undefined;
  };
  const circle = meter.id === undefined ? undefined : circleFrom(meter.id, []);
  if (circle === undefined) return strays;
  const way = circle.join(' → ');
  return [
    ...strays,
    {
      path: [...path, 'terms'],
      text: { zh: `虚拟表循环引用：${way}`, en: `a virtual meter refers to itself: ${way}` },
    },
  ];
}

function checkParents(meters: { meter: { id?: string; parent?: string | undefined }; path: Path }[]): Finding[] {
  const parentOf = new Map(meters.map(({ meter }) => [meter.id, meter.parent]));
  return meters.flatMap(({ meter, path }) => {
    if (meter.parent === undefined) return [];
    if (!parentOf.has(meter.parent)) {
      return [{ path, text: { zh: `没有表计 “${meter.parent}”`, en: `there is no meter "${meter.parent}"` } }];
    }
    const seen = new Set([meter.id]);
    for (let above: string | undefined = meter.parent; above !== undefined; above = parentOf.get(above)) {
      if (seen.has(above))
        return [
          {
            path,
            text: {
              zh: `表计层级成环：${[...seen, above].join(' → ')}`,
              en: `meters form a circle: ${[...seen, above].join(' → ')}`,
            },
          },
        ];
      seen.add(above);
    }
    return [];
  });
}
