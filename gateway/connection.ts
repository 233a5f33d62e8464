// Owns the choice of a driver for each connection: one owner of the endpoint, and a source for each meter behind it.
import type { Clock } from '../core/clock.ts';
import type { ConnectionConfig, MeterConfig } from '../core/config/site-schema.ts';
import { exitCodes, Fault } from '../core/fault.ts';
import type { Log } from '../core/log.ts';
import type { StreamAddress } from './line/byte-stream.ts';
import { Line } from './line/line.ts';
import type { Memory } from './memory.ts';
import { ModbusBus } from './modbus/bus.ts';
import { ModbusSource } from './modbus/modbus-source.ts';
import { openMqttJson } from './mqtt-json/open.ts';
import { openOpcua } from './opcua/open.ts';
import type { Source } from './source.ts';
import { loadRegisterTemplate } from './template.ts';

export type ConnectionParts = { pkiFolder: string; clock: Clock; log: Log; memory: Memory; onFacts: () => void };

export type OpenedConnection = {
  sourceOf: (meter: MeterConfig) => Source;
  /** What the meters of this connection share. */
  line?: Line;
  close: () => void | Promise<void>;
};

/** Bytes between two frames on a bus: 3.5 characters at 9600 baud, and never less than what serial servers need. */
const busGap = 5;

export function openConnection(connection: ConnectionConfig, parts: ConnectionParts): OpenedConnection {
  const { id, protocol, endpoint, timeout } = connection;
  const { clock, memory, onFacts } = parts;
  if (endpoint === 'sim') throw simulated(id);
  switch (protocol) {
    case 'modbus-tcp': {
      const line = new Line({
        address: addressOf(connection),
        connectTimeout: timeout,
        clock,
        afterDoubt: 'reconnect',
      });
      const bus = new ModbusBus(line, 'tcp', timeout);
      return { sourceOf: modbusSources(bus, parts), line, close: () => line.close() };
    }
    case 'line': {
      const line = new Line({
        address: addressOf(connection),
        connectTimeout: timeout,
        clock,
        afterDoubt: 'wait',
        gap: busGap,
      });
      const bus = new ModbusBus(line, 'rtu', timeout);
      return { sourceOf: modbusSources(bus, parts), line, close: () => line.close() };
    }
    case 'opcua':
      return openOpcua(connection, parts);
    case 'mqtt-json':
      return openMqttJson(connection, parts);
  }

  function modbusSources(bus: ModbusBus, _parts: ConnectionParts): OpenedConnection['sourceOf'] {
    return ({ id: meter, unit = 1, template = '' }) =>
      new ModbusSource({ meter, unit, template: loadRegisterTemplate(template), bus, clock, memory, onFacts });
  }
}

function addressOf({ endpoint, serial }: ConnectionConfig): StreamAddress {
  const url = new URL(endpoint);
  return url.protocol === 'serial:'
    ? { kind: 'serial', path: url.pathname, ...serial }
    : { kind: 'tcp', host: url.hostname, port: Number(url.port) };
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
