// Owns the embedded store behind the port: the registry of series and the newest readings in memory, the rest in its thread.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { contains, day, minute, type Period } from '../../core/calendar.ts';
import { canonicalJson } from '../../core/canonical.ts';
import type { Clock } from '../../core/clock.ts';
import { exitCodes, Fault, messageOf } from '../../core/fault.ts';
import { lossesBeside } from '../../core/gaps.ts';
import type { Log } from '../../core/log.ts';
import { fromSteps } from '../../core/points.ts';
import { ReceiptSet, receiptOf } from '../../core/receipts.ts';
import type { Batch, Loss, Sample, SampleColumns, SeriesFacts, SeriesKey } from '../../core/sample.ts';
import {
  emptySlot,
  type Resolution,
  resolutions,
  type Slot,
  type SlotColumns,
  slotFields,
  slotsFrom,
} from '../../core/slots.ts';
import type { Around, Committed, LossRecord, Receipts, SlotWrite, Successor } from '../../core/store.ts';
import type { Checked, Stats } from './inspection.ts';
import { type MonthFile, periodOf } from './months.ts';
import {
  type Commit,
  databaseFile,
  type LossRow,
  type Opened,
  type Operations,
  type ReceiptRow,
  slotColumns,
} from './operations.ts';
import type { Forgotten } from './readings.ts';
import { rowOf, type Series, SeriesRegistry } from './registry.ts';
import { buffersOf, RowsByMonth, RowWriter } from './rows.ts';
import { StoreThread } from './thread.ts';

type OneOfMany = SampleColumns & { isAll: boolean };

export type Gone = { month: string; series: number; readings: number };

/** A gateway that was cut off for some days still finds its month in the tables. */
const grace = 3 * day;

/** A few milliseconds' work. */
const madeAtOnce = 40_000;

const never = Number.NEGATIVE_INFINITY;

