// Composition root of one whole plant in one process: chain, virtual plant and its past if it has one, gateways, page.
import { join } from 'node:path';
import { Calendar, slotLength } from '../core/calendar.ts';
import { type Clock, systemClock } from '../core/clock.ts';
import { correctedStore } from '../core/corrections.ts';
import type { Ledger } from '../core/ledger.ts';
import type { Store } from '../core/store.ts';
import { type RunningDashboards, startDashboards } from '../dashboards/main.ts';
import { describeSeries, type RunningGateway, startGateway } from '../gateway/main.ts';
import { type Scorer, startScoring } from '../scoring/main.ts';
import { startScoringThread } from '../scoring/thread.ts';
import { History } from '../simulators/history.ts';
import { type RunningPlant, startPlant } from '../simulators/main.ts';
import { importLedgerFile } from '../store/ledger/import-file.ts';
import { SqliteLedger } from '../store/ledger/sqlite-ledger.ts';
import { type Chain, startChain } from './chain.ts';
import { type Context, isSimulated } from './context.ts';
import { actionsOf, secretOf, startControl } from './control.ts';
import { fillHistory, historyGateway } from './fill.ts';
import { followSite } from './follow-site.ts';
import { keepPlant } from './keeping.ts';
import { Progress } from './progress.ts';
import { announceRunning } from './running.ts';
import { software } from './software.ts';

export type RunOptions = {
  /** Fill the virtual plant's past up to here, then stop: no gateways, no page. */
  fillTo?: number;
  /** How far apart the readings of the past are; a quarter of an hour if not said. */
  step?: number;
  port?: number;
  clock?: Clock;
  signal: AbortSignal;
};

export type RunningSite = {
  store: Store;
  ledger: Ledger;
  scorer: Scorer;
  chain: Chain;
  plant: RunningPlant | undefined;
  gateways: RunningGateway[];
  dashboards: RunningDashboards | undefined;
  /** Readings that were filled in. */
  filled: number;
  stop(): Promise<void>;
};

export async function runSite(context: Context, options: RunOptions): Promise<RunningSite> {
  const { dataFolder, log } = context;
  const { signal, clock = systemClock, fillTo } = options;
  const closers: (() => Promise<void> | void)[] = [];
  const stop = async () => {
    const failures: unknown[] = [];
    for (const close of closers.splice(0).reverse())
      try {
        await close();
      } catch (error) {
        failures.push(error); // what is open beside it is closed all the same
      }
    if (failures.length > 0) throw failures[0];
  };
  try {
    // The virtual plant takes as long to come up as the store: they start side by side.
    const [started, simulated] = await Promise.allSettled([
      startChain(context.site, dataFolder, clock, log),
      isSimulated(context.site)
        ? startPlant(context.site, dataFolder, clock, { serves: fillTo === undefined })
        : undefined,
    ]);
    if (started.status === 'fulfilled') closers.push(() => started.value.stop());
    if (simulated.status === 'fulfilled') closers.push(() => simulated.value?.stop());
    const chain = settledValue(started);
    const plant = settledValue(simulated);
    const ledger = new SqliteLedger(join(dataFolder, 'ledger.sqlite'));
    closers.push(() => ledger.close());
    importLedgerFile(ledger, context.site.folder, clock.now());
    const grounds = { site: context.site, store: chain.store, ledger, clock };
    let scorer: Scorer;
    // Beside readings and pages a year is scored in a thread of its own; without them there is nobody to keep waiting.
    if (fillTo !== undefined) scorer = startScoring(grounds);
    else {
      const thread = startScoringThread(grounds);
      closers.push(() => thread.stop());
      scorer = thread;
    }

    const site = plant?.site ?? context.site;
    const filled = plant === undefined ? 0 : await fill(context, plant, chain, options);

    const live = fillTo === undefined && !signal.aborted;
    const gateways = !live
      ? []
      : site.gateways.map((gateway) =>
          startGateway({ site, gateway, dataFolder, broker: chain.brokerFor(gateway.id), clock, log }),
        );
    closers.push(async () => {
      await Promise.all(gateways.map((gateway) => gateway.stop()));
    });
    if (live) {
      const running = new Map(site.gateways.map(({ id }, index) => [id, gateways[index] as RunningGateway]));
      closers.push(followSite({ site: context.site, gateways: running, place: plant?.place ?? ((same) => same), log }));
    }
    const shop = { site: context.site, dataFolder, store: chain.store, ledger, clock, software };
    const port = options.port ?? site.page.port;
    const dashboards = live
      ? await startDashboards({
          site,
          dataFolder,
          store: correctedStore(chain.store, ledger, new Calendar(site.timezone)),
          scorer,
          ledger,
          snapshots: shop,
          broker: chain.brokerFor('dashboards'),
          commandSecret: secretOf(dataFolder),
          port,
          refusals: (since) => chain.ingest.refused.countsSince(since),
          clock,
          log,
        })
      : undefined;
    if (dashboards !== undefined) {
      closers.push(() => dashboards.stop());
      const control = await startControl(dataFolder, actionsOf(context.site, dataFolder, chain));
      closers.push(control.stop);
      const broker = chain.brokerFor('').url;
      closers.push(announceRunning(dataFolder, { answers: dashboards.forCommands, broker, control: control.url }));
    }
    if (live) closers.push(keepPlant(shop, scorer, log));
    return { store: chain.store, ledger, scorer, chain, plant, gateways, dashboards, filled, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function fill(
  { site, dataFolder, language, log }: Context,
  plant: RunningPlant,
  chain: Chain,
  { clock = systemClock, signal, fillTo, step = slotLength }: RunOptions,
): Promise<number> {
  const progress = new Progress({ zh: '填充历史', en: 'filling history' }, { zh: '个读数', en: 'readings' }, language);
  const facts = plant.site.gateways.flatMap((gateway) =>
    describeSeries({ site: plant.site, gateway, dataFolder, clock }),
  );
  const to = Math.min(fillTo ?? Number.POSITIVE_INFINITY, Math.floor(clock.now() / step) * step);
  const sent = await fillHistory({
    site,
    history: new History(site, plant.plant, plant.devices),
    facts,
    from: plant.plant.start,
    to,
    step,
    store: chain.store,
    broker: chain.brokerFor(historyGateway),
    clock,
    log,
    signal,
    onProgress: (done, total) => progress.update(done, total),
  });
  if (sent > 0) {
    progress.finish(sent);
    if (fillTo === undefined)
      console.error(
        language === 'zh'
          ? '正在汇总各日，随后启动网关与页面……'
          : 'Summing up the days; then the gateways and the page start …',
      );
  }
  await chain.ingest.rollUp.flush();
  return sent;
}

/** The moment up to which a year is complete: its last reading is the first of the next year. */
export const endOfYear = (context: Context, year: number): number => new Calendar(context.site.timezone).year(year).end;

function settledValue<T>(result: PromiseSettledResult<T>): T {
  if (result.status === 'fulfilled') return result.value;
  throw result.reason;
}
