import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { Calendar, contains, day, minute, type Period } from '../../core/calendar.ts';
import { silentLog } from '../../core/log.ts';
import { countsInTotals } from '../../core/quality.ts';
import {
  type Batch,
  BatchBuilder,
  type Sample,
  type SampleColumns,
  type SeriesFacts,
  type SeriesKey,
  seriesName,
} from '../../core/sample.ts';
import { coarsen, isEmpty, type Resolution, resolutions, type Slot, totalOf } from '../../core/slots.ts';
import type { Around, Committed, SlotWrite, Store } from '../../core/store.ts';
import { LateNotes } from './late-notes.ts';
import { RollUp } from './roll-up.ts';

const counter: SeriesKey = { meter: 'main', point: 'energy_import' };
const gauge: SeriesKey = { meter: 'main', point: 'power' };
const factsOf = (installations: SeriesFacts['installations'] = []): SeriesFacts => ({
  ...counter,
  template: 't',
  modulus: 1_000_000,
  maxPerHour: 10_000,
  source: 's',
  installations,
});
const cases = Number(process.env.TANBIAO_CASES ?? 200);

/** The port in memory, so that thousands of histories can be tried; the real stores keep the same contract. */
class MemoryStore implements Store {
  readonly readings = new Map<string, { key: SeriesKey; at: Map<number, { value: number | null; quality: number }> }>();
  readonly written = new Map<string, Slot>();
  known: SeriesFacts[] = [];
  rowsRead = 0;

  async commit(batches: readonly Batch[]): Promise<Committed> {
    const late: Committed['late'] = [];
    let samples = 0;
    for (const { series, index, time, value, quality } of batches) {
      for (const [row, at] of time.entries()) {
        const key = series[index[row] as number] as SeriesKey;
        const name = seriesName(key);
        const one = this.readings.get(name) ?? { key, at: new Map() };
        this.readings.set(name, one);
        if (at <= Math.max(...one.at.keys())) late.push({ ...key, time: at });
        const reading = { value: value[row] as number | null, quality: quality[row] as number };
        const other = one.at.get(at);
        if (other === undefined || reading.quality < other.quality) one.at.set(at, reading);
        samples++;
      }
    }
    return { samples, duplicates: 0, late };
  }

  async samples(key: SeriesKey, { start, end }: Period, around: Around = 'none'): Promise<SampleColumns> {
    const all = [...(this.readings.get(seriesName(key))?.at ?? [])].sort(([a], [b]) => a - b);
    const within = all.filter(([time]) => time >= start && time < end);
    const usable = all.filter(
      ([, { value, quality }]) => around === 'any' || (value !== null && countsInTotals(quality)),
    );
    const before = usable.findLast(([time]) => time < start);
    const after = usable.find(([time]) => time >= end);
    const rows = around === 'none' ? within : [...(before ? [before] : []), ...within, ...(after ? [after] : [])];
    this.rowsRead += rows.length;
    return {
      time: rows.map(([time]) => time),
      value: rows.map(([, { value }]) => value),
      quality: rows.map(([, { quality }]) => quality),
    };
  }

  async latest(): Promise<Sample[]> {
    return [...this.readings.values()].map(({ key, at }) => {
      const time = Math.max(...at.keys());
      return { ...key, time, ...(at.get(time) as { value: number | null; quality: number }) };
    });
  }

  async putSlots(writes: readonly SlotWrite[]): Promise<void> {
    const names = new Set<string>();
    for (const { key, resolution, slots } of writes) {
      for (const slot of slots) {
        const name = `${seriesName(key)}/${resolution}/${slot.start}`;
        assert.ok(!names.has(name), `${name} is written twice at once`);
        names.add(name);
        if (isEmpty(slot)) this.written.delete(name);
        else this.written.set(name, { ...slot });
      }
    }
  }

