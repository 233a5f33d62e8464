// From a gateway's spool over a real broker into a real store, with everything that goes wrong on the way.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import fc from 'fast-check';
import { connectAsync } from 'mqtt';
import { day, minute } from '../core/calendar.ts';
import { silentLog } from '../core/log.ts';
import { type Batch, BatchBuilder, type Loss } from '../core/sample.ts';
import { emptySlot, type Slot } from '../core/slots.ts';
import type { Store } from '../core/store.ts';
import { encodeLosses } from '../gateway/batcher.ts';
import { Spool } from '../gateway/spool.ts';
import { DuckdbStore } from '../store/duckdb/duckdb-store.ts';
import { bound, calendar, chain, everything, facts, folderFor, main, t0, until } from './chain.fixture.ts';
import { RollUp } from './slots/roll-up.ts';

test('what is spooled is stored, acknowledged, made into slots, and forgotten by the gateway', async (context) => {
  const { store, ingest, spool, send } = await chain(context);
  for (let n = 0; n < 100; n++) send([[n, n * 10]]);
  await until('the spool is empty', () => spool.size.batches === 0);
  const { time, value } = await store.samples(main, everything);
  assert.equal(time.length, 100);
  assert.equal(value.at(-1), 990);
  await ingest.rollUp.flush();
  const [slots = []] = await store.slots([main], 'quarter', everything);
  assert.deepEqual(
    slots.map((slot) => slot.value / 1_000),
    [150, 150, 150, 150, 150, 150, 90],
  );
  assert.deepEqual(await store.facts(), facts);
});

test('nothing is acknowledged that is not stored: a store that fails is tried again until it works', async (context) => {
  let broken = true;
  const { store, ingest, spool, send } = await chain(context, {
    wrap: (real) => ({
      ...bound(real),
      commit: async (batches: readonly Batch[]) => {
        if (broken) throw new Error('disk full');
        return real.commit(batches);
      },
    }),
  });
  send([[0, 1]]);
  await until('commits fail', () => ingest.committer.counts.failures >= 2);
  assert.equal(spool.size.batches, 1);
  broken = false;
  await until('the spool is empty', () => spool.size.batches === 0);
  assert.deepEqual((await store.samples(main, everything)).value, [1]);
});

