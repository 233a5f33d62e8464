// Owns the choice of a driver for each connection: one owner of the endpoint, and a source for each meter behind it.
import type { Clock } from '../core/clock.ts';
import type { ConnectionConfig, MeterConfig } from '../core/config/site-schema.ts';
import { exitCodes, Fault } from '../core/fault.ts';
import type { Log } from '../core/log.ts';
import { Cjt188Bus } from './cjt188/bus.ts';
import { cjt188Source } from './cjt188/cjt188-source.ts';
import { Dlt645Bus } from './dlt645/bus.ts';
import { dlt645Source } from './dlt645/dlt645-source.ts';
import type { StreamAddress } from './line/byte-stream.ts';
import { Line } from './line/line.ts';
import { gapAt, wantedSettings } from './line/serial-settings.ts';
import type { Memory } from './memory.ts';
import { ModbusBus } from './modbus/bus.ts';
import { ModbusSource } from './modbus/modbus-source.ts';
import { openMqttJson } from './mqtt-json/open.ts';
import { openOpcua } from './opcua/open.ts';
import type { Source } from './source.ts';
import { loadRegisterTemplate, loadTemplate } from './template.ts';

export type ConnectionParts = { pkiFolder: string; clock: Clock; log: Log; memory: Memory; onFacts: () => void };

export type OpenedConnection = {
  sourceOf: (meter: MeterConfig) => Source;
  /** What the meters of this connection share. */
  line?: Line;
  close: () => void | Promise<void>;
};

/** Silence between two frames behind a serial server, whose speed is not known here. */
const busGap = 5;

/** `settle`: milliseconds that a device behind it needs after connecting. */
export function openConnection(connection: ConnectionConfig, parts: ConnectionParts, settle = 0): OpenedConnection {
  const { id, protocol, endpoint, timeout } = connection;
  const { clock } = parts;
  if (endpoint === 'sim') throw simulated(id);
  switch (protocol) {
    case 'modbus-tcp': {
      const line = new Line({
        address: addressOf(connection),
        connectTimeout: timeout,
        settle,
        clock,
        afterDoubt: 'reconnect',
      });
      const bus = new ModbusBus(line, 'tcp', timeout);
      return { sourceOf: modbusSources(bus), line, close: () => line.close() };
    }
    case 'line': {
      const { baud } = connection.serial;
      const line = new Line({
        address: addressOf(connection),
        connectTimeout: timeout,
        settle,
        clock,
        afterDoubt: 'wait',
        gap: baud === undefined ? busGap : gapAt(baud),
      });
      return { sourceOf: lineSources(line), line, close: () => line.close() };
    }
    case 'opcua':
      return openOpcua(connection, parts);
    case 'mqtt-json':
      return openMqttJson(connection, parts);
  }

  /** Meters of several protocols on one line: one question at a time, whoever it is for. */
  function lineSources(line: Line): OpenedConnection['sourceOf'] {
    const rtu = modbusSources(new ModbusBus(line, 'rtu', timeout));
    const dlt645 = new Dlt645Bus(line, timeout);
    const cjt188 = new Cjt188Bus(line, timeout);
    return (config) => {
      const { id: meter, address = '', ratios } = config;
      const template = loadTemplate(config.template ?? '');
      const common = { ...parts, meter, address: address.toUpperCase() };
      switch (template.protocol) {
        case 'dlt645':
          return dlt645Source({ ...common, template, bus: dlt645, ...(ratios && { ratios }) });
        case 'cjt188':
          return cjt188Source({ ...common, template, bus: cjt188 });
        default:
          return rtu(config);
      }
    };
  }

  function modbusSources(bus: ModbusBus): OpenedConnection['sourceOf'] {
    return ({ id: meter, unit = 1, template = '' }) =>
      new ModbusSource({ ...parts, meter, unit, template: loadRegisterTemplate(template), bus });
  }
}

/** The connection with every serial parameter that its meters leave open to it. */
export function withSettings(connection: ConnectionConfig, meters: readonly MeterConfig[]): ConnectionConfig {
  if (!connection.endpoint.startsWith('serial:')) return connection;
  const templates = meters.flatMap(({ template }) => (template === undefined ? [] : [loadTemplate(template)]));
  const [serial = {}] = wantedSettings(connection.serial, templates);
  return { ...connection, serial };
}

/** The longest that any of its meters' templates asks for. */
export const settleOf = (meters: readonly MeterConfig[]): number =>
  Math.max(0, ...meters.map(({ template }) => (template === undefined ? 0 : loadTemplate(template).link.settle)));

function addressOf({ endpoint, serial }: ConnectionConfig): StreamAddress {
  const url = new URL(endpoint);
  if (url.protocol !== 'serial:') return { kind: 'tcp', host: url.hostname, port: Number(url.port) };
  const [settings] = wantedSettings(serial, []);
  if (settings === undefined) throw new Error('a line has serial parameters');
  return { kind: 'serial', path: url.pathname, ...settings };
}

const simulated = (id: string): Fault =>
  new Fault(
    'endpoint_simulated',
    {
      zh: `连接 ${id} 指向虚拟工厂（sim）；请用 tanbiao demo 启动，或填写设备的真实地址`,
      en: `connection ${id} points to the virtual plant (sim): start it with "tanbiao demo", or give the device's real address`,
    },
    { exitCode: exitCodes.configuration },
  );
