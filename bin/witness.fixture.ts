// Owns the witness of tests that kill: hears every batch and every acknowledgement, and asks the store whether it kept what was promised.
import assert from 'node:assert/strict';
import { decodeBatch } from '../core/batch-codec.ts';
import { type BrokerAddress, BrokerLink } from '../core/broker-link.ts';
import { systemClock } from '../core/clock.ts';
import { silentLog } from '../core/log.ts';
import { points } from '../core/points.ts';
import { type Batch, seriesName } from '../core/sample.ts';
import type { Store } from '../core/store.ts';
import { parseAck, parseTopic } from '../core/wire.ts';
import type { Plant } from '../simulators/plant.ts';

const everything = { start: 0, end: Number.MAX_SAFE_INTEGER };

export type Seen = { batches: Map<string, Batch>; acknowledged: Set<string> };
export const nothingSeen = (): Seen => ({ batches: new Map(), acknowledged: new Set() });

/** Listens as the dashboards may. */
export function listen(broker: BrokerAddress, seen: Seen): BrokerLink {
  return new BrokerLink({
    broker,
    clientId: `witness-${process.pid}`,
    subscribe: ['tanbiao/v1/+/+/data', 'tanbiao/v1/+/+/ack'],
    onMessage: (topic, payload) => {
      const parsed = parseTopic(topic);
      if (parsed?.channel === 'data') {
        const batch = decodeBatch(payload);
        seen.batches.set(`${batch.gateway}/${batch.epoch}/${batch.seq}`, batch);
      } else if (parsed?.channel === 'ack') {
        const { epoch, stored } = parseAck(payload);
        for (const [from, to] of stored)
          for (let seq = from; seq <= to; seq++) seen.acknowledged.add(`${parsed.gateway}/${epoch}/${seq}`);
      }
    },
    clock: systemClock,
    log: silentLog,
  });
}

export type Kept = { acknowledged: number; counters: number; samples: number };

/** No acknowledged reading is missing, none is there twice, every counter reading is the plant's own. */
export async function keptAll(store: Store, { batches, acknowledged }: Seen, plant: Plant): Promise<Kept> {
  const stored = new Map<string, Map<number, number | null>>();
  const kept: Kept = { acknowledged: 0, counters: 0, samples: 0 };
  for (const { meter, point } of await store.latest()) {
    const { time, value } = await store.samples({ meter, point }, everything);
    const rises = time.every((one, row) => row === 0 || one > (time[row - 1] ?? 0));
    assert.ok(rises, `${meter}.${point} has an instant twice`);
    stored.set(seriesName({ meter, point }), new Map(time.map((one, row) => [one, value[row] ?? null])));
    kept.samples += time.length;
    if (points[point].kind !== 'counter') continue;
    for (const [row, one] of time.entries()) {
      const found = value[row] ?? null;
      if (found === null) continue; // no answer in time is no wrong answer
      // The register was filled when it was asked, the reading stamped when the answer came: a little later.
      const low = plant.reading(meter, point, one - 2_000) - 0.02;
      const high = plant.reading(meter, point, one + 1) + 0.02;
      assert.ok(found >= low && found <= high, `${meter}.${point} at ${one}: ${found} is not within ${low}..${high}`);
      kept.counters++;
    }
  }
  for (const [name, batch] of batches) {
    if (!acknowledged.has(name)) continue;
    kept.acknowledged++;
    for (const [row, index] of batch.index.entries()) {
      const key = batch.series[index];
      assert.ok(key);
      const found = stored.get(seriesName(key))?.get(batch.time[row] as number);
      assert.equal(found, batch.value[row], `${name} was acknowledged, but ${seriesName(key)} is missing`);
    }
  }
  return kept;
}
