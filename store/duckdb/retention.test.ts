import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { Calendar, day, hour } from '../../core/calendar.ts';
import type { LedgerEntry, Revision } from '../../core/ledger.ts';
import { createLog } from '../../core/log.ts';
import { citedIn, mayGo } from '../../core/retention.ts';
import { BatchBuilder, type SeriesKey } from '../../core/sample.ts';
import { RollUp } from '../../ingest/slots/roll-up.ts';
import { DuckdbStore } from './duckdb-store.ts';

const calendar = new Calendar('Asia/Shanghai');
const power: SeriesKey = { meter: 'main', point: 'power' };
const energy: SeriesKey = { meter: 'main', point: 'energy_import' };
const other: SeriesKey = { meter: 'other', point: 'power' };
const everything = { start: 0, end: Date.UTC(2100, 0) };
const now = Date.UTC(2025, 6, 10);
const never = new AbortController().signal;

const sealed = (from: string, to: string, series?: string[]): Revision[] => {
  const entry: LedgerEntry = { kind: 'seal', id: 's', sha256: 'a'.repeat(64), from, to, ...(series && { series }) };
  return [{ number: 1, at: 1, author: 'li', reason: 'sealed', entry, previous: '', hash: '' }];
};

test('readings past their time go by month and kind, but never what a seal cites; slots stay, also when something comes late', async (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'tanbiao-retention-'));
  context.after(() => rmSync(folder, { recursive: true }));
  let store = await DuckdbStore.open(folder);
  let seq = 0;
  const rollUpOf = async () => {
    const rollUp = new RollUp(store, calendar, createLog('test', 'error'));
    await rollUp.start();
    return rollUp;
  };
  let rollUp = await rollUpOf();
  const commit = async (time: number, until: number, keys: readonly SeriesKey[] = [power, energy, other]) => {
    const builder = new BatchBuilder();
    for (let at = time; at < until; at += hour / 4)
      for (const key of keys) builder.add({ ...key, time: at, value: (at - Date.UTC(2025, 0)) / hour, quality: 0 });
    const batches = [builder.build('gw', 1, ++seq)];
    rollUp.foresee(batches);
    const { late } = await store.commit(batches);
    await rollUp.follow(batches, late);
  };
  await commit(Date.UTC(2025, 0), Date.UTC(2025, 5));
  await rollUp.flush();
  for (const month of await store.monthsToCompact(now)) await store.compact(month);
  const slotsOf = () => store.slots([power, energy, other], 'quarter', everything);
  const slots = await slotsOf();
  const countOf = async (key: SeriesKey) => (await store.samples(key, everything)).time.length;
  const all = await countOf(power);

  // February is cited for one meter; its neighbours hold what the first and last slots of it were made from.
  const cited = citedIn(sealed('2025-02-01', '2025-02-28', ['main.power']), calendar);
  const rule = mayGo({ gauge: 90 * day }, cited, now);
  const gone = await store.forget(rule, now, never);
  assert.deepEqual(gone, [
    { month: '2025-01', series: 1, readings: 31 * 96 },
    { month: '2025-02', series: 1, readings: 28 * 96 },
    { month: '2025-03', series: 1, readings: 31 * 96 },
  ]);
  assert.deepEqual([await countOf(power), await countOf(energy)], [all, all]);
  assert.equal(await countOf(other), 61 * 96);
  assert.deepEqual(await store.forget(rule, now, never), []);
  assert.deepEqual(await slotsOf(), slots);
  assert.deepEqual((await store.check()).problems, []);

  // All of a month may go.
  const total = await store.forget(mayGo({ gauge: 90 * day, counter: 120 * day }, [], now), now, never);
  assert.deepEqual(
    total.map(({ month, series }) => [month, series]),
    [
      ['2025-01', 2],
      ['2025-02', 2],
      ['2025-03', 1],
    ],
  );
  assert.equal((await store.stats()).forgotten, 90 * 96 * 2 + 59 * 96);
  assert.deepEqual((await store.check()).problems, []);
  assert.equal((await store.latest()).length, 3);

  await store.close();
  store = await DuckdbStore.open(folder);
  context.after(() => store.close());
  rollUp = await rollUpOf();
  await commit(Date.UTC(2025, 1, 10), Date.UTC(2025, 1, 10, 1));
  await rollUp.flush();
  assert.deepEqual(await slotsOf(), slots);
  assert.equal(await countOf(energy), (31 + 30 + 31) * 96 + 4);
});

test('what is not named is kept for ever, and a seal without series cites all of them, a little beyond its days', () => {
  const january = { start: Date.UTC(2020, 0), end: Date.UTC(2020, 1) };
  assert.equal(mayGo({}, [], now)(power, january), false);
  assert.equal(mayGo({ gauge: day }, [], now)(power, january), true);
  assert.equal(mayGo({ gauge: day }, [], now)(energy, january), false);
  assert.equal(mayGo({ gauge: day }, [], january.end + day - 1)(power, january), false);
  for (const [from, to, kept] of [
    ['2020-02-02', '2020-02-03', true],
    ['2020-02-04', '2020-02-05', false],
    ['2019-12-30', '2019-12-31', true],
  ] as const)
    assert.equal(mayGo({ gauge: day }, citedIn(sealed(from, to), calendar), now)(power, january), !kept, from);
});
