// Owns the health of the gateways: what each says of itself, what of it is stored, and what is missing among its numbers.
import type { Site } from '../../core/config/site.ts';
import { gapsOf, retriedEpoch } from '../../core/gaps.ts';
import type { Store } from '../../core/store.ts';
import type { GatewayHealth, Health } from './answers.ts';

const mostListed = 50;

export async function healthOf(
  site: Site,
  store: Store,
  states: ReadonlyMap<string, NonNullable<GatewayHealth['state']>>,
  now: number,
): Promise<Health> {
  const [receipts, losses] = await Promise.all([store.receipts(), store.losses()]);
  const gaps = gapsOf(receipts, losses, []);
  const isOf = (id: string) => (one: { gateway: string }) => one.gateway === id;
  return {
    now,
    gateways: site.gateways.map(({ id, connections }) => {
      const ranges = receipts
        .filter((one) => one.gateway === id && one.epoch !== retriedEpoch)
        .flatMap((one) => one.ranges);
      const own = { gaps: gaps.filter(isOf(id)), losses: losses.filter(isOf(id)) };
      const newest = ranges.flatMap((range) => (range.newest === null ? [] : [range.newest]));
      return {
        id,
        state: states.get(id) ?? null,
        connections: connections.map(({ id: connection, protocol, endpoint }) => ({
          id: connection,
          protocol,
          endpoint,
          meters: site.meters.filter((meter) => meter.connection === connection).map((meter) => meter.id),
        })),
        newest: newest.length === 0 ? null : Math.max(...newest),
        batches: ranges.reduce((sum, { first, last }) => sum + last - first + 1, 0),
        missing: own.gaps.reduce((sum, { batches: [first, last] }) => sum + last - first + 1, 0),
        lostReadings: own.losses.reduce((sum, { readings }) => sum + readings, 0),
        gaps: own.gaps.slice(-mostListed),
        losses: own.losses.slice(-mostListed),
      };
    }),
  };
}
