// Owns which store a site has: the embedded one in its data folder, or an InfluxDB that somebody keeps.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../core/clock.ts';
import type { Site } from '../core/config/site.ts';
import { exitCodes, Fault } from '../core/fault.ts';
import type { Log } from '../core/log.ts';
import type { Store } from '../core/store.ts';
import type { DuckdbStore } from '../store/duckdb/duckdb-store.ts';
import type { InfluxAddress } from '../store/influx/influx-client.ts';
import type { InfluxOptions, InfluxStore } from '../store/influx/influx-store.ts';

type InfluxConfig = Extract<Site['store'], { kind: 'influxdb' }>;

export type OpenedStore = {
  store: Store;
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

/** For what only the embedded store can do: an InfluxDB has tools of its own for it. */
export function embedded(site: Site, store?: Store): DuckdbStore {
  if (site.store.kind === 'duckdb') return store as DuckdbStore; // openStore opened it
  throw new Fault(
    'store_not_embedded',
    {
      zh: `${site.site} 的存储是 ${site.store.url} 上的 InfluxDB：备份与保留期限由该数据库自己的工具完成（influxd backup、retention policy）`,
      en: `the store of ${site.site} is the InfluxDB at ${site.store.url}: back it up and set how long it keeps with its own tools (influxd backup, retention policy)`,
    },
    { exitCode: exitCodes.configuration },
  );
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