export class DuckdbStore implements Successor {
  readonly #thread: StoreThread;
  readonly #registry = new SeriesRegistry();
  readonly #receipts = new Map<string, ReceiptSet>();
  readonly #newestSlot: Record<Resolution, Map<number, number>> = {
    quarter: new Map(),
    hour: new Map(),
    day: new Map(),
  };

  /** Where the readings of a series are gone: its slots there are all that is left, and are not made again. */
  readonly #forgotten = new Map<number, Period[]>();

  private constructor(thread: StoreThread) {
    this.#thread = thread;
  }

  static async open(folder: string): Promise<DuckdbStore> {
    mkdirSync(folder, { recursive: true });
    const file = join(folder, databaseFile);
    const thread = new StoreThread(folder);
    try {
      const store = new DuckdbStore(thread);
      store.#load(await thread.call<Opened>('opened', []));
      await thread.call('replaceReceipts', [store.#receiptRows()]);
      return store;
    } catch (cause) {
      await thread.terminate();
      const locked = cause instanceof Error && /lock/i.test(cause.message);
      // DuckDB: "Conflicting lock is held in /usr/bin/node (PID 4711)"
      const holder = locked
        ? (/held in (.+ \(PID \d+\))/.exec(cause.message)?.[1] ?? '').replace(/ \((PID \d+)\)$/, ', $1')
        : '';
      throw new Fault(
        locked ? 'store_locked' : 'store_unreadable',
        locked
          ? {
              zh: `${file} 正被另一个进程使用${holder === '' ? '' : `（${holder}）`}：先停止它，或向它查询`,
              en: `${file} is in use by another process${holder && ` (${holder})`}: stop it first, or ask that process`,
            }
          : { zh: `无法打开存储 ${file}：${String(cause)}`, en: `cannot open the store ${file}: ${String(cause)}` },
        { cause, exitCode: exitCodes.unavailable },
      );
    }
  }

  async commit(batches: readonly Batch[]): Promise<Committed> {
    const rows = new RowsByMonth(batches.reduce((sum, { index }) => sum + index.length, 0));
    const late: Committed['late'] = [];
    const unstored = new Set<Series>();
    const receipts: ReceiptRow[] = [];
    const losses: LossRow[] = [];
    const taken = new Map<string, ReceiptSet>();
    let duplicates = 0;
    for (const batch of batches) {
      const run = `${batch.gateway}/${batch.epoch}`;
      const inThisCommit = taken.get(run) ?? new ReceiptSet();
      if (this.#receipts.get(run)?.has(batch.seq) || inThisCommit.has(batch.seq)) {
        duplicates++;
        continue;
      }
      inThisCommit.add(receiptOf(batch));
      taken.set(run, inThisCommit);
      for (const loss of batch.lost)
        losses.push({ gateway: batch.gateway, epoch: batch.epoch, seq: batch.seq, loss: JSON.stringify(loss) });
      const series = this.#registry.allOf(batch.series);
      for (const one of series) if (!one.stored) unstored.add(one);
      const { index, time, value, quality } = batch;
      for (let row = 0; row < index.length; row++) {
        const { sid, scale, meter, point } = series[index[row] as number] as Series;
        const at = time[row] as number;
        const reading = value[row] as number | null;
        const steps = reading === null ? null : Math.round(reading * scale);
        rows.push(sid, at, steps, quality[row] as number);
        if (!this.#registry.follow(sid, at, steps, quality[row] as number)) late.push({ meter, point, time: at });
      }
    }
    for (const [run, set] of taken) {
      const [gateway = '', epoch] = run.split('/');
      for (const range of set.ranges) receipts.push({ gateway, epoch: Number(epoch), ...range });
    }
    if (receipts.length === 0) return { samples: 0, duplicates, late: [] };
    const { samples } = rows;
    const readings = rows.take();
    await this.#thread.call(
      'commit',
      [{ series: [...unstored].map(rowOf), receipts, losses, readings } satisfies Commit],
      readings.flatMap((month) => buffersOf(month.rows)),
    );
    for (const one of unstored) one.stored = true;
    for (const { gateway, epoch, ...range } of receipts) this.#receiptsOf({ gateway, epoch }).add(range);
    return { samples, duplicates, late };
  }

  async receipts(): Promise<Receipts[]> {
    return [...this.#receipts].map(([run, { ranges }]) => {
      const [gateway = '', epoch] = run.split('/');
      return { gateway, epoch: Number(epoch), ranges: [...ranges] };
    });
  }

  async losses(): Promise<LossRecord[]> {
    const rows = await this.#thread.call<LossRow[]>('losses', []);
    const told = rows
      .map(({ loss, ...place }) => ({ ...place, ...(JSON.parse(loss) as Loss) }))
      .sort((a, b) => a.from - b.from);
    return lossesBeside(await this.receipts(), told);
  }

  async takeOver(receipts: readonly Receipts[], losses: readonly LossRecord[]): Promise<void> {
    const told = losses.map(({ gateway, epoch, seq, ...loss }): LossRow => {
      return { gateway, epoch, seq, loss: JSON.stringify(loss) };
    });
    await this.#thread.call('commit', [{ series: [], readings: [], receipts: [], losses: told } satisfies Commit]);
    this.#receipts.clear();
    for (const { ranges, ...run } of receipts) for (const range of ranges) this.#receiptsOf(run).add(range);
    await this.#thread.call('replaceReceipts', [this.#receiptRows()]);
  }

  async putFacts(facts: readonly SeriesFacts[]): Promise<void> {
    const changed: Series[] = [];
    for (const fact of facts) {
      const series = this.#registry.of(fact);
      if (series.stored && canonicalJson(series.facts) === canonicalJson(fact)) continue;
      series.facts = fact;
      changed.push(series);
    }
    await this.#register(changed);
  }

  async #register(series: readonly Series[]): Promise<void> {
    if (series.length === 0) return;
    await this.#thread.call('putFacts', [series.map(rowOf)]);
    for (const one of series) one.stored = true;
  }

  async facts(): Promise<SeriesFacts[]> {
    return this.#registry.all().flatMap(({ facts }) => (facts === null ? [] : [facts]));
  }

  async latest(): Promise<Sample[]> {
    return this.#registry.latest();
  }

  async samples(key: SeriesKey, period: Period, around: Around = 'none'): Promise<SampleColumns> {
    const series = this.#registry.find(key);
    if (series === undefined) return { time: [], value: [], quality: [] };
    const [time, steps, quality] = await this.#thread.call<[Float64Array, Float64Array, Float64Array]>('samples', [
      series.sid,
      period.start,
      period.end,
      around,
    ]);
    return {
      time: [...time],
      value: Array.from(steps, (value) => (Number.isNaN(value) ? null : fromSteps(value, key.point))),
      quality: [...quality],
    };
  }

  async samplesSince(keys: readonly SeriesKey[], start: number): Promise<OneOfMany[]> {
    const known = keys.flatMap((key) => this.#registry.find(key) ?? []);
    const { columns, isNew } = await this.#thread.call<Awaited<ReturnType<Operations['since']>>>('since', [
      known.map(({ sid }) => sid),
      start,
    ]);
    const [sids = [], times = [], steps = [], qualities = []] = columns;
    const fresh = new Set(isNew);
    const empty = (isAll: boolean): OneOfMany => ({ time: [], value: [], quality: [], isAll });
    const bySid = new Map(known.map(({ sid }) => [sid, empty(fresh.has(sid))]));
    for (let row = 0; row < sids.length; row++) {
      const sid = sids[row] as number;
      const one = bySid.get(sid) as OneOfMany;
      const value = steps[row] as number;
      one.time.push(times[row] as number);
      one.value.push(Number.isNaN(value) ? null : fromSteps(value, this.#registry.at(sid).point));
      one.quality.push(qualities[row] as number);
    }
    return keys.map((key) => bySid.get(this.#registry.find(key)?.sid ?? -1) ?? empty(true));
  }

  async putSlots(writes: readonly SlotWrite[]): Promise<void> {
    const known = new Set(writes.map(({ key }) => this.#registry.of(key)));
    await this.#register([...known].filter(({ stored }) => !stored));
    const parts = resolutions.flatMap((resolution) => {
      const rows = new RowWriter([...slotColumns]);
      const newest = this.#newestSlot[resolution];
      let [from, to, rewrites] = [Number.POSITIVE_INFINITY, never, false];
      for (const { key, slots } of writes.filter((write) => write.resolution === resolution)) {
        const { sid } = this.#registry.of(key);
        const gone = this.#forgotten.get(sid) ?? [];
        for (const { start, value, estimated, covered, min, max, quality, marks, readings } of slots) {
          if (gone.some((period) => contains(period, start))) continue;
          const last = newest.get(sid) ?? never;
          rewrites ||= start <= last;
          newest.set(sid, Math.max(start, last));
          from = Math.min(from, start);
          to = Math.max(to, start);
          rows.push(sid, start, value, estimated, covered, min, max, quality, marks, readings);
        }
      }
      return rows.count === 0 ? [] : [{ resolution, rows: rows.take(), from, to, rewrites }];
    });
    if (parts.length > 0)
      await this.#thread.call(
        'putSlots',
        [parts],
        parts.flatMap(({ rows }) => buffersOf(rows)),
      );
  }

  async slots(keys: readonly SeriesKey[], resolution: Resolution, period: Period): Promise<Slot[][]> {
    const { columns, stretchOf } = await this.#slotRows(keys, resolution, period);
    const lists: Slot[][] = [];
    let made = 0;
    for (const key of keys) {
      const { from, to } = stretchOf(key);
      made += to - from;
      // Years of many meters are a second's work: whoever else is served by this thread is not kept waiting for all of it.
      if (made > madeAtOnce) {
        await setImmediate();
        made = to - from;
      }
      lists.push(slotsFrom(columns, from, to));
    }
    return lists;
  }

  async slotColumns(keys: readonly SeriesKey[], resolution: Resolution, period: Period): Promise<SlotColumns[]> {
    const { columns, stretchOf } = await this.#slotRows(keys, resolution, period);
    return keys.map((key) => {
      const { from, to } = stretchOf(key);
      return columns.map((column) => column.slice(from, to));
    });
  }

  /** Rows come in the order of series: each has one stretch of them. */
  async #slotRows(keys: readonly SeriesKey[], resolution: Resolution, period: Period) {
    const known = keys.flatMap((key) => this.#registry.find(key)?.sid ?? []);
    const [sids = new Float64Array(), ...columns] =
      known.length === 0
        ? [0, ...slotFields].map(() => new Float64Array())
        : await this.#thread.call<Float64Array<ArrayBuffer>[]>('slots', [known, resolution, period.start, period.end]);
    const stretches = new Map<number, { from: number; to: number }>();
    for (let from = 0, to = 0; from < sids.length; from = to) {
      const sid = sids[from] as number;
      while (to < sids.length && sids[to] === sid) to++;
      stretches.set(sid, { from, to });
    }
    const stretchOf = (key: SeriesKey) => stretches.get(this.#registry.find(key)?.sid ?? -1) ?? { from: 0, to: 0 };
    return { columns, stretchOf };
  }

  /** What each series amounted to and how far it is covered, from its daily slots, added up where they lie. */
  async totals(keys: readonly SeriesKey[], { start, end }: Period): Promise<Slot[]> {
    const [sids = new Float64Array(), ...columns] = await this.#thread.call<Float64Array<ArrayBuffer>[]>('totals', [
      start,
      end,
    ]);
    const bySid = new Map(slotsFrom(columns).map((slot, row) => [sids[row] as number, slot]));
    return keys.map((key) => bySid.get(this.#registry.find(key)?.sid ?? -1) ?? emptySlot(start));
  }

  async newestSlots(): Promise<(SeriesKey & { start: number })[]> {
    return [...this.#newestSlot.quarter].map(([sid, start]) => {
      const { meter, point } = this.#registry.at(sid);
      return { meter, point, start };
    });
  }

  /** Months that are over, and so long that most of what comes late is in; their readings are not in their file yet. */
  monthsToCompact(now: number): Promise<string[]> {
    return this.#thread.call('closedBy', [now - grace]);
  }

  /** Puts a month into its file; readings and questions go on meanwhile. */
  compact(month: string): Promise<MonthFile> {
    return this.#thread.call('compact', [month, this.#registry.listed()]);
  }

  /** Deletes the readings of whole months that may go, and keeps on record how many they were. */
  async forget(may: (key: SeriesKey, month: Period) => boolean, at: number, signal: AbortSignal): Promise<Gone[]> {
    const gone: Gone[] = [];
    for (const month of await this.#thread.call<string[]>('months', [])) {
      const period = periodOf(month);
      if (signal.aborted || !this.#registry.all().some((series) => may(series, period))) continue;
      const counts = await this.#thread.call<[number, number][]>('countsIn', [month]);
      const forgotten = counts
        .filter(([sid]) => may(this.#registry.at(sid), period))
        .map(([sid, rows]): Forgotten => ({ sid, rows, at }));
      if (forgotten.length === 0) continue;
      for (const { sid } of forgotten) this.#noteForgotten(sid, month); // before: no slot is made from half of them
      await this.#thread.call('forget', [month, this.#registry.listed(), forgotten]);
      gone.push({ month, series: forgotten.length, readings: forgotten.reduce((sum, { rows }) => sum + rows, 0) });
    }
    return gone;
  }

  /** The first slots after it were made with the last of its readings, too. */
  #noteForgotten(sid: number, month: string): void {
    const { start, end } = periodOf(month);
    this.#forgotten.set(sid, [...(this.#forgotten.get(sid) ?? []), { start, end: end + day }]);
  }

  async stats(): Promise<Stats & { lost: { records: number; readings: number } }> {
    const losses = await this.losses();
    const readings = losses.reduce((sum, loss) => sum + loss.readings, 0);
    return { ...(await this.#thread.call<Stats>('stats', [])), lost: { records: losses.length, readings } };
  }

  check(): Promise<Checked> {
    return this.#thread.call('check', []);
  }

  /** Copies the store as it is at this moment; readings and questions go on meanwhile. Gives what is to be waited for. */
  async copyTo(folder: string): Promise<{ done: Promise<void> }> {
    await this.#thread.call('pinCopy', [folder]);
    const done = this.#thread.call('copied', []);
    done.catch(() => undefined); // whoever waits has the failure
    return { done };
  }

  /** Compacts once a day, and does what comes after it, in the background, until the signal. */
  async keepCompact(clock: Clock, log: Log, signal: AbortSignal, then: () => Promise<unknown>): Promise<void> {
    for (let wait = minute; !signal.aborted; wait = day) {
      await clock.sleep(wait, signal).catch((error) => {
        if (!signal.aborted) throw error;
      });
      try {
        for (const month of await this.monthsToCompact(clock.now())) {
          if (signal.aborted) return;
          const { file, rows, bytes } = await this.compact(month);
          log.info({ event: 'month_compacted', file, rows, bytes }, 'month compacted');
        }
        await then();
      } catch (error) {
        // The readings stay where they are, and are read from there; the next day tries again.
        if (!signal.aborted) log.error({ event: 'compact_failed', reason: messageOf(error) }, 'month not compacted');
      }
    }
  }

  async close(): Promise<void> {
    await this.#thread.call('close', []);
    await this.#thread.terminate();
  }

  #load({ series, receipts, latest, newestSlots, forgotten }: Opened): void {
    for (const { sid, month } of forgotten) this.#noteForgotten(sid, month);
    this.#registry.load(series, latest);
    for (const { gateway, epoch, ...range } of receipts) this.#receiptsOf({ gateway, epoch }).add(range);
    for (const resolution of resolutions) {
      const [slotSids = [], starts = []] = newestSlots[resolution];
      for (let row = 0; row < slotSids.length; row++)
        this.#newestSlot[resolution].set(slotSids[row] as number, starts[row] as number);
    }
  }

  #receiptsOf({ gateway, epoch }: { gateway: string; epoch: number }): ReceiptSet {
    const run = `${gateway}/${epoch}`;
    const set = this.#receipts.get(run) ?? new ReceiptSet();
    this.#receipts.set(run, set);
    return set;
  }

  #receiptRows(): ReceiptRow[] {
    return [...this.#receipts].flatMap(([run, { ranges }]) => {
      const [gateway = '', epoch] = run.split('/');
      return ranges.map((range) => ({ gateway, epoch: Number(epoch), ...range }));
    });
  }
}
