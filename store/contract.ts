// Owns the contract that every store must keep, as one suite of tests that each adapter runs.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { Calendar, hour, minute } from '../core/calendar.ts';
import { correctedStore } from '../core/corrections.ts';
import type { Revision } from '../core/ledger.ts';
import { qualityCode } from '../core/quality.ts';
import { type Batch, BatchBuilder, type Sample, type SeriesKey } from '../core/sample.ts';
import { coarsen, emptySlot, marks, type Slot, slotsFrom } from '../core/slots.ts';
import type { LossRecord, Store, Successor } from '../core/store.ts';

/** A store that can be closed and opened again over the same content. */
export type Opener = (context: TestContext) => Promise<{ store: Successor; reopen(): Promise<Store> }>;

const t0 = Date.UTC(2025, 0, 1);
const main: SeriesKey = { meter: 'main', point: 'energy_import' };
const power: SeriesKey = { meter: 'main', point: 'power' };
const everything = { start: 0, end: Date.UTC(2100, 0, 1) };

const sample = (
  key: SeriesKey,
  minutes: number,
  value: number | null,
  quality = qualityCode(value === null ? 'bad_timeout' : 'good'),
): Sample => ({
  ...key,
  time: t0 + minutes * minute,
  value,
  quality,
});

function batch(seq: number, samples: readonly Sample[], gateway = 'gw-1', epoch = 1): Batch {
  const builder = new BatchBuilder();
  for (const one of samples) builder.add(one);
  return builder.build(gateway, epoch, seq);
}

