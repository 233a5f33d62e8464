// Owns which store a site has: the embedded one in its data folder, or an InfluxDB that somebody keeps.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../core/clock.ts';
import type { Site } from '../core/config/site.ts';
import { exitCodes, Fault } from '../core/fault.ts';
import type { Log } from '../core/log.ts';
import type { Successor } from '../core/store.ts';
import type { InfluxAddress } from '../store/influx/influx-client.ts';
import type { InfluxOptions, InfluxStore } from '../store/influx/influx-store.ts';

type InfluxConfig = Extract<Site['store'], { kind: 'influxdb' }>;

export type OpenedStore = {
  store: Successor;
  /** What the store needs done beside the readings, until the signal. */
  tend(clock: Clock, log: Log, signal: AbortSignal): Promise<void>;
};

/** Only the store that is used is loaded. `shared`: other processes write to it, too. */
export async function openStore(
  site: Site,
  dataFolder: string,
  shared?: InfluxOptions['shared'],
): Promise<OpenedStore> {
  if (site.store.kind === 'influxdb')
    return { store: await openInflux(influxAddress(site.store), site.site, shared), tend: async () => undefined };
  const { DuckdbStore } = await import('../store/duckdb/duckdb-store.ts');
  const store = await DuckdbStore.open(join(dataFolder, 'store'));
  const forget = async (clock: Clock, log: Log, signal: AbortSignal) => {
    const { applyRetention } = await import('./retention.ts');
    for (const gone of await applyRetention({ site, dataFolder, store, now: clock.now(), signal }))
      log.info({ event: 'readings_forgotten', ...gone }, 'readings past their time deleted');
  };
  return {
    store,
    tend: (clock, log, signal) => store.keepCompact(clock, log, signal, () => forget(clock, log, signal)),
  };
}

export function influxAddress({ kind: _, database, bucket = '', org = '', ...address }: InfluxConfig): InfluxAddress {
  return { ...address, database: database ?? bucket, bucket, org };
}

export async function openInflux(
  address: InfluxAddress,
  site: string,
  shared: InfluxOptions['shared'],
): Promise<InfluxStore> {
  const { InfluxStore } = await import('../store/influx/influx-store.ts');
  return InfluxStore.open({ ...address, site, shared });
}

/** For commands that ask: nothing is made where nothing is. */
export function refuseWithoutData(site: Site, dataFolder: string): void {
  if (site.store.kind !== 'duckdb' || existsSync(join(dataFolder, 'store'))) return;
  throw new Fault(
    'data_missing',
    {
      zh: `${dataFolder} 中没有数据：先启动站点（tanbiao up 或 demo），或用 --data 指定文件夹`,
      en: `there are no data in ${dataFolder}: start the site first (tanbiao up or demo), or name the folder with --data`,
    },
    { exitCode: exitCodes.unavailable },
  );
}
