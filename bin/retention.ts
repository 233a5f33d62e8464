// Owns applying a site's retention to its store: what is past its time goes, unless a sealed snapshot cites it.
import { join } from 'node:path';
import { Calendar } from '../core/calendar.ts';
import type { Site } from '../core/config/site.ts';
import { citedIn, mayGo } from '../core/retention.ts';
import type { DuckdbStore, Gone } from '../store/duckdb/duckdb-store.ts';
import { SqliteLedger } from '../store/ledger/sqlite-ledger.ts';

export async function applyRetention(options: {
  site: Site;
  dataFolder: string;
  store: DuckdbStore;
  now: number;
  signal: AbortSignal;
}): Promise<Gone[]> {
  const { site, dataFolder, store, now, signal } = options;
  if (Object.values(site.retention).every((kept) => kept === undefined)) return [];
  const ledger = new SqliteLedger(join(dataFolder, 'ledger.sqlite'));
  try {
    const cited = citedIn(ledger.history(), new Calendar(site.timezone));
    return await store.forget(mayGo(site.retention, cited, now), now, signal);
  } finally {
    ledger.close();
  }
}
