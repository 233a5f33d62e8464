// Composition root of the dashboards: the live picture, the API and the page.
import type { BrokerAddress } from '../core/broker-link.ts';
import type { Clock } from '../core/clock.ts';
import type { Site } from '../core/config/site.ts';
import type { Log } from '../core/log.ts';
import type { Store } from '../core/store.ts';
import { rateFactors } from '../scoring/carbon-rate.ts';
import type { Scorer } from '../scoring/main.ts';
import { Live } from './api/live.ts';
import { createApi, listen } from './api/server.ts';

export type DashboardsOptions = {
  site: Site;
  store: Store;
  scorer: Scorer;
  broker: BrokerAddress;
  port: number;
  clock: Clock;
  log: Log;
};

export type RunningDashboards = { url: string; live: Live; stop(): Promise<void> };

export async function startDashboards({
  site,
  store,
  scorer,
  broker,
  port,
  clock,
  log,
}: DashboardsOptions): Promise<RunningDashboards> {
  const factors = rateFactors(site, clock.now());
  const live = new Live({ site, broker, latest: await store.latest(), factors, clock, log });
  try {
    const server = await listen(createApi({ site, store, scorer, live, factors, clock, log }), port);
    return {
      url: server.url,
      live,
      async stop() {
        await live.close();
        await server.close();
      },
    };
  } catch (error) {
    await live.close();
    throw error;
  }
}