test('a broker that goes down and comes back loses nothing and doubles nothing', async (context) => {
  const { store, spool, send, restartBroker } = await chain(context);
  for (let n = 0; n < 300; n++) {
    send([[n, n]]);
    if (n % 100 === 50) await restartBroker();
    if (n % 10 === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  }
  await until('the spool is empty', () => spool.size.batches === 0, 30_000);
  const { value } = await store.samples(main, everything);
  assert.deepEqual(
    value,
    Array.from({ length: 300 }, (_, n) => n),
  );
});

const content = { kind: 'counters', readings: 1, from: t0, to: t0 } as const;

test('a gateway that was killed before it noted what is stored, and gives all of it up, tells as lost what is lost', async (context) => {
  const { store, spool, spoolFile, publisher, send } = await chain(context);
  spool.trim = () => undefined; // no acknowledgement gets as far as the disk
  for (let n = 0; n < 10; n++) send([[n, n]]);
  await until('all is stored', async () => (await store.samples(main, everything)).time.length === 10);
  const next = new Spool(spoolFile, 2);
  next.together(() => {
    for (let n = 0; n < 200; n++) next.append(content, () => 'never sent');
  });
  const told = next.giveUp({ kind: 'counters', bytes: 1e6, reason: 'spool_old' }, new Set(), encodeLosses('gw-1'));
  next.close();
  assert.equal(sumOf(told), 210);
  publisher.wake();
  await until('the losses are told', async () => (await store.losses()).length > 0);
  assert.equal(sumOf(await store.losses()), 200);
});

test('what cannot be noted as sent on a full disk is not sent, and goes when there is room', async (context) => {
  const { store, spool, send } = await chain(context);
  const note = spool.aboutToSend.bind(spool);
  let refused = 0;
  spool.aboutToSend = (batches) => {
    if (batches.length === 0) return;
    refused++;
    throw new Error('database or disk is full');
  };
  send([[0, 1]]);
  await until('it was tried again', () => refused > 2);
  assert.deepEqual(await store.latest(), []);
  spool.aboutToSend = note;
  await until('the spool is empty', () => spool.size.batches === 0);
  assert.deepEqual((await store.samples(main, everything)).value, [1]);
});

const sumOf = (losses: readonly Loss[]) => losses.reduce((sum, { readings }) => sum + readings, 0);

test('a message that cannot be stored is kept with its reason, and does not come back for ever', async (context) => {
  const { ingest, spool, publisher } = await chain(context);
  spool.append(
    content,
    (epoch, seq) =>
      `{"v":1,"gw":"gw-1","epoch":${epoch},"seq":${seq},"t0":0,"series":[["main","energie"]],"s":[0],"t":[0],"x":[1],"q":[0]}`,
  );
  spool.append(
    content,
    (epoch, seq) => `{"v":1,"gw":"gw-2","epoch":${epoch},"seq":${seq},"t0":0,"series":[],"s":[],"t":[],"x":[],"q":[]}`,
  );
  publisher.wake();
  await until('the spool is empty', () => spool.size.batches === 0);
  assert.deepEqual(
    ingest.refused.list().map(({ code, topic }) => [code, topic]),
    [
      ['message_series', 'tanbiao/v1/mill/gw-1/data'],
      ['message_gateway', 'tanbiao/v1/mill/gw-1/data'],
    ],
  );
  assert.deepEqual(ingest.refused.counts(), { refused: 2, kept: 2 });
  assert.match(new TextDecoder().decode(ingest.refused.list()[0]?.payload), /energie/);
});

test('garbage on the data topic hurts nobody', async (context) => {
  const { ingest, spool, send, address } = await chain(context);
  const { url, ...login } = address('gw-1');
  const client = await connectAsync(url, { ...login, clientId: 'other', reconnectPeriod: 0 });
  context.after(() => client.endAsync(true));
  for (const payload of [
    '',
    '{',
    'null',
    '[]',
    '{"v":1}',
    '\u0000\u0001',
    '{"v":1,"gw":"gw-1","epoch":1,"seq":9,"t0":0,"series":[],"s":[0],"t":[0],"x":[1],"q":[0]}',
  ]) {
    await client.publishAsync('tanbiao/v1/mill/gw-1/data', payload, { qos: 1 });
  }
  send([[0, 1]]);
  await until('the spool is empty', () => spool.size.batches === 0);
  assert.equal(ingest.refused.counts().refused, 7);
});

/** Slots made in one go from all readings: the truth that any other way must reach. */
async function rebuilt(context: TestContext, readings: readonly [number, number][]): Promise<Slot[][]> {
  const store = await DuckdbStore.open(join(folderFor(context), 'rebuilt'));
  await store.putFacts(facts);
  await store.commit([
    batchOf(
      1,
      [...readings].sort(([a], [b]) => a - b),
    ),
  ]);
  const rollUp = new RollUp(store, calendar, silentLog);
  await rollUp.start();
  const lists = await slotLists(store);
  await store.close();
  return lists;
}

const slotLists = (store: Store) =>
  Promise.all(
    (['quarter', 'hour', 'day'] as const).map(
      async (resolution) => (await store.slots([main], resolution, everything))[0] ?? [],
    ),
  );

function batchOf(seq: number, readings: readonly [number, number][]): Batch {
  const builder = new BatchBuilder();
  for (const [minutes, value] of readings) builder.add({ ...main, time: t0 + minutes * minute, value, quality: 0 });
  return builder.build('gw-1', 1, seq);
}

test('row 16: readings that come a day late change the slots as if they had always been there, and move nothing newest back', async (context) => {
  const all: [number, number][] = Array.from({ length: 3 * 96 }, (_, n) => [n * 15, n * n]);
  const late = all.slice(100, 180);
  const store = await DuckdbStore.open(join(folderFor(context), 'store'));
  context.after(() => store.close());
  await store.putFacts(facts);
  const rollUp = new RollUp(store, calendar, silentLog);
  await rollUp.start();
  const follow = async (batch: Batch) => rollUp.follow([batch], (await store.commit([batch])).late);
  await follow(batchOf(1, [...all.slice(0, 100), ...all.slice(180)]));
  await rollUp.flush();
  const [gap] = await slotLists(store);
  assert.ok(gap?.some((slot) => slot.estimated > 0 && slot.covered === 0));
  const newest = await store.latest();
  await follow(batchOf(2, late));
  await rollUp.flush();
  assert.deepEqual(await store.latest(), newest);
  assert.equal(newest[0]?.value, all.at(-1)?.[1]);
  assert.deepEqual(await slotLists(store), await rebuilt(context, all));
});

test('row 16: whatever the order of the batches and wherever the process restarts, readings and slots are those of a full rebuild', async (context) => {
  const order = fc.shuffledSubarray([0, 1, 2, 3, 4, 5], { minLength: 6 });
  await fc.assert(
    fc.asyncProperty(
      order,
      fc.array(fc.nat(4_000), { minLength: 60, maxLength: 60 }),
      fc.nat(5),
      async (sequence, growth, restartAt) => {
        let count = 0;
        const all = growth.map((amount, n): [number, number] => {
          count += amount / 100;
          return [n * 47 + (amount % 13), count];
        });
        const store = await DuckdbStore.open(join(folderFor(context), 'store'));
        await store.putFacts(facts);
        let rollUp = new RollUp(store, calendar, silentLog);
        await rollUp.start();
        for (const [step, part] of sequence.entries()) {
          if (step === restartAt) {
            await rollUp.flush();
            rollUp = new RollUp(store, calendar, silentLog);
            await rollUp.start();
          }
          const batch = batchOf(part + 1, all.slice(part * 10, part * 10 + 10));
          await rollUp.follow([batch], (await store.commit([batch])).late);
        }
        await rollUp.flush();
        const lists = await slotLists(store);
        const stored = await store.samples(main, everything);
        const [newest] = await store.latest();
        await store.close();
        assert.deepEqual(
          stored.value,
          all.map(([, reading]) => Math.round(reading * 100) / 100), // kept in steps of the unit
        );
        assert.equal(newest?.value, stored.value.at(-1));
        assert.deepEqual(lists, await rebuilt(context, all));
        const energy = lists[0]?.reduce((sum, slot) => sum + slot.value, 0) ?? 0;
        assert.equal(energy, Math.round(((all.at(-1)?.[1] ?? 0) - (all[0]?.[1] ?? 0)) * 1_000));
      },
    ),
    { seed: 31, numRuns: 12 },
  );
});

test('an hour and a day are written although they still grow', async (context) => {
  const { store, ingest, spool, send } = await chain(context);
  send([
    [0, 0],
    [5, 10],
  ]);
  await until('the spool is empty', () => spool.size.batches === 0);
  await ingest.rollUp.flush();
  const [, hours, days] = await slotLists(store);
  const growing = { ...emptySlot(t0), value: 10_000, covered: 5 * minute, readings: 1 };
  assert.deepEqual(hours, [growing]);
  assert.deepEqual(days, [{ ...growing, start: calendar.dayOf(t0 + day / 2).start }]);
});
