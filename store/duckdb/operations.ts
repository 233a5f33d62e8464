// Owns the statements of the embedded store. Runs in a worker thread: a checkpoint must not hold up the readings.
import { notForTotals } from '../../core/quality.ts';
import type { Resolution } from '../../core/slots.ts';
import type { Around } from '../../core/store.ts';
import { Database } from './database.ts';
import type { Rows } from './rows.ts';

export const sampleColumns = ['int32', 'int64', 'int64', 'uint8'] as const;
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
] as const;

export type SeriesRow = { sid: number; meter: string; point: string; facts: string | null };
export type ReceiptRow = { gateway: string; epoch: number; from: number; to: number };

export type Opened = {
  series: SeriesRow[];
  receipts: ReceiptRow[];
  latest: Float64Array[];
  newestSlots: Record<Resolution, Float64Array[]>;
};

export type LossRow = { gateway: string; epoch: number; seq: number; loss: string };

export type Commit = {
  series: SeriesRow[];
  ordered: Rows | undefined;
  late: Rows | undefined;
  receipts: ReceiptRow[];
  losses: LossRow[];
};

/** `rewrites`: some of the rows may stand for slots that are there already. */
export type SlotRows = { resolution: Resolution; rows: Rows; from: number; to: number; rewrites: boolean };

/** Values are whole steps of the point, so they stay exact; no primary key: it costs eight times the time and nine times the disk. */
const schema = `
  CREATE TABLE IF NOT EXISTS series (sid INTEGER, meter VARCHAR, point VARCHAR, facts VARCHAR);
  CREATE TABLE IF NOT EXISTS samples (sid INTEGER, ts BIGINT, v BIGINT, q UTINYINT);
  CREATE TABLE IF NOT EXISTS losses (gateway VARCHAR, epoch BIGINT, seq BIGINT, loss VARCHAR);
  CREATE TABLE IF NOT EXISTS receipts (gateway VARCHAR, epoch BIGINT, first BIGINT, last BIGINT);
  ${(['quarter', 'hour', 'day'] satisfies Resolution[])
    .map(
      (resolution) => `CREATE TABLE IF NOT EXISTS slots_${resolution} (sid INTEGER, start BIGINT, value DOUBLE,
        estimated DOUBLE, covered INTEGER, min DOUBLE, max DOUBLE, quality UTINYINT, marks INTEGER);`,
    )
    .join('\n')}
`;

/** Two readings of one series and instant: the better quality stays, then the larger value; so the order of arrival decides nothing. */
const lateWins = `l.q < s.q OR (l.q = s.q AND coalesce(l.v, -9e18::BIGINT) > coalesce(s.v, -9e18::BIGINT))`;

export class Operations {
  readonly #database: Database;

  private constructor(database: Database) {
    this.#database = database;
  }

  static async open(file: string): Promise<Operations> {
    const database = await Database.open(file);
    await database.write(schema);
    // Kept in memory while it works, on disk only for what one commit needs.
    await database.write('CREATE TEMP TABLE late (sid INTEGER, ts BIGINT, v BIGINT, q UTINYINT)');
    await database.write('CREATE TEMP TABLE fresh AS SELECT * FROM slots_quarter LIMIT 0');
    return new Operations(database);
  }

  async opened(): Promise<Opened> {
    const database = this.#database;
    const newest = (resolution: Resolution) =>
      database.numbers(`SELECT sid::DOUBLE, max(start)::DOUBLE FROM slots_${resolution} GROUP BY sid`);
    return {
      series: (await database.rows('SELECT sid, meter, point, facts FROM series ORDER BY sid')) as SeriesRow[],
      receipts: await this.#mergedReceipts(),
      latest: await database.numbers(
        `SELECT sid::DOUBLE, max(ts)::DOUBLE, arg_max_null(v, ts)::DOUBLE, arg_max(q, ts)::DOUBLE FROM samples GROUP BY sid`,
      ),
      newestSlots: { quarter: await newest('quarter'), hour: await newest('hour'), day: await newest('day') },
    };
  }

