// Owns opening a site's store and ledger to ask them, where no other process holds their files.
import { join } from 'node:path';
import { Calendar } from '../core/calendar.ts';
import { systemClock } from '../core/clock.ts';
import type { Site } from '../core/config/site.ts';
import { correctedStore } from '../core/corrections.ts';
import type { Ledger } from '../core/ledger.ts';
import type { Store } from '../core/store.ts';
import { type Scorer, startScoring } from '../scoring/main.ts';
import { importLedgerFile } from '../store/ledger/import-file.ts';
import { SqliteLedger } from '../store/ledger/sqlite-ledger.ts';
import { openStore, refuseWithoutData } from './open-store.ts';

export type OpenFiles = { store: Store; ledger: Ledger; scorer: Scorer; close(): Promise<void> };

/** `score`: where it is done, if not beside everything else. */
export async function openFiles(
  site: Site,
  dataFolder: string,
  score: (grounds: Parameters<typeof startScoring>[0]) => Scorer & { stop?(): Promise<void> } = startScoring,
): Promise<OpenFiles> {
  refuseWithoutData(site, dataFolder);
  const { store } = await openStore(site, dataFolder, { name: 'reader', now: systemClock.now });
  const ledger = new SqliteLedger(join(dataFolder, 'ledger.sqlite'));
  importLedgerFile(ledger, site.folder, systemClock.now());
  const scorer = score({ site, store, ledger, clock: systemClock });
  return {
    store: correctedStore(store, ledger, new Calendar(site.timezone)),
    ledger,
    scorer,
    async close() {
      await scorer.stop?.();
      ledger.close();
      await store.close();
    },
  };
}
