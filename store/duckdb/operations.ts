// Owns the statements of the embedded store. Runs in a worker thread: a checkpoint must not hold up the readings.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ReceivedRange } from '../../core/receipts.ts';
import { type Resolution, slotFields } from '../../core/slots.ts';
import type { Around } from '../../core/store.ts';
import { StoreCopy } from './copy.ts';
import { Database } from './database.ts';
import { type Checked, checkAll, type Stats, statsOf } from './inspection.ts';
import type { MonthFile } from './months.ts';
import { type Forgotten, type MonthRows, Readings } from './readings.ts';
import type { Rows } from './rows.ts';

export const databaseFile = 'tanbiao.duckdb';

export const slotColumns = [
  'int32',
  'int64',
  'float64',
  'float64',
  'int32',
  'float64',
  'float64',
  'uint8',
  'int32',
  'int32',
] as const;

export type SeriesRow = { sid: number; meter: string; point: string; facts: string | null };
export type ReceiptRow = ReceivedRange & { gateway: string; epoch: number };

export type Opened = {
  series: SeriesRow[];
  receipts: ReceiptRow[];
  latest: Float64Array[];
  newestSlots: Record<Resolution, Float64Array[]>;
  forgotten: { month: string; sid: number }[];
};

export type LossRow = { gateway: string; epoch: number; seq: number; loss: string };

export type Commit = {
  series: SeriesRow[];
  readings: MonthRows[];
  receipts: ReceiptRow[];
  losses: LossRow[];
};

/** `rewrites`: some of the rows may stand for slots that are there already. */
export type SlotRows = { resolution: Resolution; rows: Rows; from: number; to: number; rewrites: boolean };

const schema = `
  CREATE TABLE IF NOT EXISTS series (sid INTEGER, meter VARCHAR, point VARCHAR, facts VARCHAR);
  CREATE TABLE IF NOT EXISTS losses (gateway VARCHAR, epoch BIGINT, seq BIGINT, loss VARCHAR);
  CREATE TABLE IF NOT EXISTS receipts (gateway VARCHAR, epoch BIGINT, first BIGINT, last BIGINT);
  ALTER TABLE receipts ADD COLUMN IF NOT EXISTS oldest BIGINT;
  ALTER TABLE receipts ADD COLUMN IF NOT EXISTS newest BIGINT;
  ${(['quarter', 'hour', 'day'] satisfies Resolution[])
    .map(
      (resolution) => `CREATE TABLE IF NOT EXISTS slots_${resolution} (sid INTEGER, start BIGINT, value DOUBLE,
        estimated DOUBLE, covered INTEGER, min DOUBLE, max DOUBLE, quality UTINYINT, marks INTEGER);
        ALTER TABLE slots_${resolution} ADD COLUMN IF NOT EXISTS readings INTEGER DEFAULT 0;`,
    )
    .join('\n')}
`;

export class Operations {
  readonly #database: Database;
  readonly #readings: Readings;
  readonly #file: string;
  #lastAside: Promise<unknown> = Promise.resolve();
  #copied: Promise<void> = Promise.resolve();

  private constructor(file: string, database: Database, readings: Readings) {
    this.#file = file;
    this.#database = database;
    this.#readings = readings;
  }

  static async open(folder: string): Promise<Operations> {
    const months = join(folder, 'months');
    mkdirSync(months, { recursive: true });
    const file = join(folder, databaseFile);
    const database = await Database.open(file, join(folder, 'temporary'));
    try {
      await database.write(schema);
      await database.write('CREATE TEMP TABLE fresh AS SELECT * FROM slots_quarter LIMIT 0');
      return new Operations(file, database, await Readings.open(database, months));
    } catch (error) {
      database.close();
      throw error;
    }
  }

  async opened(): Promise<Opened> {
    const database = this.#database;
    const newest = (resolution: Resolution) =>
      database.numbers(`SELECT sid::DOUBLE, max(start)::DOUBLE FROM slots_${resolution} GROUP BY sid`);
    return {
      series: (await database.rows('SELECT sid, meter, point, facts FROM series ORDER BY sid')) as SeriesRow[],
      receipts: await this.#mergedReceipts(),
      latest: await this.#readings.latest(),
      newestSlots: { quarter: await newest('quarter'), hour: await newest('hour'), day: await newest('day') },
      forgotten: (await database.rows('SELECT DISTINCT month, sid FROM forgotten')) as Opened['forgotten'],
    };
  }