  async slots(keys: readonly SeriesKey[], resolution: Resolution, period: Period): Promise<Slot[][]> {
    return keys.map((key) => {
      const prefix = `${seriesName(key)}/${resolution}/`;
      return [...this.written]
        .filter(([name, slot]) => name.startsWith(prefix) && contains(period, slot.start))
        .map(([, slot]) => slot)
        .sort((a, b) => a.start - b.start);
    });
  }

  async newestSlots() {
    const newest = [];
    for (const { key } of this.readings.values()) {
      const [slots = []] = await this.slots([key], 'quarter', { start: 0, end: Number.MAX_SAFE_INTEGER });
      const last = slots.at(-1);
      if (last !== undefined) newest.push({ ...key, start: last.start });
    }
    return newest;
  }

  async facts(): Promise<SeriesFacts[]> {
    return this.known;
  }
  async putFacts(facts: readonly SeriesFacts[]): Promise<void> {
    this.known = [...facts];
  }
  receipts = async () => [];
  losses = async () => [];
  close = async () => undefined;
}

async function following(store: MemoryStore, calendar: Calendar, notes = new LateNotes()) {
  const rollUp = new RollUp(store, calendar, silentLog, notes);
  await rollUp.start();
  const behind: (() => Promise<void>)[] = [];
  const catchUp = async () => {
    for (const follow of behind.splice(0)) await follow();
  };
  return {
    rollUp,
    catchUp,
    /** The slots may follow at once, or stay behind what is stored. */
    commit: async (samples: readonly Sample[], isBehind = false) => {
      const builder = new BatchBuilder();
      for (const one of samples) builder.add(one);
      const batch = builder.build('gw', 1, 1);
      rollUp.foresee([batch]);
      const { late } = await store.commit([batch]);
      behind.push(() => rollUp.follow([batch], late));
      if (!isBehind) await catchUp();
    },
  };
}

/** All slots. */
async function content(store: MemoryStore): Promise<Record<string, Slot[]>> {
  const result: Record<string, Slot[]> = {};
  for (const key of [counter, gauge]) {
    for (const resolution of resolutions) {
      const [slots = []] = await store.slots([key], resolution, { start: 0, end: Number.MAX_SAFE_INTEGER });
      // A mean that was made in another order of its parts differs in the last bit.
      result[`${seriesName(key)} ${resolution}`] = slots.map((slot) => ({
        ...slot,
        value: key === gauge ? Number(slot.value.toPrecision(9)) : slot.value,
      }));
    }
  }
  return result;
}

async function rebuilt(store: MemoryStore, calendar: Calendar) {
  const fresh = new MemoryStore();
  fresh.known = store.known;
  for (const [name, readings] of store.readings) fresh.readings.set(name, readings);
  await new RollUp(fresh, calendar, silentLog).start();
  return content(fresh);
}

/** Half an hour off, clocks that change, a leap day, a zone that skips midnight. */
const places: [zone: string, year: number, month: number, date: number][] = [
  ['Asia/Shanghai', 2025, 3, 1],
  ['Asia/Kolkata', 2024, 2, 28],
  ['Europe/Berlin', 2025, 3, 29],
  ['America/New_York', 2024, 11, 2],
  ['Australia/Lord_Howe', 2025, 4, 5],
  ['America/Santiago', 2024, 9, 7],
];

const history = fc.record({
  place: fc.constantFrom(...places),
  readings: fc.array(
    fc.record({
      wait: fc.oneof({ weight: 5, arbitrary: fc.integer({ min: 1, max: 40 }) }, fc.integer({ min: 40, max: 2_000 })),
      growth: fc.nat(500),
      what: fc.constantFrom('good', 'good', 'good', 'good', 'bad', 'zero'),
      part: fc.nat(5),
    }),
    { minLength: 10, maxLength: 120 },
  ),
  order: fc.shuffledSubarray([0, 1, 2, 3, 4, 5], { minLength: 6 }),
  replacedAt: fc.option(fc.nat(119)),
  crashAt: fc.option(fc.nat(5)),
  repairs: fc.array(fc.boolean(), { minLength: 6, maxLength: 6 }),
  behind: fc.array(fc.boolean(), { minLength: 6, maxLength: 6 }),
});

