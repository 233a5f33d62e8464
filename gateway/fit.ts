// Owns whether the meters of a site can be read as they are configured: template, connection, address and line must fit together.
import type { Site } from '../core/config/site.ts';
import type { ConnectionConfig, MeterConfig } from '../core/config/site-schema.ts';
import { exitCodes, Fault } from '../core/fault.ts';
import type { Text } from '../core/text.ts';
import { settingsText, wantedSettings } from './line/serial-settings.ts';
import { loadTemplate, type Template, templateIds } from './template.ts';

export type Misfit = { path: (string | number)[]; text: Text };

/** What a template may speak on each kind of connection. */
const speaks: Record<ConnectionConfig['protocol'], readonly Template['protocol'][]> = {
  'modbus-tcp': ['modbus', 'sunspec'],
  line: ['modbus', 'sunspec', 'dlt645', 'cjt188'],
  opcua: [],
  'mqtt-json': [],
};

const addresses = {
  dlt645: { pattern: /^\d{12}$/, zh: '12 位数字', en: '12 digits' },
  cjt188: { pattern: /^[0-9A-Fa-f]{14}$/, zh: '14 位十六进制数', en: '14 hexadecimal digits' },
} as const;

/** Everything at once, with its place in site.yaml. A template that does not exist is told elsewhere. */
export function misfits(site: Site): Misfit[] {
  const known = new Set(templateIds());
  const templateOf = ({ template }: MeterConfig): Template | undefined =>
    template !== undefined && known.has(template) ? loadTemplate(template) : undefined;
  const connections = site.gateways.flatMap(({ connections: own }) => own);
  return [
    ...site.meters.flatMap((meter, m) => {
      const connection = connections.find(({ id }) => id === meter.connection);
      const template = templateOf(meter);
      if (connection === undefined || template === undefined) return [];
      return meterMisfits(meter, connection, template).map(({ path, text }) => ({
        path: ['meters', m, ...path],
        text,
      }));
    }),
    ...site.gateways.flatMap((gateway, g) =>
      gateway.connections.flatMap((connection, c) => {
        const meters = site.meters.filter((meter) => meter.connection === connection.id);
        const text = disagreement(connection, meters, templateOf);
        return text === undefined ? [] : [{ path: ['gateways', g, 'connections', c, 'serial'], text }];
      }),
    ),
  ];
}

export function refuseMisfits(site: Site): void {
  const found = misfits(site);
  if (found.length === 0) return;
  const list = (language: keyof Text) =>
    found.map(({ path, text }) => `${path.join('.')}: ${text[language]}`).join('\n');
  throw new Fault('meter_unfit', { zh: list('zh'), en: list('en') }, { exitCode: exitCodes.configuration });
}

function meterMisfits(meter: MeterConfig, connection: ConnectionConfig, template: Template): Misfit[] {
  const { id, protocol } = template;
  const allowed = speaks[connection.protocol];
  if (!allowed.includes(protocol)) {
    const list = allowed.join(', ');
    const instead =
      allowed.length === 0
        ? { zh: '此类连接的表计不用模板', en: 'a meter on such a connection has no template' }
        : { zh: `可用：${list}`, en: `allowed: ${list}` };
    return [
      {
        path: ['template'],
        text: {
          zh: `模板 ${id} 使用 ${protocol} 协议，连接 ${connection.id} 是 ${connection.protocol}；${instead.zh}`,
          en: `the template ${id} speaks ${protocol}, the connection ${connection.id} is ${connection.protocol}; ${instead.en}`,
        },
      },
    ];
  }
  const found: Misfit[] = [];
  if (protocol === 'dlt645' || protocol === 'cjt188') {
    const { pattern, zh, en } = addresses[protocol];
    if (!pattern.test(meter.address ?? ''))
      found.push({
        path: ['address'],
        text: { zh: `${protocol} 表计需要表地址 address：${zh}`, en: `a ${protocol} meter needs its address: ${en}` },
      });
  } else if (meter.unit === undefined) {
    found.push({
      path: ['unit'],
      text: { zh: `${protocol} 表计需要站号 unit`, en: `a ${protocol} meter needs its unit` },
    });
  }
  if (meter.ratios !== undefined && protocol !== 'dlt645')
    found.push({
      path: ['ratios'],
      text: {
        zh: '只有 DL/T 645 表计可写互感器倍率 ratios；Modbus 模板从表中读取变比',
        en: 'only DL/T 645 meters take ratios; a Modbus template reads them from the meter',
      },
    });
  return found;
}

/** All meters of a serial port must have the same parameters. */
function disagreement(
  { endpoint, serial }: ConnectionConfig,
  meters: readonly MeterConfig[],
  templateOf: (meter: MeterConfig) => Template | undefined,
): Text | undefined {
  if (!endpoint.startsWith('serial:')) return undefined;
  const wanted = wantedSettings(
    serial,
    meters.flatMap((meter) => templateOf(meter) ?? []),
  );
  if (wanted.length <= 1) return undefined;
  const list = wanted.map(settingsText).join(', ');
  return {
    zh: `线上表计的出厂串口参数不同（${list}）：请把表计设为一致，并写明 serial`,
    en: `the meters on this line leave the factory with different parameters (${list}): set them alike and say serial`,
  };
}
