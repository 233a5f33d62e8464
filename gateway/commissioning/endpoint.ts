// Owns an endpoint as a person types it: the spelling of site.yaml, with the usual port and the settings of a serial port.
import { exitCodes, Fault } from '../../core/fault.ts';
import type { SerialSettings, StreamAddress } from '../line/byte-stream.ts';
import { settingsText, wantedSettings } from '../line/serial-settings.ts';
import { isRegisterTemplate, type Template } from '../template.ts';

export type Endpoint = {
  /** As in site.yaml: frames of Modbus TCP, or bytes on a line as on a serial port. */
  protocol: 'modbus-tcp' | 'line';
  address: StreamAddress;
};

const modbusPort = 502;

const parities: Record<string, SerialSettings['parity']> = { n: 'none', e: 'even', o: 'odd' };

function refuse(text: string, zh: string, en: string): never {
  throw new Fault(
    'endpoint_invalid',
    { zh: `地址“${text}”：${zh}`, en: `endpoint "${text}": ${en}` },
    { exitCode: exitCodes.configuration },
  );
}

/**
 * `tcp://host:port`, `serial:///dev/ttyUSB0?baud=9600&parity=even`; without a scheme a host name or a device path. What is
 * not said is as the template's meters leave the factory.
 */
export function parseEndpoint(text: string, protocol?: string, template?: Template): Endpoint {
  const whole = text.includes('://') ? text : /^(\/|COM\d)/.test(text) ? `serial://${text}` : `tcp://${text}`;
  if (!URL.canParse(whole))
    refuse(
      text,
      '应为 tcp://主机:端口 或 serial:///dev/ttyUSB0?baud=9600&parity=even',
      'expected tcp://host:port or serial:///dev/ttyUSB0?baud=9600&parity=even',
    );
  const url = new URL(whole);
  if (protocol !== undefined && protocol !== 'modbus-tcp' && protocol !== 'line')
    refuse(text, `--protocol 应为 modbus-tcp 或 line`, '--protocol is modbus-tcp or line');
  if (url.protocol === 'serial:') {
    if (protocol === 'modbus-tcp')
      refuse(
        text,
        '串口上没有 Modbus TCP：去掉 --protocol',
        'there is no Modbus TCP on a serial port: leave --protocol out',
      );
    return {
      protocol: 'line',
      address: { kind: 'serial', path: url.pathname || url.hostname, ...serialOf(text, url.searchParams, template) },
    };
  }
  if (url.protocol !== 'tcp:')
    refuse(
      text,
      '这里只读 tcp:// 和 serial://；OPC UA 与 MQTT 设备不用模板，在站点配置中写明节点或字段',
      'only tcp:// and serial:// are read here; OPC UA and MQTT devices need no template, their nodes or fields are named in the site',
    );
  if (url.hostname === '') refuse(text, '没有主机名或 IP 地址', 'there is no host name or IP address');
  return {
    protocol: protocol ?? (template === undefined || isRegisterTemplate(template) ? 'modbus-tcp' : 'line'),
    address: {
      kind: 'tcp',
      host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
      port: url.port === '' ? modbusPort : Number(url.port),
    },
  };
}

function serialOf(text: string, given: URLSearchParams, template: Template | undefined): SerialSettings {
  const settings: Partial<SerialSettings> = {};
  for (const [name, value] of given) {
    const count = Number(value);
    const parity = parities[value[0]?.toLowerCase() ?? ''];
    if (name === 'baud' && Number.isInteger(count) && count >= 300 && count <= 921_600) settings.baud = count;
    else if (name === 'parity' && parity !== undefined) settings.parity = parity;
    else if (name === 'dataBits' && (count === 7 || count === 8)) settings.dataBits = count;
    else if (name === 'stopBits' && (count === 1 || count === 2)) settings.stopBits = count;
    else
      refuse(
        text,
        `不认识 ${name}=${value}；可写 baud=9600、parity=none|even|odd、dataBits=7|8、stopBits=1|2`,
        `${name}=${value} is not understood; there are baud=9600, parity=none|even|odd, dataBits=7|8, stopBits=1|2`,
      );
  }
  const [whole] = wantedSettings(settings, template === undefined ? [] : [template]);
  if (whole === undefined) throw new Error('a line has serial parameters');
  return whole;
}

export const endpointText = ({ address }: Endpoint): string =>
  address.kind === 'tcp' ? `tcp://${address.host}:${address.port}` : `${address.path} ${settingsText(address)}`;

/** What a person types to reach it; speed and parity always, because a template may have its own. */
export function endpointArguments({ protocol, address }: Endpoint): string {
  if (address.kind === 'tcp')
    return `tcp://${address.host}:${address.port}${protocol === 'line' ? ' --protocol line' : ''}`;
  return `"serial://${address.path}?${serialWords(address, '=').join('&')}"`;
}

const serialWords = ({ baud, parity, dataBits, stopBits }: SerialSettings, between: string): string[] => [
  `baud${between}${baud}`,
  `parity${between}${parity}`,
  ...(dataBits === 8 ? [] : [`dataBits${between}${dataBits}`]),
  ...(stopBits === 1 ? [] : [`stopBits${between}${stopBits}`]),
];

/** The connection as a line of site.yaml. */
export function connectionYaml({ protocol, address }: Endpoint, id: string): string {
  if (address.kind === 'tcp')
    return `- { id: ${id}, protocol: ${protocol}, endpoint: "tcp://${address.host}:${address.port}" }`;
  const serial = serialWords(address, ': ').join(', ');
  return `- { id: ${id}, protocol: line, endpoint: "serial://${address.path}", serial: { ${serial} } }`;
}