  async #mergedReceipts(): Promise<ReceiptRow[]> {
    const rows = await this.#database.rows(
      'SELECT gateway, epoch::DOUBLE AS epoch, first::DOUBLE AS "from", last::DOUBLE AS "to" FROM receipts',
    );
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
    for (const { gateway, epoch, from, to } of receipts) {
      await this.#database.write('INSERT INTO receipts VALUES (?, ?::BIGINT, ?::BIGINT, ?::BIGINT)', [
        gateway,
        epoch,
        from,
        to,
      ]);
    }
  }

  async commit({ series, ordered, late, receipts, losses }: Commit): Promise<void> {
    const database = this.#database;
    await database.transaction(async () => {
      await this.#writeSeries(series);
      if (ordered !== undefined) await database.append('samples', ordered);
      if (late !== undefined) await this.#mergeLate(late);
      for (const { gateway, epoch, seq, loss } of losses) {
        await database.write('INSERT INTO losses VALUES (?, ?::BIGINT, ?::BIGINT, ?)', [gateway, epoch, seq, loss]);
      }
      await this.#writeReceipts(receipts);
    });
  }

  async #writeSeries(series: readonly SeriesRow[]): Promise<void> {
    for (const { sid, meter, point, facts } of series) {
      await this.#database.write('DELETE FROM series WHERE sid = ?', [sid]);
      await this.#database.write('INSERT INTO series VALUES (?, ?, ?, ?)', [sid, meter, point, facts]);
    }
  }

  async #mergeLate(late: Rows): Promise<void> {
    const database = this.#database;
    await database.append('late', late);
    const same = 's.sid = l.sid AND s.ts = l.ts';
    const bounds = 's.ts BETWEEN (SELECT min(ts) FROM late) AND (SELECT max(ts) FROM late)';
    await database.write(`DELETE FROM samples s USING late l WHERE ${same} AND ${bounds} AND (${lateWins})`);
    await database.write(
      `INSERT INTO samples SELECT * FROM late l WHERE NOT EXISTS (SELECT 1 FROM samples s WHERE ${same} AND ${bounds})`,
    );
    await database.write('DELETE FROM late');
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

  /** Time, value in steps, quality, in order of time. */
  async samples(sid: number, start: number, end: number, around: Around): Promise<Float64Array[]> {
    const columns = 'ts::DOUBLE, v::DOUBLE, q::DOUBLE';
    const usable = around === 'any' ? 'sid = ?' : `sid = ? AND v IS NOT NULL AND q NOT IN (${notForTotals.join(', ')})`;
    const neighbour = (side: string, order: string) =>
      `(SELECT ts, v, q FROM samples WHERE ${usable} AND ts ${side} ?::BIGINT ORDER BY ts ${order} LIMIT 1)`;
    const within = 'SELECT ts, v, q FROM samples WHERE sid = ? AND ts >= ?::BIGINT AND ts < ?::BIGINT';
    const alone = around === 'none';
    const parts = alone ? [within] : [within, neighbour('<', 'DESC'), neighbour('>=', 'ASC')];
    const values = alone ? [sid, start, end] : [sid, start, end, sid, start, sid, end];
    return this.#database.numbers(`SELECT ${columns} FROM (${parts.join(' UNION ALL ')}) ORDER BY ts`, values);
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
        await database.write(`INSERT INTO ${table} SELECT * FROM fresh`);
        await database.write('DELETE FROM fresh');
      }
    });
  }

  /** The columns of the table as numbers, in order of series and time. */
  async slots(sids: readonly number[], resolution: Resolution, start: number, end: number): Promise<Float64Array[]> {
    const columns = ['sid', 'start', 'value', 'estimated', 'covered', 'min', 'max', 'quality', 'marks'];
    return this.#database.numbers(
      `SELECT ${columns.map((column) => `${column}::DOUBLE`).join(', ')} FROM slots_${resolution}
       WHERE sid IN (${sids.map(() => '?').join(', ')}) AND start >= ?::BIGINT AND start < ?::BIGINT ORDER BY sid, start`,
      [...sids, start, end],
    );
  }

  close(): void {
    this.#database.close();
  }
}
