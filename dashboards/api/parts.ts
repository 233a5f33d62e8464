// Owns what the routes of the API work with.
import type { Clock } from '../../core/clock.ts';
import type { Site } from '../../core/config/site.ts';
import type { Ledger } from '../../core/ledger.ts';
import type { Log } from '../../core/log.ts';
import type { Store } from '../../core/store.ts';
import type { RateFactors } from '../../scoring/carbon-rate.ts';
import type { Scorer } from '../../scoring/main.ts';
import type { Workshop } from '../../snapshot/make.ts';
import type { Access } from '../access/access.ts';
import type { Alarms } from '../alarms/main.ts';
import type { Entry } from './entry.ts';
import type { Live } from './live.ts';

export type ApiParts = {
  site: Site;
  store: Store;
  scorer: Scorer;
  ledger: Ledger;
  /** Where files that people upload are kept. */
  dataFolder: string;
  /** What snapshots and reports are made with: readings as they were stored, and the ledger. */
  snapshots: Workshop;
  live: Live;
  alarms: Alarms;
  access: Access;
  entry: Entry;
  factors: RateFactors;
  clock: Clock;
  log: Log;
};
