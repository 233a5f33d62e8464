// Owns the order in which the parts of one process start and stop: store, broker, ingest, then those who send and show.
import type { BrokerAddress } from '../core/broker-link.ts';
import type { Clock } from '../core/clock.ts';
import type { Site } from '../core/config/site.ts';
import type { Log } from '../core/log.ts';
import type { Store } from '../core/store.ts';
import { startBroker } from '../ingest/broker.ts';
import { loadCredentials } from '../ingest/credentials.ts';
import { importGateway } from '../ingest/import/send-readings.ts';
import { type RunningIngest, startIngest } from '../ingest/main.ts';
import { historyGateway } from './fill.ts';
import { openStore } from './open-store.ts';

/** The broker as a gateway or service sees it. */
export type BrokerFor = (name: string) => BrokerAddress;

export type Chain = {
  store: Store;
  ingest: RunningIngest;
  brokerFor: BrokerFor;
  stop(): Promise<void>;
};

export async function startChain(site: Site, dataFolder: string, clock: Clock, log: Log): Promise<Chain> {
  const { store, tend } = await openStore(site, dataFolder);
  const { brokerFor, close } = await openBroker(site, dataFolder, log);
  const ingest = await startIngest({ site, dataFolder, broker: brokerFor('ingest'), store, clock, log });
  await ingest.ready;
  const stop = new AbortController();
  const tending = tend(clock, log, stop.signal);
  return {
    store,
    ingest,
    brokerFor,
    async stop() {
      await ingest.stop();
      await close();
      stop.abort();
      await store.close();
      await tending;
    },
  };
}

async function openBroker(
  site: Site,
  dataFolder: string,
  log: Log,
): Promise<{ brokerFor: BrokerFor; close(): Promise<void> }> {
  if (site.broker.kind === 'external') {
    const { kind: _, ...broker } = site.broker;
    return { brokerFor: () => broker, close: async () => undefined };
  }
  const gateways = [...site.gateways.map(({ id }) => id), historyGateway, importGateway];
  const credentials = loadCredentials(dataFolder, [...gateways, 'ingest', 'dashboards']);
  const broker = await startBroker({ site: site.site, gateways, credentials, log });
  return {
    brokerFor: (name) => ({ url: broker.url, username: name, password: credentials[name] ?? '' }),
    close: () => broker.close(),
  };
}
