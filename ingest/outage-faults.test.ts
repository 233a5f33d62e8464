// Rows 17 and 18 of the failure matrix: a broker that is killed, and a store that takes nothing for an hour or is killed itself.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Log, silentLog } from '../core/log.ts';
import { findProgram } from '../core/real-programs.ts';
import type { Batch } from '../core/sample.ts';
import { InfluxStore } from '../store/influx/influx-store.ts';
import { optionsFor, startInfluxd } from '../store/influx/influxd.fixture.ts';
import { bound, chain, everything, main, until } from './chain.fixture.ts';

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));
const mosquitto = findProgram('mosquitto');

test('row 17: mosquitto is killed three times under load: nothing is lost, nothing is twice, what is new is stored within 5 s of its return', {
  skip: mosquitto.skip,
}, async (context) => {
  const { store, spool, send, restartBroker } = await chain(context, { broker: 'mosquitto' });
  let n = 0;
  for (let round = 0; round < 3; round++) {
    for (let k = 0; k < 200; k++) {
      send([[n, n++]]);
      if (k % 8 === 0) await pause(100); // a session that lasts: the way back is short
    }
    const gone = performance.now();
    await restartBroker();
    const back = performance.now();
    send([[n, n++]]);
    const newest = async () => (await store.latest())[0]?.value;
    await until('the newest reading is stored', async () => (await newest()) === n - 1);
    // Waits grow with the time that the broker was gone, which a slow machine makes long.
    const most = Math.max(5_000, 20 * (back - gone));
    const took = performance.now() - back;
    assert.ok(took < most, `${Math.round(took)} ms after the broker was gone for ${Math.round(back - gone)} ms`);
  }
  await until('the spool is empty', () => spool.size.batches === 0);
  const { value } = await store.samples(main, everything);
  assert.deepEqual(
    value,
    Array.from({ length: n }, (_, index) => index),
  );
});

test('row 18: the store takes nothing for an hour: no acknowledgement, what is new goes first when it is back, what waited is paced, nothing is lost', async (context) => {
  const waited = 1_800; // a reading every two seconds
  const pace = 1_000;
  let isDown = true;
  let resent = 0;
  const log = {
    ...silentLog,
    warn: ({ event }: { event: string }) => {
      if (event === 'resend') resent++;
    },
  } as unknown as Log;
  const order: number[] = [];
  const { store, spool, send, ingest } = await chain(context, {
    pace,
    log,
    wrap: (real) => ({
      ...bound(real),
      commit: async (batches: readonly Batch[]) => {
        if (isDown) throw new Error('the store is down');
        const committed = await real.commit(batches);
        order.push(...batches.map(({ seq }) => seq));
        return committed;
      },
    }),
  });
  for (let n = 0; n < waited; n++) send([[n, n]]);
  await until('commits fail', () => ingest.committer.counts.failures >= 2);
  const before = resent;
  await until('what is unacknowledged counts as waiting now', () => resent > before);
  assert.equal(spool.size.batches, waited);
  isDown = false;
  const back = performance.now();
  let fresh = waited;
  const live = setInterval(() => send([[fresh, fresh++]]), 50);
  await until('what waited is stored', () => spool.size.batches < 5);
  const seconds = (performance.now() - back) / 1_000;
  clearInterval(live);
  await until('the spool is empty', () => spool.size.batches === 0);
  const { value } = await store.samples(main, everything);
  assert.deepEqual(
    value,
    Array.from({ length: fresh }, (_, index) => index),
  );
  const firstLive = order.findIndex((seq) => seq > waited + 1);
  const lastWaiting = order.findLastIndex((seq) => seq <= waited);
  assert.ok(
    firstLive >= 0 && firstLive < lastWaiting / 2,
    `the first new batch was number ${firstLive} of ${order.length}`,
  );
  assert.ok(waited / seconds < pace * 1.5, `${Math.round(waited / seconds)} batches a second`);
});

const influxd = findProgram('influxd');

test('row 18, on InfluxDB: influxd is killed three times under load: nothing is lost, nothing is twice, slots are those of all readings', {
  skip: mosquitto.skip || influxd.skip,
}, async (context) => {
  const server = await startInfluxd();
  context.after(() => server.end());
  await server.query('CREATE DATABASE plant');
  const open = () => InfluxStore.open(optionsFor(server.url, 'plant'));
  const { store, spool, send, ingest } = await chain(context, { broker: 'mosquitto', open, pace: 2_000 });
  let n = 0;
  for (let round = 0; round < 3; round++) {
    for (let k = 0; k < 150; k++) {
      send([[n, n++]]);
      if (k % 10 === 0) await pause(20);
      if (k === 75) await server.kill();
    }
    const failures = ingest.committer.counts.failures;
    await until('commits fail', () => ingest.committer.counts.failures > failures);
    await server.start();
  }
  await until('the spool is empty', () => spool.size.batches === 0);
  const { value } = await store.samples(main, everything);
  assert.deepEqual(
    value,
    Array.from({ length: n }, (_, index) => index),
  );
  await ingest.rollUp.flush();
  const [slots = []] = await store.slots([main], 'quarter', everything);
  assert.equal(
    slots.reduce((sum, slot) => sum + slot.value, 0),
    (n - 1) * 1_000,
  );
  assert.ok(slots.slice(0, -1).every((slot) => slot.value === 15_000));
});