  async #mergedReceipts(): Promise<ReceiptRow[]> {
    const numbers = ['epoch', 'first', 'last', 'oldest', 'newest'].map((name) => `${name}::DOUBLE AS ${name}`);
    const rows = await this.#database.rows(`SELECT gateway, ${numbers.join(', ')} FROM receipts`);
    return rows as ReceiptRow[];
  }

  /** One row a commit and gateway adds up: at start they are joined again. */
  async replaceReceipts(receipts: readonly ReceiptRow[]): Promise<void> {
    await this.#database.transaction(async () => {
      await this.#database.write('DELETE FROM receipts');
      await this.#writeReceipts(receipts);
    });
  }

  async #writeReceipts(receipts: readonly ReceiptRow[]): Promise<void> {
    for (const { gateway, epoch, first, last, oldest, newest } of receipts) {
      await this.#database.write(
        'INSERT INTO receipts VALUES (?, ?::BIGINT, ?::BIGINT, ?::BIGINT, ?::BIGINT, ?::BIGINT)',
        [gateway, epoch, first, last, oldest, newest],
      );
    }
  }

  async commit({ series, readings, receipts, losses }: Commit): Promise<void> {
    const database = this.#database;
    await database.turn(async () => {
      const adopt = await database.transact(async () => {
        await this.#writeSeries(series);
        const taken = await this.#readings.append(readings);
        for (const { gateway, epoch, seq, loss } of losses) {
          await database.write('INSERT INTO losses VALUES (?, ?::BIGINT, ?::BIGINT, ?)', [gateway, epoch, seq, loss]);
        }
        await this.#writeReceipts(receipts);
        return taken;
      });
      adopt();
    });
  }

  async #writeSeries(series: readonly SeriesRow[]): Promise<void> {
    // Many in a statement: a plant that starts has a thousand new series at once.
    for (let from = 0; from < series.length; from += 500) {
      const some = series.slice(from, from + 500);
      await this.#database.write(`DELETE FROM series WHERE sid IN (${some.map(({ sid }) => sid).join(', ')})`);
      await this.#database.write(
        `INSERT INTO series VALUES ${some.map(() => '(?, ?, ?, ?)').join(', ')}`,
        some.flatMap(({ sid, meter, point, facts }) => [sid, meter, point, facts]),
      );
    }
  }

  async losses(): Promise<LossRow[]> {
    const rows = await this.#database.rows(
      'SELECT gateway, epoch::DOUBLE AS epoch, seq::DOUBLE AS seq, loss FROM losses ORDER BY gateway, epoch, seq',
    );
    return rows as LossRow[];
  }

  async putFacts(series: readonly SeriesRow[]): Promise<void> {
    await this.#database.transaction(() => this.#writeSeries(series));
  }

  samples(sid: number, start: number, end: number, around: Around): Promise<Float64Array[]> {
    return this.#readings.samples(sid, { start, end }, around);
  }

  async since(sids: readonly number[], start: number): Promise<{ columns: Float64Array[]; isNew: number[] }> {
    return {
      columns: await this.#readings.since(sids, start),
      isNew: await this.#readings.newSince(sids, start),
    };
  }

  stats(): Promise<Stats> {
    return statsOf(this.#looked, this.#file);
  }

  /** One after another with compaction: a file that is being replaced is no damage. */
  check(): Promise<Checked> {
    return this.#aside(() => checkAll(this.#looked));
  }

  get #looked() {
    const { places, folder, pathOf } = this.#readings;
    return { database: this.#database, places, folder, pathOf };
  }

  /** Months that ended at this moment or before, and have readings that are not in their file yet. */
  closedBy(time: number): string[] {
    return this.#readings.closedBy(time);
  }

  compact(month: string, registry: readonly unknown[]): Promise<MonthFile> {
    return this.#aside(() => this.#readings.compact(month, registry));
  }

  countsIn(month: string): Promise<[sid: number, rows: number][]> {
    return this.#aside(() => this.#readings.countsIn(month));
  }

  months(): string[] {
    return [...this.#readings.places.keys()].sort();
  }

  forget(month: string, registry: readonly unknown[], forgotten: readonly Forgotten[]): Promise<MonthFile> {
    return this.#aside(() => this.#readings.compact(month, registry, forgotten));
  }

  /** From here on the copy is of this moment, however long it takes. No month is moved until it is finished. */
  async pinCopy(folder: string): Promise<void> {
    const copy = new StoreCopy(this.#database, folder, databaseFile);
    const pinned = Promise.withResolvers<void>();
    this.#copied = this.#aside(async () => {
      await copy.pin();
      pinned.resolve();
      await copy.finish(this.#readings);
    });
    this.#copied.catch(pinned.reject);
    await pinned.promise;
  }

  copied(): Promise<void> {
    return this.#copied;
  }

  #aside<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#lastAside.then(work);
    this.#lastAside = turn.catch(() => undefined); // the caller has the failure; the queue only goes on
    return turn;
  }

  async putSlots(writes: readonly SlotRows[]): Promise<void> {
    const database = this.#database;
    await database.transaction(async () => {
      for (const { resolution, rows, from, to, rewrites } of writes) {
        const table = `slots_${resolution}`;
        if (!rewrites) {
          await database.append(table, rows);
          continue;
        }
        await database.append('fresh', rows);
        await database.write(
          `DELETE FROM ${table} s USING fresh f WHERE s.sid = f.sid AND s.start = f.start AND s.start BETWEEN ?::BIGINT AND ?::BIGINT`,
          [from, to],
        );
        await database.write(`INSERT INTO ${table} SELECT * FROM fresh WHERE covered > 0 OR marks <> 0`);
        await database.write('DELETE FROM fresh');
      }
    });
  }

  /** The columns of the table as numbers, in order of series and time. */
  async slots(sids: readonly number[], resolution: Resolution, start: number, end: number): Promise<Float64Array[]> {
    const columns = ['sid', ...slotFields];
    return this.#database.numbers(
      `SELECT ${columns.map((column) => `${column}::DOUBLE`).join(', ')} FROM slots_${resolution}
       WHERE sid IN (${sids.map(() => '?').join(', ')}) AND start >= ?::BIGINT AND start < ?::BIGINT ORDER BY sid, start`,
      [...sids, start, end],
    );
  }

  /** For each series one row like a slot. Only counters add up: of a gauge the value is the sum of means, and means nothing. */
  totals(start: number, end: number): Promise<Float64Array[]> {
    return this.#database.numbers(
      `SELECT sid::DOUBLE, min(start)::DOUBLE, sum(value), sum(estimated), sum(covered)::DOUBLE, min(min), max(max),
         max(quality)::DOUBLE, bit_or(marks)::DOUBLE, sum(readings)::DOUBLE
       FROM slots_day WHERE start >= ${start} AND start < ${end} GROUP BY sid`,
    );
  }

  async close(): Promise<void> {
    this.#database.interruptAside();
    await this.#lastAside;
    this.#database.close();
  }
}
