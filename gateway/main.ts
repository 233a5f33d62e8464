// Composition root of a gateway: its connections and meters become sources, read by a poller, spooled and published.
import { join } from 'node:path';
import type { BrokerAddress } from '../core/broker-link.ts';
import type { Clock } from '../core/clock.ts';
import type { Site } from '../core/config/site.ts';
import type { GatewayConfig } from '../core/config/site-schema.ts';
import { type Log, silentLog } from '../core/log.ts';
import type { Sample, SeriesFacts } from '../core/sample.ts';
import { Batcher, encodeLosses } from './batcher.ts';
import { Connections } from './connections.ts';
import { Follower } from './follow.ts';
import { Memory } from './memory.ts';
import { Poller } from './poller.ts';
import { Publisher } from './publisher.ts';
import type { Source } from './source.ts';
import { Spool } from './spool.ts';
import { SpoolBounds, spoolFile } from './spool-bounds.ts';
import { SteadyClock } from './steady-clock.ts';

export type GatewayOptions = {
  site: Site;
  gateway: GatewayConfig;
  dataFolder: string;
  broker: BrokerAddress;
  clock: Clock;
  log: Log;
};

export type RunningGateway = {
  poller: Poller;
  publisher: Publisher;
  /** Takes over another configuration: what did not change goes on without missing a tick. */
  apply(site: Site, gateway: GatewayConfig): Promise<void>;
  stop(): Promise<void>;
};

export function startGateway(options: GatewayOptions): RunningGateway {
  const { site, gateway, dataFolder, broker, log } = options;
  const file = spoolFile(dataFolder, gateway.id);
  const spool = new Spool(file, options.clock.now());
  const clock = new SteadyClock(options.clock, spool.newest);
  const connections = openConnections({ ...options, clock }, () => publisher.announce());
  connections.apply(site, gateway);
  const facts = () => connections.facts();
  const publisher = new Publisher({ site: site.site, gateway: gateway.id, broker, spool, facts, clock, log });
  const bounds = new SpoolBounds({
    spool,
    file,
    bounds: gateway.spool,
    clock,
    log,
    encode: encodeLosses(gateway.id),
    sparing: () => publisher.inFlight,
  });
  const batcher = new Batcher({ gateway: gateway.id, spool, bounds, clock, log, onSpooled: () => publisher.wake() });
  const deliver = (samples: readonly Sample[]) => batcher.add(samples);
  const poller = new Poller({ clock, log, deliver });
  const follower = new Follower({ clock, log, deliver });
  const stop = new AbortController();
  const parts = [poller, follower, batcher, publisher].map((part) => part.run(stop.signal));
  const running = Promise.all(parts);
  running.catch((error) => log.error({ event: 'gateway_failed', err: error }, 'gateway failed'));
  const setSources = async (isWanted: (source: Source) => boolean = () => true) => {
    const wanted = ({ source }: { source: Source }) => isWanted(source);
    await Promise.all([
      poller.set(connections.polled().filter(wanted)),
      follower.set(connections.pushed().filter(wanted)),
    ]);
  };
  void setSources();
  return {
    poller,
    publisher,
    async apply(newSite, newGateway) {
      const before = new Set(connections.sources());
      const closeGone = connections.apply(newSite, newGateway);
      await setSources((source) => before.has(source));
      await closeGone(); // before its successor: a device may serve one client only
      await setSources();
      publisher.announce();
    },
    async stop() {
      stop.abort();
      await connections.close(); // first the devices, so that no read outlives its bus
      await Promise.allSettled(parts);
      batcher.flush(); // also when something of ours failed: what was read is kept
      await publisher.close();
      spool.close();
      await running;
    },
  };
}

/** What is known about a gateway's series before any device was met. */
export function describeSeries(options: Described): SeriesFacts[] {
  const connections = openConnections({ ...options, log: silentLog }, () => undefined);
  connections.apply(options.site, options.gateway);
  return connections.facts();
}

type Described = Pick<GatewayOptions, 'site' | 'gateway' | 'dataFolder' | 'clock'>;

function openConnections(
  { gateway, dataFolder, clock, log }: Described & { log: Log },
  onFacts: () => void,
): Connections {
  const memory = new Memory(join(dataFolder, 'gateway', `${gateway.id}.json`), log);
  return new Connections({ pkiFolder: join(dataFolder, 'pki'), clock, log, memory, onFacts });
}
