// Owns the commands that run one service in a process of its own, against an external broker or the one of `tanbiao ingest`.

import { hostname } from 'node:os';
import type { Command } from 'commander';
import type { BrokerAddress } from '../../core/broker-link.ts';
import { sha256 } from '../../core/canonical.ts';
import { aborted, systemClock } from '../../core/clock.ts';
import type { Site } from '../../core/config/site.ts';
import { exitCodes, Fault } from '../../core/fault.ts';
import { idPattern } from '../../core/sample.ts';
import type { RunningGateway } from '../../gateway/main.ts';
import { loadCredentials } from '../../ingest/credentials.ts';
import { notShared } from '../../ingest/sharing.ts';
import type { InfluxAddress } from '../../store/influx/influx-client.ts';
import { type Context, contextOf, refuseSimulated, type SiteOptions, siteOptions } from '../context.ts';
import { untilSignalled } from '../lifetime.ts';
import { influxAddress, openInflux } from '../open-store.ts';
import { printEntry } from '../print-entry.ts';
import { announceRunning, whoRuns } from '../running.ts';
import { software } from '../software.ts';

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
  ingest.option(
    '--share <group>',
    'be one of several that share the readings; needs an external broker, a store in InfluxDB, and one "tanbiao slots"',
  );
  siteOptions(ingest).action(({ share, ...options }: SiteOptions & { share?: string }) =>
    share === undefined ? runIngest(contextOf(options)) : runWorker(contextOf(options), share),
  );

  const slots = program
    .command('slots')
    .description('Makes the slots of what several "tanbiao ingest --share" store. One for a site.');
  siteOptions(slots).action((options: SiteOptions) => runSlots(contextOf(options)));

  const scoring = program
    .command('scoring')
    .description('Scores the last closed year and the running one against every standard of the site.');
  siteOptions(scoring).action((options: SiteOptions) => runScoring(contextOf(options)));

  const dashboards = program
    .command('dashboards')
    .description(
      'Serves the page over the store. Over InfluxDB it also seals closed years and makes the planned reports: one for a site.',
    )
    .option('--port <port>', "the page's port; 0 takes any");
  siteOptions(dashboards).action((options: SiteOptions & { port?: string }) =>
    runDashboards(contextOf(options), options.port),
  );
}

async function runGateways({ site, dataFolder, log }: Context, only: string | undefined): Promise<void> {
  refuseSimulated(site);
  const chosen = site.gateways.filter(({ id }) => only === undefined || id === only);
  if (chosen.length === 0) {
    const known = site.gateways.map(({ id }) => id).join(', ');
    throw new Fault(
      'gateway_unknown',
      { zh: `没有网关 “${only}”；已有：${known}`, en: `there is no gateway "${only}"; there are: ${known}` },
      { exitCode: exitCodes.configuration },
    );
  }
  const [{ startGateway }, { followSite }] = await Promise.all([
    import('../../gateway/main.ts'),
    import('../follow-site.ts'),
  ]);
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
  const gateways = new Map(chosen.map(({ id }, index) => [id, running[index] as RunningGateway]));
  const unfollow = followSite({ site, gateways, place: (same) => same, log });
  console.error(`tanbiao: reading ${chosen.map(({ id }) => id).join(', ')} of ${site.site}`);
  await aborted(signal);
  await unfollow();
  await Promise.all(running.map((gateway) => gateway.stop()));
}

async function runIngest({ site, dataFolder, log }: Context): Promise<void> {
  const [{ startChain }, { actionsOf, startControl }] = await Promise.all([
    import('../chain.ts'),
    import('../control.ts'),
  ]);
  const signal = untilSignalled();
  const chain = await startChain(site, dataFolder, systemClock, log);
  const { url } = chain.brokerFor('');
  const control = await startControl(dataFolder, actionsOf(site, dataFolder, chain));
  const takeBack = announceRunning(dataFolder, { broker: url, control: control.url });
  console.error(`tanbiao: ingest of ${site.site} at ${url}`);
  await aborted(signal);
  takeBack();
  control.stop();
  await chain.stop();
}

