// Composition root of a gateway: its connections and meters become sources, read by a poller, spooled and published.
import { join } from 'node:path';
import type { BrokerAddress } from '../core/broker-link.ts';
import type { Clock } from '../core/clock.ts';
import type { Site } from '../core/config/site.ts';
import type { ConnectionConfig, GatewayConfig, MeterConfig } from '../core/config/site-schema.ts';
import { exitCodes, Fault } from '../core/fault.ts';
import type { Log } from '../core/log.ts';
import type { SeriesFacts } from '../core/sample.ts';
import { Batcher } from './batcher.ts';
import { ModbusBus } from './modbus/bus.ts';
import { ModbusSource } from './modbus/modbus-source.ts';
import { OpcuaConnection } from './opcua/connection.ts';
import { OpcuaSource } from './opcua/opcua-source.ts';
import { type Polled, Poller } from './poller.ts';
import { Publisher } from './publisher.ts';
import type { Source } from './source.ts';
import { Spool } from './spool.ts';
import { loadTemplate } from './template.ts';

export type GatewayOptions = {
  site: Site;
  gateway: GatewayConfig;
  dataFolder: string;
  broker: BrokerAddress;
  clock: Clock;
  log: Log;
};

export type RunningGateway = { poller: Poller; publisher: Publisher; stop(): Promise<void> };

export function startGateway(options: GatewayOptions): RunningGateway {
  const { site, gateway, dataFolder, broker, clock, log } = options;
  const { polled, close } = openConnections(options, () => publisher.announce());
  const spool = new Spool(join(dataFolder, 'spool', `${gateway.id}.sqlite`), clock.now());
  const facts = () => polled.flatMap(({ source }) => source.facts());
  const publisher = new Publisher({ site: site.site, gateway: gateway.id, broker, spool, facts, clock, log });
  const batcher = new Batcher({ gateway: gateway.id, spool, clock, onSpooled: () => publisher.wake() });
  const poller = new Poller({ clock, log, deliver: (samples) => batcher.add(samples) });
  const stop = new AbortController();
  const running = Promise.all([poller.run(polled, stop.signal), batcher.run(stop.signal), publisher.run(stop.signal)]);
  running.catch((error) => log.error({ event: 'gateway_failed', err: error }, 'gateway failed'));
  return {
    poller,
    publisher,
    async stop() {
      stop.abort();
      await close(); // first the devices, so that no read outlives its bus
      await running;
      batcher.flush();
      await publisher.close();
      spool.close();
    },
  };
}

/** What is known about a gateway's series before any device was met. */
export function describeSeries(options: Described): SeriesFacts[] {
  return openConnections(options, () => undefined).polled.flatMap(({ source }) => source.facts());
}

type Described = Pick<GatewayOptions, 'site' | 'gateway' | 'dataFolder' | 'clock'>;

function openConnections(
  { site, gateway, dataFolder, clock }: Described,
  onFacts: () => void,
): {
  polled: Polled[];
  close: () => Promise<void>;
} {
  const polled: Polled[] = [];
  const closers: (() => void | Promise<void>)[] = [];
  for (const connection of gateway.connections) {
    const meters = site.meters.filter((meter) => meter.connection === connection.id);
    const { sourceOf, close } = open(connection, join(dataFolder, 'pki'), clock, onFacts);
    closers.push(close);
    for (const meter of meters) polled.push({ source: sourceOf(meter), periods: connection.poll });
  }
  return {
    polled,
    close: async () => {
      await Promise.all(closers.map((close) => close()));
    },
  };
}

type Opened = { sourceOf: (meter: MeterConfig) => Source; close: () => void | Promise<void> };

function open(
  { id, protocol, endpoint, timeout }: ConnectionConfig,
  pkiFolder: string,
  clock: Clock,
  onFacts: () => void,
): Opened {
  if (endpoint === 'sim') {
    throw new Fault(
      'endpoint_simulated',
      {
        zh: `连接 ${id} 指向虚拟工厂（sim）；请用 tanbiao demo 启动，或填写设备的真实地址`,
        en: `connection ${id} points to the virtual plant (sim): start it with "tanbiao demo", or give the device's real address`,
      },
      { exitCode: exitCodes.configuration },
    );
  }
  switch (protocol) {
    case 'modbus-tcp': {
      const { hostname: host, port } = new URL(endpoint);
      const bus = new ModbusBus({ host, port: Number(port), timeout, clock });
      return {
        sourceOf: ({ id: meter, unit = 1, template = '' }) =>
          new ModbusSource({ meter, unit, template: loadTemplate(template), bus, clock, onFacts }),
        close: () => bus.close(),
      };
    }
    case 'opcua': {
      const server = new OpcuaConnection({ endpoint, timeout, clock, pkiFolder });
      return {
        sourceOf: ({ id: meter, nodes = {} }) => new OpcuaSource({ meter, nodes, connection: server, clock }),
        close: () => server.close(),
      };
    }
  }
}
