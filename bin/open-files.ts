// Owns opening a site's store and ledger from their files, where no other process holds them.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '../core/clock.ts';
import type { Site } from '../core/config/site.ts';
import { exitCodes, Fault } from '../core/fault.ts';
import type { Ledger } from '../core/ledger.ts';
import type { Store } from '../core/store.ts';
import { type Scorer, startScoring } from '../scoring/main.ts';
import { DuckdbStore } from '../store/duckdb/duckdb-store.ts';
import { importLedgerFile } from '../store/ledger/import-file.ts';
import { SqliteLedger } from '../store/ledger/sqlite-ledger.ts';

export type OpenFiles = { store: Store; ledger: Ledger; scorer: Scorer; close(): Promise<void> };

export async function openFiles(site: Site, dataFolder: string): Promise<OpenFiles> {
  const folder = join(dataFolder, 'store');
  if (!existsSync(folder)) {
    throw new Fault(
      'data_missing',
      {
        zh: `${dataFolder} 中没有数据：先启动站点（tanbiao up 或 demo），或用 --data 指定文件夹`,
        en: `there are no data in ${dataFolder}: start the site first (tanbiao up or demo), or name the folder with --data`,
      },
      { exitCode: exitCodes.unavailable },
    );
  }
  const store = await DuckdbStore.open(folder);
  const ledger = new SqliteLedger(join(dataFolder, 'ledger.sqlite'));
  importLedgerFile(ledger, site.folder, systemClock.now());
  return {
    store,
    ledger,
    scorer: startScoring({ site, store, ledger, clock: systemClock }),
    async close() {
      ledger.close();
      await store.close();
    },
  };
}