/** `skip`: why it cannot run here. */
export function storeContract(name: string, open: Opener, skip: string | false = false): void {
  const check = (title: string, body: (parts: Awaited<ReturnType<Opener>>) => Promise<void>) =>
    test(`${name}: ${title}`, { skip }, async (context) => body(await open(context)));

  check('what was committed is read back in order of time', async ({ store }) => {
    const { samples } = await store.commit([
      batch(1, [sample(main, 0, 100.123), sample(power, 0, -5.4321), sample(main, 1, 101)]),
    ]);
    assert.equal(samples, 3);
    assert.deepEqual(await store.samples(main, everything), {
      time: [t0, t0 + minute],
      value: [100.123, 101],
      quality: [0, 0],
    });
    assert.deepEqual((await store.samples(power, everything)).value, [-5.4321]);
  });

  check('a period is half-open, and its neighbours are given when asked for', async ({ store }) => {
    await store.commit([
      batch(
        1,
        [0, 1, 2, 3, 4].map((minutes) => sample(main, minutes, minutes)),
      ),
    ]);
    const period = { start: t0 + minute, end: t0 + 3 * minute };
    assert.deepEqual((await store.samples(main, period)).value, [1, 2]);
    assert.deepEqual((await store.samples(main, period, 'any')).value, [0, 1, 2, 3]);
  });

  check('neighbours are readings with a value that counts', async ({ store }) => {
    const spike = sample(main, 2, 9_999, qualityCode('uncertain_spike'));
    await store.commit([
      batch(1, [
        sample(main, 0, 1),
        sample(main, 1, null),
        spike,
        sample(main, 10, 5),
        sample(main, 11, null),
        sample(main, 12, 6),
      ]),
    ]);
    const around = await store.samples(main, { start: t0 + 5 * minute, end: t0 + 11 * minute }, 'counting');
    assert.deepEqual(around.value, [1, 5, 6]);
  });

  check(
    'a batch that comes again writes nothing, in the same commit, later, and after a restart',
    async ({ store, reopen }) => {
      const one = batch(1, [sample(main, 0, 1)]);
      assert.deepEqual(await store.commit([one, one]), { samples: 1, duplicates: 1, late: [] });
      assert.equal((await store.commit([one])).duplicates, 1);
      const again = await reopen();
      assert.deepEqual(await again.commit([one]), { samples: 0, duplicates: 1, late: [] });
      assert.equal((await again.samples(main, everything)).time.length, 1);
    },
  );

  check('receipts are kept by gateway and epoch, with their gaps and times', async ({ store, reopen }) => {
    await store.commit([
      batch(1, [sample(main, 0, 1)]),
      batch(2, [sample(main, 1, 1)]),
      batch(5, [sample(main, 2, 1)]),
    ]);
    await store.commit([batch(1, [sample(main, 3, 1)], 'gw-1', 2), batch(7, [sample(power, 3, 1)], 'gw-2')]);
    const at = (minutes: number) => t0 + minutes * minute;
    const expected = [
      {
        gateway: 'gw-1',
        epoch: 1,
        ranges: [
          { first: 1, last: 2, oldest: at(0), newest: at(1) },
          { first: 5, last: 5, oldest: at(2), newest: at(2) },
        ],
      },
      { gateway: 'gw-1', epoch: 2, ranges: [{ first: 1, last: 1, oldest: at(3), newest: at(3) }] },
      { gateway: 'gw-2', epoch: 1, ranges: [{ first: 7, last: 7, oldest: at(3), newest: at(3) }] },
    ];
    const byName = (a: { gateway: string; epoch: number }, b: { gateway: string; epoch: number }) =>
      a.gateway.localeCompare(b.gateway) || a.epoch - b.epoch;
    assert.deepEqual((await store.receipts()).sort(byName), expected);
    assert.deepEqual((await (await reopen()).receipts()).sort(byName), expected);
  });

  check('late readings take their place in time and are told', async ({ store }) => {
    await store.commit([batch(1, [sample(main, 0, 0), sample(main, 10, 10)])]);
    const { late } = await store.commit([batch(2, [sample(main, 5, 5), sample(main, 11, 11)])]);
    assert.deepEqual(late, [{ ...main, time: t0 + 5 * minute }]);
    assert.deepEqual((await store.samples(main, everything)).value, [0, 5, 10, 11]);
    const newest = (await store.latest()).find(({ meter, point }) => meter === 'main' && point === 'energy_import');
    assert.equal(newest?.value, 11);
  });

  check('of two readings of one instant the better stays, whatever the order', async ({ store }) => {
    const good = sample(main, 0, 7);
    const better = sample(main, 0, 8);
    const bad = sample(main, 0, null);
    await store.commit([batch(1, [good]), batch(2, [bad])]);
    await store.commit([batch(3, [better]), batch(4, [good])]);
    assert.deepEqual(await store.samples(main, everything), { time: [t0], value: [8], quality: [0] });
  });

  check('missing values stay missing', async ({ store, reopen }) => {
    await store.commit([batch(1, [sample(power, 0, null)])]);
    const again = await reopen();
    assert.deepEqual(await again.samples(power, everything), {
      time: [t0],
      value: [null],
      quality: [qualityCode('bad_timeout')],
    });
    assert.deepEqual(await again.latest(), [sample(power, 0, null)]);
  });

  check('the registry keeps what gateways tell about their series', async ({ store, reopen }) => {
    const facts = {
      ...main,
      template: 'acrel.adw300',
      modulus: 42_949_672.95,
      maxPerHour: 5_000,
      source: 'tcp://10.0.0.5:502 unit 1 register 62',
      installations: [{ serial: 'A1', from: 0 }],
    };
    await store.putFacts([facts]);
    await store.putFacts([{ ...facts, maxPerHour: 6_000 }]);
    assert.deepEqual(await (await reopen()).facts(), [{ ...facts, maxPerHour: 6_000 }]);
  });

  check('losses are kept with the batch that told them, once', async ({ store, reopen }) => {
    const lost = {
      reason: 'spool_full',
      kind: 'states',
      readings: 500,
      from: t0,
      to: t0 + hour,
      batches: [3, 9],
    } as const;
    const told = { ...batch(10, [sample(main, 0, 1)]), lost: [{ ...lost, batches: [3, 9] as [number, number] }] };
    await store.commit([told]);
    await store.commit([told]);
    assert.deepEqual(await (await reopen()).losses(), [{ gateway: 'gw-1', epoch: 1, seq: 10, ...lost }]);
  });

  check(
    'a batch that was given up alone and is stored all the same is not lost, whichever comes first',
    async ({ store, reopen }) => {
      const lossOf = (batches: [number, number]) =>
        ({ reason: 'spool_old', kind: 'states', readings: 1, from: t0 + batches[0], to: t0 + hour, batches }) as const;
      const told = [lossOf([3, 3]), lossOf([4, 4]), lossOf([5, 5]), lossOf([2, 6])];
      await store.commit([batch(3, [sample(main, 0, 1)])]);
      await store.commit([
        { ...batch(10, []), lost: told },
        { ...batch(7, [], 'gw-2'), lost: [lossOf([3, 3])] },
      ]);
      await store.commit([batch(4, [sample(main, 1, 1)])]);
      const lost = [
        [2, 6],
        [3, 3],
        [5, 5],
      ];
      assert.deepEqual(
        (await store.losses()).map(({ batches }) => batches),
        lost,
      );
      assert.deepEqual(
        (await (await reopen()).losses()).map(({ batches }) => batches),
        lost,
      );
    },
  );

  check(
    'who takes over knows of batches and losses what the other knew, and nothing else',
    async ({ store, reopen }) => {
      await store.commit([batch(1, [sample(main, 0, 1)], 'carrier', 0)]);
      const range = (first: number, last: number) => ({ first, last, oldest: t0, newest: t0 + first * minute });
      const receipts = [{ gateway: 'gw-1', epoch: 9, ranges: [range(1, 4), range(7, 7)] }];
      const lost = { reason: 'spool_old', kind: 'states', readings: 5, to: t0 + hour } as const;
      const losses: LossRecord[] = [5, 6].map((seq) => {
        return { gateway: 'gw-1', epoch: 9, seq: 7, ...lost, from: t0 + seq, batches: [seq, seq] };
      });
      await store.takeOver(receipts, losses);
      assert.deepEqual([await store.receipts(), await store.losses()], [receipts, losses]);
      assert.equal((await store.commit([batch(4, [], 'gw-1', 9)])).duplicates, 1);
      const again = await reopen();
      assert.deepEqual([await again.receipts(), await again.losses()], [receipts, losses]);
      assert.deepEqual((await again.samples(main, everything)).value, [1]);
    },
  );

  check('slots are written over and read for many series at once', async ({ store, reopen }) => {
    const slot = (index: number, value: number): Slot => ({
      ...emptySlot(t0 + index * 15 * minute),
      value,
      covered: 15 * minute,
      min: -1.5,
      max: 2.25,
      marks: 16,
      readings: 60,
    });
    await store.putSlots([
      { key: main, resolution: 'quarter', slots: [slot(0, 1_000), slot(1, 2_000)] },
      { key: power, resolution: 'quarter', slots: [slot(0, 0.5)] },
      { key: main, resolution: 'hour', slots: [slot(0, 3_000)] },
    ]);
    await store.putSlots([{ key: main, resolution: 'quarter', slots: [slot(1, 2_500), slot(2, 100)] }]);
    const again = await reopen();
    const nobody: SeriesKey = { meter: 'nobody', point: 'power' };
    const read = await again.slots([power, nobody, main], 'quarter', { start: t0, end: t0 + hour });
    assert.deepEqual(read, [[slot(0, 0.5)], [], [slot(0, 1_000), slot(1, 2_500), slot(2, 100)]]);
    assert.deepEqual(await again.slots([main], 'quarter', { start: t0 + 15 * minute, end: t0 + 30 * minute }), [
      [slot(1, 2_500)],
    ]);
    const newest = await again.newestSlots();
    assert.equal(newest.find(({ point }) => point === 'energy_import')?.start, t0 + 30 * minute);
  });

  check(
    'corrections are laid over slots, as they were known at a moment, and leave what is stored alone',
    async ({ store }) => {
      const calendar = new Calendar('Asia/Kolkata'); // its days begin in the middle of an hour of UTC
      const start = calendar.dayOf(t0 + 12 * hour).start;
      const quarters = Array.from({ length: 96 }, (_, index): Slot => {
        const slot = { ...emptySlot(start + index * 15 * minute), value: 10, estimated: 10, marks: marks.spanning };
        return index < 92 ? { ...slot, estimated: 0, covered: 15 * minute, marks: 0 } : slot;
      });
      const whole: Slot[] = coarsen(quarters, 'day', main.point, calendar);
      await store.putSlots([
        { key: main, resolution: 'quarter', slots: quarters },
        { key: main, resolution: 'day', slots: whole },
      ]);
      const entry = {
        kind: 'correction',
        id: 'c',
        ...main,
        rule: 'hand',
        from: new Date(start + 23 * hour).toISOString(),
      } as const;
      const revision = (number: number, values: (number | null)[]): Revision => {
        return { number, at: number, author: 'li', reason: 'gap', entry: { ...entry, values }, previous: '', hash: '' };
      };
      const history = [revision(1, [0.016, 0.014, 0.006, 0.004]), revision(2, [null, 0.02])];
      const knownAt = (asOf: number) =>
        correctedStore(store, { current: () => history.slice(0, asOf).slice(-1) }, calendar);
      const period = { start, end: start + 24 * hour };
      const lastOf = async (asOf: number) => {
        const [slots = []] = await knownAt(asOf).slots([main], 'quarter', period);
        return slots.slice(92).map(({ value, estimated, covered }) => [value, estimated, covered / minute]);
      };
      assert.deepEqual(await lastOf(0), Array(4).fill([10, 10, 0]));
      assert.deepEqual(await lastOf(1), [
        [16, 16, 15],
        [14, 14, 15],
        [6, 6, 15],
        [4, 4, 15],
      ]);
      assert.deepEqual(await lastOf(2), [
        [0, 0, 0],
        [20, 20, 15],
        [10, 10, 0],
        [10, 10, 0],
      ]);
      const [[day1]] = (await knownAt(1).slots([main], 'day', period)) as [[Slot]];
      assert.deepEqual(
        [day1.value, day1.estimated, day1.covered / hour, day1.marks],
        [960, 40, 24, marks.spanning | marks.corrected],
      );
      assert.deepEqual(await store.slots([main], 'day', period), [whole]);
      assert.deepEqual(await store.slots([main], 'quarter', period), [quarters]);
      const columns = await store.slotColumns?.([power, main], 'quarter', period);
      if (columns !== undefined)
        assert.deepEqual(
          columns.map((one) => slotsFrom(one)),
          [[], quarters],
        );
    },
  );

  check('an empty store answers with nothing', async ({ store }) => {
    assert.deepEqual(await store.samples(main, everything), { time: [], value: [], quality: [] });
    assert.deepEqual(await store.latest(), []);
    assert.deepEqual(await store.slots([main], 'day', everything), [[]]);
    assert.deepEqual(await store.receipts(), []);
  });

  check(
    'of a series that is known and was never read there is nothing, however often it is asked',
    async ({ store }) => {
      await store.putFacts([
        { ...main, template: 'x', modulus: null, maxPerHour: null, source: 'x', installations: [] },
      ]);
      for (const around of ['none', 'any', 'counting', 'none'] as const)
        assert.deepEqual(await store.samples(main, everything, around), { time: [], value: [], quality: [] });
      for (let times = 0; times < 2; times++) assert.deepEqual(await store.slots([main], 'day', everything), [[]]);
    },
  );
}