test('whatever the order, the outages, the crashes and the zone, slots are those of a full rebuild', async () => {
  await fc.assert(
    fc.asyncProperty(
      history,
      async ({ place: [zone, ...date], readings, order, replacedAt, crashAt, repairs, behind }) => {
        const calendar = new Calendar(zone);
        const store = new MemoryStore();
        let [time, count] = [calendar.startOf(...date), 1_000];
        const parts: Sample[][] = order.map(() => []);
        const exchange = readings[replacedAt ?? -1] === undefined ? undefined : replacedAt;
        store.known = [factsOf()];
        for (const [row, { wait, growth, what, part }] of readings.entries()) {
          time += wait * minute;
          if (row === exchange) {
            count = 7;
            store.known = [
              factsOf([
                { serial: 'A', from: 0 },
                { serial: 'B', from: time - minute / 2, initial: 5 },
              ]),
            ];
          }
          count += growth / 100;
          const value = what === 'bad' ? null : what === 'zero' ? 0 : count;
          const quality = what === 'bad' ? 128 : 0;
          parts[part]?.push({ ...counter, time, value, quality }, { ...gauge, time, value: value && growth, quality });
        }
        const notes = new LateNotes();
        let { rollUp, commit, catchUp } = await following(store, calendar, notes);
        for (const [step, part] of order.entries()) {
          await commit(parts[part] as Sample[], behind[step]);
          if (repairs[step]) await rollUp.flush();
          if (step === crashAt) ({ rollUp, commit, catchUp } = await following(store, calendar, notes));
        }
        await catchUp();
        await rollUp.flush();
        const slots = await content(store);
        assert.deepEqual(slots, await rebuilt(store, calendar));
        const [energies = []] = await store.slots([counter], 'quarter', { start: 0, end: time + day });
        const whole = { start: energies[0]?.start ?? 0, end: time + day };
        const cut = whole.start + Math.floor((whole.end - whole.start) / 2 / (15 * minute)) * 15 * minute;
        const energyOf = (period: Period) => totalOf(energies, 'energy_import', period).value ?? 0;
        const halves = energyOf({ ...whole, end: cut }) + energyOf({ ...whole, start: cut });
        assert.ok(Math.abs(energyOf(whole) - halves) < 1e-6);
        const quarters = slots[`${seriesName(counter)} quarter`] as Slot[];
        for (const resolution of ['hour', 'day'] as const)
          assert.deepEqual(
            slots[`${seriesName(counter)} ${resolution}`],
            coarsen(quarters, resolution, 'energy_import', calendar),
          );
      },
    ),
    { seed: 17, numRuns: cases },
  );
});

const shanghai = new Calendar('Asia/Shanghai');
const t0 = shanghai.startOf(2025, 1, 1);
const energy = (at: number, value: number): Sample => ({ ...counter, time: t0 + at * minute, value, quality: 0 });

test('what comes late into a long past is made again there, and nowhere else', async () => {
  const store = new MemoryStore();
  store.known = [factsOf()];
  const { rollUp, commit } = await following(store, shanghai);
  const all = Array.from({ length: 90 * 24 }, (_, n) => energy(n * 60, n));
  await commit(all.filter((_, n) => n % 24 !== 700 % 24 || n < 690 || n > 730));
  await rollUp.flush();
  store.rowsRead = 0;
  await commit([all[700] as Sample]);
  await rollUp.flush();
  assert.ok(store.rowsRead < 10 * 24, `${store.rowsRead} of ${all.length} readings were read`);
  assert.deepEqual(await content(store), await rebuilt(store, shanghai));
});

