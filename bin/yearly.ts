// Owns keeping the yearly figures of a plant in its InfluxDB, where others' dashboards read them; the embedded store needs none of it.
import type { Clock } from '../core/clock.ts';
import type { Site } from '../core/config/site.ts';
import type { Log } from '../core/log.ts';
import type { Store } from '../core/store.ts';
import type { Scorer } from '../scoring/main.ts';
import { yearlyPoints } from '../scoring/yearly.ts';
import { influxAddress } from './open-store.ts';

type Figures = { site: Site; store: Pick<Store, 'slots'>; scorer: Scorer };

const every = 3_600_000;

export async function writeYearly({ site, store, scorer }: Figures): Promise<void> {
  if (site.store.kind !== 'influxdb') return;
  const [{ InfluxClient }, { putYearly }] = await Promise.all([
    import('../store/influx/influx-client.ts'),
    import('../store/influx/yearly.ts'),
  ]);
  const points = await yearlyPoints(site, store, scorer, { start: 0, end: Number.MAX_SAFE_INTEGER });
  await putYearly(new InfluxClient(influxAddress(site.store)), site.site, points);
}

/** Each hour, until the signal. What fails is tried again the next time: the figures can be computed from the store whenever it is there. */
export async function keepYearly(figures: Figures, clock: Clock, log: Log, signal: AbortSignal): Promise<void> {
  if (figures.site.store.kind !== 'influxdb') return;
  while (!signal.aborted) {
    try {
      await writeYearly(figures);
    } catch (error) {
      log.warn({ event: 'yearly_not_written', err: error }, 'yearly figures not written');
    }
    await clock.sleep(every, signal).catch(() => undefined); // rejects only when it is time to end
  }
}
