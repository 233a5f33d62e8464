// Owns the commands that run one service in a process of its own, against an external broker or the one of `tanbiao ingest`.
import { join } from 'node:path';
import type { Command } from 'commander';
import type { BrokerAddress } from '../../core/broker-link.ts';
import { Calendar } from '../../core/calendar.ts';
import { systemClock } from '../../core/clock.ts';
import type { GatewayConfig } from '../../core/config/site-schema.ts';
import { exitCodes, Fault } from '../../core/fault.ts';
import { startDashboards } from '../../dashboards/main.ts';
import { startGateway } from '../../gateway/main.ts';
import { loadCredentials } from '../../ingest/credentials.ts';
import { startScoring } from '../../scoring/main.ts';
import { DuckdbStore } from '../../store/duckdb/duckdb-store.ts';
import { importLedgerFile } from '../../store/ledger/import-file.ts';
import { SqliteLedger } from '../../store/ledger/sqlite-ledger.ts';
import { startChain } from '../chain.ts';
import { type Context, contextOf, type SiteOptions, siteOptions } from '../context.ts';
import { aborted, untilSignalled } from '../lifetime.ts';
import { printScore } from '../print-score.ts';
import { announceRunning, whoRuns } from '../running.ts';

export function addServices(program: Command): void {
  const gateway = program
    .command('gateway')
    .description("Reads the meters of a site's gateways, spools the readings, and publishes them.")
    .option('--gateway <id>', 'only this gateway of the site');
  siteOptions(gateway).action((options: SiteOptions & { gateway?: string }) =>
    runGateways(contextOf(options), options.gateway),
  );

  const ingest = program
    .command('ingest')
    .description(
      'Receives readings, stores them, acknowledges them, and keeps the slots. With an embedded broker it is the broker, too.',
    );
  siteOptions(ingest).action(async (options: SiteOptions) => {
    const { site, dataFolder, log } = contextOf(options);
    const signal = untilSignalled();
    const chain = await startChain(site, dataFolder, systemClock, log);
    const takeBack = announceRunning(dataFolder, { broker: chain.brokerFor('').url });
    console.error(`tanbiao: ingest of ${site.site} at ${chain.brokerFor('').url}`);
    await aborted(signal);
    takeBack();
    await chain.stop();
  });

  const scoring = program
    .command('scoring')
    .description('Scores the last closed year and the running one against every standard of the site.');
  siteOptions(scoring).action(async (options: SiteOptions) => {
    const { site, dataFolder, language } = contextOf(options);
    const { store, ledger, scorer, close } = await openForReading(site, dataFolder);
    const year = new Calendar(site.timezone).yearOf(systemClock.now());
    for (const pack of site.packs)
      for (const one of [year - 1, year]) console.log(`${printScore(await scorer.score(pack, one), language)}\n`);
    await close(store, ledger);
  });

  const dashboards = program
    .command('dashboards')
    .description('Serves the page over the store.')
    .option('--port <port>', "the page's port; 0 takes any");
  siteOptions(dashboards).action(async (options: SiteOptions & { port?: string }) => {
    const { site, dataFolder, log } = contextOf(options);
    const signal = untilSignalled();
    const { store, ledger, scorer, close } = await openForReading(site, dataFolder);
    const port = options.port === undefined ? site.page.port : Number(options.port);
    const running = await startDashboards({
      site,
      store,
      scorer,
      broker: brokerOf(site, dataFolder, 'dashboards'),
      port,
      clock: systemClock,
      log,
    });
    console.error(`tanbiao: page of ${site.site} at ${running.url} (this machine only, without a login)`);
    await aborted(signal);
    await running.stop();
    await close(store, ledger);
  });
}

async function runGateways({ site, dataFolder, log }: Context, only: string | undefined): Promise<void> {
  const chosen: GatewayConfig[] = site.gateways.filter(({ id }) => only === undefined || id === only);
  if (chosen.length === 0) {
    const known = site.gateways.map(({ id }) => id).join(', ');
    throw new Fault(
      'gateway_unknown',
      { zh: `没有网关 “${only}”；已有：${known}`, en: `there is no gateway "${only}"; there are: ${known}` },
      { exitCode: exitCodes.configuration },
    );
  }
  const signal = untilSignalled();
  const running = chosen.map((gateway) =>
    startGateway({
      site,
      gateway,
      dataFolder,
      broker: brokerOf(site, dataFolder, gateway.id),
      clock: systemClock,
      log,
    }),
  );
  console.error(`tanbiao: reading ${chosen.map(({ id }) => id).join(', ')} of ${site.site}`);
  await aborted(signal);
  await Promise.all(running.map((gateway) => gateway.stop()));
}

function brokerOf(site: Context['site'], dataFolder: string, name: string): BrokerAddress {
  if (site.broker.kind === 'external') return site.broker;
  const url = whoRuns(dataFolder)?.broker;
  if (url === undefined) {
    throw new Fault(
      'broker_missing',
      {
        zh: '内置消息代理没有运行：先启动 tanbiao ingest，或在 site.yaml 中配置外部 broker',
        en: 'the embedded broker is not running: start "tanbiao ingest" first, or name an external broker in site.yaml',
      },
      { exitCode: exitCodes.unavailable },
    );
  }
  return { url, username: name, password: loadCredentials(dataFolder, [name])[name] ?? '' };
}

async function openForReading(site: Context['site'], dataFolder: string) {
  const store = await DuckdbStore.open(join(dataFolder, 'store'));
  const ledger = new SqliteLedger(join(dataFolder, 'ledger.sqlite'));
  importLedgerFile(ledger, site.folder, systemClock.now());
  const scorer = startScoring({ site, store, ledger, clock: systemClock });
  const close = async (open: typeof store, book: typeof ledger) => {
    book.close();
    await open.close();
  };
  return { store, ledger, scorer, close };
}
