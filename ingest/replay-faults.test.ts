// Row 15 of the failure matrix: what is sent twice is stored once, whoever sends it again.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connectAsync } from 'mqtt';
import { sha256 } from '../core/canonical.ts';
import { findProgram } from '../core/real-programs.ts';
import { resolutions } from '../core/slots.ts';
import type { Store } from '../core/store.ts';
import { topicOf } from '../core/wire.ts';
import { chain, everything, main, until } from './chain.fixture.ts';

/** Everything that a store tells, in one hash. */
async function hashOf(store: Store): Promise<string> {
  const slots = await Promise.all(resolutions.map((resolution) => store.slots([main], resolution, everything)));
  const { time, value, quality } = await store.samples(main, everything);
  const readings = [[...time], [...value], [...quality]];
  return sha256(JSON.stringify([readings, slots, await store.latest(), await store.losses(), await store.receipts()]));
}

for (const [kind, skip] of [
  ['aedes', false],
  ['mosquitto', findProgram('mosquitto').skip],
] as const) {
  test(`row 15: everything is published again, backwards and over the end of ${kind}: the store's content is the same to the byte`, {
    skip,
  }, async (context) => {
    const { store, ingest, spool, send, address, restartBroker } = await chain(context, { broker: kind });
    const payloads: string[] = [];
    for (let n = 0; n < 120; n++) {
      const minutes = n % 10 === 0 ? n + 9 : n - 1; // every tenth overtakes the nine behind it
      send([[minutes, minutes * 3]]);
      payloads.push(...spool.after(n, 1).map(({ payload }) => payload));
    }
    assert.equal(payloads.length, 120);
    await until('the spool is empty', () => spool.size.batches === 0, 30_000);
    await ingest.rollUp.flush();
    const before = await hashOf(store);
    const sayAgain = async (again: readonly string[]) => {
      const { url, ...login } = address('gw-1');
      const client = await connectAsync(url, { ...login, clientId: 'again', reconnectPeriod: 0 });
      const known = () => ingest.committer.counts.duplicates;
      const say = (payload: string) => client.publishAsync(topicOf('mill', 'gw-1', 'data'), payload, { qos: 1 });
      await until('all of it is seen to be known', async () => {
        const least = known() + again.length;
        for (const payload of again) await say(payload);
        // Nobody keeps it for an ingest that is not back yet after the end of its broker: then all of it is said once more.
        for (let waits = 0; known() < least && waits < 100; waits++)
          await new Promise((resolve) => setTimeout(resolve, 50));
        return known() >= least;
      });
      await client.endAsync(true);
    };
    await sayAgain(payloads.toReversed());
    await restartBroker();
    await sayAgain(payloads);
    await ingest.rollUp.flush();
    assert.equal(await hashOf(store), before);
  });
}