test('what is stored ahead of what was followed is read by a repair, and nothing before it is passed over', async () => {
  const store = new MemoryStore();
  store.known = [factsOf()];
  const { rollUp, commit, catchUp } = await following(store, shanghai);
  const days = (first: number, end: number) =>
    Array.from({ length: (end - first) * 96 }, (_, n) => energy((first * 96 + n) * 15, first * 96 + n));
  await commit(days(0, 3));
  await rollUp.flush();
  // A backlog: three commits are stored before the slots follow, and the last of them brings something late.
  for (const samples of [days(3, 20), days(25, 40), days(20, 25)]) await commit(samples, true);
  await rollUp.flush();
  await catchUp();
  await rollUp.flush();
  assert.deepEqual(await content(store), await rebuilt(store, shanghai));
});

test('a crash right after the commit of late readings forgets none of their slots', async (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'tanbiao-late-'));
  context.after(() => rmSync(folder, { recursive: true }));
  const notes = new LateNotes(join(folder, 'late.sqlite'));
  const store = new MemoryStore();
  store.known = [factsOf()];
  const { rollUp, commit } = await following(store, shanghai, notes);
  const all = Array.from({ length: 20 * 24 }, (_, n) => energy(n * 60, n * n));
  await commit(all.filter((_, n) => n < 100 || n > 140));
  await rollUp.flush();
  await commit(all.slice(100, 141));
  notes.close(); // the process dies here
  const again = new LateNotes(join(folder, 'late.sqlite'));
  await following(store, shanghai, again);
  assert.deepEqual(await content(store), await rebuilt(store, shanghai));
  assert.equal(again.size, 0);
  again.close();
});

test('a replacement that is told after the readings of the new meter sets the slots right', async () => {
  const store = new MemoryStore();
  store.known = [factsOf([{ serial: 'A', from: 0 }])];
  const { rollUp, commit } = await following(store, shanghai);
  rollUp.learn(store.known);
  await commit(Array.from({ length: 200 }, (_, n) => energy(n * 15, n < 100 ? 5_000 + n : n - 95)));
  await rollUp.flush();
  store.known = [
    factsOf([
      { serial: 'A', from: 0 },
      { serial: 'B', from: t0 + 100 * 15 * minute - 1 },
    ]),
  ];
  rollUp.learn(store.known);
  await rollUp.flush();
  assert.deepEqual(await content(store), await rebuilt(store, shanghai));
  const [quarters = []] = await store.slots([counter], 'quarter', { start: t0, end: t0 + 10 * day });
  assert.equal(
    quarters.reduce((sum, { value }) => sum + value, 0),
    (99 + 99) * 1_000,
  );
});

test('a backlog behind live readings costs what its length costs', async () => {
  const rowsFor = async (days: number) => {
    const store = new MemoryStore();
    store.known = [factsOf()];
    const { rollUp, commit } = await following(store, shanghai);
    const all = Array.from({ length: days * 24 * 4 }, (_, n) => energy(n * 15, n));
    await commit([energy((days * day) / minute, all.length)]);
    store.rowsRead = 0;
    for (let n = 0; n < all.length; n += 8) await commit(all.slice(n, n + 8));
    await rollUp.flush();
    const [days_ = []] = await store.slots([counter], 'day', { start: 0, end: t0 + 100 * day });
    assert.equal(
      days_.reduce((sum, { value }) => sum + value, 0),
      all.length * 1_000,
    );
    return store.rowsRead;
  };
  const [short, long] = [await rowsFor(4), await rowsFor(16)];
  assert.ok(long < 5 * short, `${short} rows were read for 4 days, ${long} for 16`);
});

test('a flush that the store does not take fails, and the next one writes everything', async () => {
  const store = new MemoryStore();
  store.known = [factsOf()];
  const { rollUp, commit } = await following(store, shanghai);
  await commit(Array.from({ length: 3 * 96 }, (_, n) => energy(n * 15, n)));
  const putSlots = store.putSlots;
  store.putSlots = () => Promise.reject(new Error('away'));
  await assert.rejects(rollUp.flush(), /away/);
  store.putSlots = putSlots;
  await rollUp.flush();
  assert.deepEqual(await content(store), await rebuilt(store, shanghai));
});