async function runWorker({ site, dataFolder, log }: Context, share: string): Promise<void> {
  const address = sharedStore(site);
  if (site.broker.kind === 'embedded') throw notShared('embedded');
  if (!idPattern.test(share))
    throw new Fault(
      'share_invalid',
      { zh: `--share 的名称 “${share}” 不合法`, en: `"${share}" is not a name for --share` },
      { exitCode: exitCodes.configuration },
    );
  const { startWorker } = await import('../../ingest/main.ts');
  const signal = untilSignalled();
  const store = await openInflux(address, site.site, writerIn(dataFolder));
  const worker = startWorker({ site, dataFolder, broker: site.broker, store, clock: systemClock, log, share });
  try {
    await worker.ready;
    console.error(`tanbiao: one of those who share the readings of ${site.site} as ${share}`);
    await aborted(signal);
  } finally {
    await worker.stop();
    await store.close();
  }
}

async function runSlots({ site, dataFolder, log }: Context): Promise<void> {
  const address = sharedStore(site);
  const { startSlotKeeper } = await import('../../ingest/main.ts');
  const signal = untilSignalled();
  const store = await openInflux(address, site.site, writerIn(dataFolder));
  const keeper = await startSlotKeeper({ site, dataFolder, store, clock: systemClock, log });
  console.error(`tanbiao: slots of ${site.site}`);
  await aborted(signal);
  await keeper.stop();
  await store.close();
}

async function runScoring({ site, dataFolder, language }: Context): Promise<void> {
  const [{ openFiles }, { printScore }, { Calendar }] = await Promise.all([
    import('../open-files.ts'),
    import('../print-score.ts'),
    import('../../core/calendar.ts'),
  ]);
  const files = await openFiles(site, dataFolder);
  const year = new Calendar(site.timezone).yearOf(systemClock.now());
  for (const pack of site.packs) {
    for (const one of [year - 1, year]) console.log(`${printScore(await files.scorer.score(pack, one), language)}\n`);
  }
  await files.close();
}

async function runDashboards({ site, dataFolder, language, log }: Context, port: string | undefined): Promise<void> {
  const [{ openFiles }, { startDashboards }, { keepPlant }, { startScoringThread }] = await Promise.all([
    import('../open-files.ts'),
    import('../../dashboards/main.ts'),
    import('../keeping.ts'),
    import('../../scoring/thread.ts'),
  ]);
  const broker = brokerOf(site, dataFolder, 'dashboards');
  const signal = untilSignalled();
  const files = await openFiles(site, dataFolder, startScoringThread);
  const shop = { site, dataFolder, store: files.store, ledger: files.ledger, clock: systemClock, software };
  const chosen = port === undefined ? site.page.port : Number(port);
  const running = await startDashboards({
    site,
    store: files.store,
    scorer: files.scorer,
    ledger: files.ledger,
    snapshots: shop,
    broker,
    dataFolder,
    port: chosen,
    clock: systemClock,
    log,
  });
  console.error(`tanbiao: page of ${site.site}`);
  console.error(printEntry(running)[language].join('\n'));
  // Ledger, snapshots and key are in this data folder. An embedded store belongs to the process that runs the whole plant, and so does this.
  const endKeeping = site.store.kind === 'influxdb' ? keepPlant(shop, files.scorer, log) : undefined;
  await aborted(signal);
  await running.stop();
  await endKeeping?.();
  await files.close();
}

/** A data folder belongs to one worker, so it names it, also after a restart. */
const writerIn = (dataFolder: string) => ({
  name: sha256(`${hostname()} ${dataFolder}`).slice(0, 8),
  now: systemClock.now,
});

function sharedStore({ store }: Site): InfluxAddress {
  if (store.kind === 'influxdb') return influxAddress(store);
  throw new Fault(
    'store_not_shared',
    {
      zh: '内置存储只属于一个进程：多个 ingest 需要 InfluxDB（site.yaml 中的 store）',
      en: 'the embedded store belongs to one process: several need an InfluxDB (store in site.yaml)',
    },
    { exitCode: exitCodes.configuration },
  );
}

export function brokerOf(site: Site, dataFolder: string, name: string): BrokerAddress {
  if (site.broker.kind === 'external') return site.broker;
  let known = whoRuns(dataFolder)?.broker;
  if (known === undefined) {
    throw new Fault(
      'broker_missing',
      {
        zh: '内置消息代理没有运行：先启动 tanbiao ingest，或在 site.yaml 中配置外部 broker',
        en: 'the embedded broker is not running: start "tanbiao ingest" first, or name an external broker in site.yaml',
      },
      { exitCode: exitCodes.unavailable },
    );
  }
  return {
    /** Asked for every session: the embedded broker listens at another port after each start. */
    get url() {
      known = whoRuns(dataFolder)?.broker ?? known;
      return known ?? '';
    },
    username: name,
    password: loadCredentials(dataFolder, [name])[name] ?? '',
  };
}
