// Composition root of the dashboards: the live picture, the alarms, the API and the page.
import type { BrokerAddress } from '../core/broker-link.ts';
import { readCertificates } from '../core/certificate.ts';
import type { Clock } from '../core/clock.ts';
import type { Site } from '../core/config/site.ts';
import { Fault } from '../core/fault.ts';
import type { Ledger } from '../core/ledger.ts';
import type { Log } from '../core/log.ts';
import type { Store } from '../core/store.ts';
import { rateFactors } from '../scoring/carbon-rate.ts';
import type { Scorer } from '../scoring/main.ts';
import type { Workshop } from '../snapshot/make.ts';
import { Access } from './access/access.ts';
import { Alarms } from './alarms/main.ts';
import type { Refusals } from './alarms/slow-facts.ts';
import { commandDoor } from './api/command-door.ts';
import { Entry } from './api/entry.ts';
import { Live } from './api/live.ts';
import type { ApiParts } from './api/parts.ts';
import { createApi, listen, type RunningServer } from './api/server.ts';

export type DashboardsOptions = {
  site: Site;
  store: Store;
  scorer: Scorer;
  ledger: Ledger;
  snapshots: Workshop;
  dataFolder: string;
  broker: BrokerAddress;
  /** With it the commands of this machine read without a session, at an address of their own. */
  commandSecret?: string;
  port: number;
  /** Where ingest runs in the same process. */
  refusals?: Refusals;
  clock: Clock;
  log: Log;
};

export type RunningDashboards = {
  url: string;
  live: Live;
  alarms: Alarms;
  access: Access;
  /** Where commands ask. */
  forCommands: string | undefined;
  /** Whether everybody at this machine reads without signing in. */
  isOpen: boolean;
  stop(): Promise<void>;
};

export async function startDashboards({
  site,
  store,
  scorer,
  ledger,
  snapshots,
  dataFolder,
  broker,
  commandSecret,
  port,
  refusals,
  clock,
  log,
}: DashboardsOptions): Promise<RunningDashboards> {
  const factors = rateFactors(site, clock.now(), ledger.current());
  const entry = new Entry(site);
  tellOfCertificate(site.page.tls, clock.now(), log);
  const access = new Access(dataFolder, clock);
  const closers: (() => Promise<void> | void)[] = [() => access.close()];
  const stop = async () => {
    for (const close of closers.splice(0).reverse()) await close();
  };
  try {
    const live = new Live({ site, broker, latest: await store.latest(), factors, clock, log });
    closers.push(() => live.close());
    const alarms = new Alarms({ site, dataFolder, store, live, refusals, clock, log });
    closers.push(() => alarms.stop());
    live.alarms = (now) => alarms.watch.tally(now);
    const parts = {
      site,
      store,
      scorer,
      ledger,
      snapshots,
      dataFolder,
      live,
      alarms,
      access,
      entry,
      factors,
      clock,
      log,
    };
    const server = await listen(createApi(parts), site.page, port);
    closers.push(() => server.close());
    const commands = commandSecret === undefined ? undefined : await listenForCommands(parts, commandSecret);
    if (commands !== undefined) closers.push(() => commands.close());
    alarms.start();
    return { url: server.url, live, alarms, access, forCommands: commands?.url, isOpen: entry.isOpen, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Commands come neither through the proxy nor with a name: they have a loopback of their own. */
function listenForCommands(parts: ApiParts, secret: string): Promise<RunningServer> {
  const page = { ...parts.site.page, host: '127.0.0.1', tls: undefined, behindProxy: undefined };
  const entry = new Entry({ site: parts.site.site, page });
  return listen(createApi({ ...parts, entry }, commandDoor(secret)), page, 0);
}

/** A page with a certificate that ran out is warned of by every browser; a plant that does not start loses readings. */
function tellOfCertificate(tls: Site['page']['tls'], now: number, log: Log): void {
  if (tls === undefined) return;
  try {
    for (const { zh, en } of readCertificates(tls, now).warnings) log.warn({ event: 'certificate_ending', zh }, en);
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    log.error({ event: error.code, zh: error.text.zh }, error.text.en);
  }
}
