// Owns what a plant does without being asked, beside its page: sealing closed years, planned reports, yearly figures for others.
import type { Log } from '../core/log.ts';
import type { Scorer } from '../scoring/main.ts';
import { keepSnapshots } from '../snapshot/keeper.ts';
import type { Workshop } from '../snapshot/make.ts';
import { keepReports } from '../snapshot/report/keeper.ts';
import { keepYearly } from './yearly.ts';

/** Until what it returns is called. For one process of a site: two would seal a year twice. */
export function keepPlant(shop: Workshop, scorer: Scorer, log: Log): () => Promise<void> {
  const ending = new AbortController();
  const { signal } = ending;
  const keeping = [
    keepSnapshots(shop, log, signal),
    keepYearly({ site: shop.site, store: shop.store, scorer }, shop.clock, log, signal),
    keepReports(shop, log, signal),
  ];
  return async () => {
    ending.abort();
    await Promise.all(keeping);
  };
}
