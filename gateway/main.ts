// Composition root of a gateway: its connections and meters become sources, read by a poller, spooled and published.
import { join } from 'node:path';
import type { BrokerAddress } from '../core/broker-link.ts';
import type { Clock } from '../core/clock.ts';
import type { Site } from '../core/config/site.ts';
import type { GatewayConfig } from '../core/config/site-schema.ts';
import type { Log } from '../core/log.ts';
import type { SeriesFacts } from '../core/sample.ts';
import { Batcher } from './batcher.ts';
import { openConnection } from './connection.ts';
import { Memory } from './memory.ts';
import { type Polled, Poller } from './poller.ts';
import { Publisher } from './publisher.ts';
import { Spool } from './spool.ts';

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

function openConnections({ site, gateway, dataFolder, clock }: Described, onFacts: () => void): Opened {
  const memory = new Memory(join(dataFolder, 'gateway', `${gateway.id}.json`));
  const opened = gateway.connections.map((connection) => {
    const meters = site.meters.filter((meter) => meter.connection === connection.id);
    const { sourceOf, close } = openConnection(connection, {
      pkiFolder: join(dataFolder, 'pki'),
      clock,
      memory,
      onFacts,
    });
    return { polled: meters.map((meter) => ({ source: sourceOf(meter), periods: connection.poll })), close };
  });
  return {
    polled: opened.flatMap(({ polled }) => polled),
    close: async () => {
      await Promise.all(opened.map(({ close }) => close()));
    },
  };
}

type Opened = { polled: Polled[]; close: () => Promise<void> };
