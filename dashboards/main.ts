// Composition root of the dashboards: the live picture, the API and the page.
import type { BrokerAddress } from '../core/broker-link.ts';
import type { Clock } from '../core/clock.ts';
import type { Site } from '../core/config/site.ts';
import type { Log } from '../core/log.ts';
import type { Store } from '../core/store.ts';
import { rateFactors } from '../scoring/carbon-rate.ts';
import type { Scorer } from '../scoring/main.ts';
import type { Workshop } from '../snapshot/make.ts';
import { Access } from './access/access.ts';
import { Entry } from './api/entry.ts';
import { Live } from './api/live.ts';
import { createApi, listen } from './api/server.ts';

export type DashboardsOptions = {
  site: Site;
  store: Store;
  scorer: Scorer;
  snapshots: Workshop;
  broker: BrokerAddress;
  dataFolder: string;
  port: number;
  clock: Clock;
  log: Log;
};

export type RunningDashboards = {
  url: string;
  live: Live;
  access: Access;
  /** Whether everybody at this machine reads without signing in. */
  isOpen: boolean;
  stop(): Promise<void>;
};

export async function startDashboards({
  site,
  store,
  scorer,
  snapshots,
  broker,
  dataFolder,
  port,
  clock,
  log,
}: DashboardsOptions): Promise<RunningDashboards> {
  const factors = rateFactors(site, clock.now());
  const entry = new Entry(site);
  const access = new Access(dataFolder, clock);
  let live: Live | undefined;
  try {
    live = new Live({ site, broker, latest: await store.latest(), factors, clock, log });
    const following = live;
    const api = createApi({ site, store, scorer, snapshots, live, access, entry, factors, clock, log });
    const server = await listen(api, site.page, port);
    return {
      url: server.url,
      live,
      access,
      isOpen: entry.isOpen,
      async stop() {
        await following.close();
        await server.close();
        access.close();
      },
    };
  } catch (error) {
    await live?.close();
    access.close();
    throw error;
  }
}
