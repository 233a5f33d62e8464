// Owns the readings in the database: takes them in by month, and gives them back in order whichever place they lie in.
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { hour, type Period } from '../../core/calendar.ts';
import { notForTotals } from '../../core/quality.ts';
import type { Around } from '../../core/store.ts';
import type { Database } from './database.ts';
import { fingerprintOf, moveDurably, remove, writeMonthFile } from './month-file.ts';
import {
  bestFirst,
  type MonthFile,
  monthsIn,
  nowhere,
  type Place,
  type Places,
  parseTable,
  periodOf,
  quote,
  sourceOf,
  tableName,
} from './months.ts';
import type { Rows } from './rows.ts';

/** Values are whole steps of the point, so they stay exact; no primary key: it costs eight times the time and nine times the disk. */
const schema = `
  CREATE TABLE IF NOT EXISTS months (month VARCHAR, file VARCHAR, sha256 VARCHAR, bytes BIGINT, rows BIGINT, first BIGINT, last BIGINT);
  CREATE TABLE IF NOT EXISTS forgotten (month VARCHAR, sid INTEGER, rows BIGINT, gone_at BIGINT);
  CREATE TABLE IF NOT EXISTS newest (month VARCHAR, sid INTEGER, ts BIGINT, v BIGINT, q UTINYINT);
`;

export type MonthRows = { month: string; rows: Rows };

export class Readings {
  readonly #database: Database;
  readonly folder: string;
  #places: Places = new Map();
  /** The table of each month that takes new readings. */
  readonly #open = new Map<string, string>();
  /** By month: which series its file holds. Of the others nobody needs to open it. */
  readonly #filed = new Map<string, ReadonlySet<number>>();
  #lastTable = 0;
  #switching: Promise<void> = Promise.resolve();

  private constructor(database: Database, folder: string) {
    this.#database = database;
    this.folder = folder;
  }

  static async open(database: Database, folder: string): Promise<Readings> {
    await database.write(schema);
    const readings = new Readings(database, folder);
    await readings.#find();
    return readings;
  }

  /** What a crash left half done is either in the manifest or nowhere: files that it does not name go. */
  async #find(): Promise<void> {
    const places = new Map<string, Place>();
    const tables = await this.#database.rows('SELECT table_name FROM duckdb_tables() ORDER BY table_name');
    for (const { table_name: table } of tables as { table_name: string }[]) {
      const parsed = parseTable(table);
      if (parsed === undefined) continue;
      places.set(parsed.month, { tables: [...(places.get(parsed.month)?.tables ?? []), table], file: undefined });
      this.#open.set(parsed.month, table);
      this.#lastTable = Math.max(this.#lastTable, parsed.number);
    }
    const columns =
      'month, file, sha256, bytes::DOUBLE AS bytes, rows::DOUBLE AS rows, first::DOUBLE AS first, last::DOUBLE AS last';
    const files = (await this.#database.rows(`SELECT ${columns} FROM months`)) as MonthFile[];
    for (const file of files) places.set(file.month, { tables: places.get(file.month)?.tables ?? [], file });
    this.#places = places;
    const [numbers = [], sids = []] = await this.#database.numbers(
      "SELECT replace(month, '-', '')::DOUBLE, sid::DOUBLE FROM newest",
    );
    for (const [row, number] of numbers.entries()) {
      const month = `${Math.floor(number / 100)}-${String(number % 100).padStart(2, '0')}`;
      this.#filed.set(month, new Set(this.#filed.get(month)).add(sids[row] as number));
    }
    const known = new Set(files.map(({ file }) => file));
    for (const file of readdirSync(this.folder)) if (!known.has(file)) rmSync(join(this.folder, file));
  }

  get places(): Places {
    return this.#places;
  }

  readonly pathOf = ({ file }: MonthFile): string => join(this.folder, file);

  /** Within a transaction. Gives what is to be called once it is committed: until then a new table is nobody's. */
  async append(parts: readonly MonthRows[]): Promise<() => void> {
    const created: [month: string, table: string][] = [];
    for (const { month, rows } of parts) {
      let table = this.#open.get(month);
      if (table === undefined) {
        // Numbers are never used again: a question on its way must not find another table under the name it knows.
        table = tableName(month, ++this.#lastTable);
        await this.#database.write(`CREATE TABLE ${table} (sid INTEGER, ts BIGINT, v BIGINT, q UTINYINT)`);
        created.push([month, table]);
      }
      await this.#database.append(table, rows);
    }
    return () => {
      for (const [month, table] of created) {
        this.#open.set(month, table);
        const place = this.#places.get(month) ?? nowhere;
        this.#replace(month, { ...place, tables: [...place.tables, table] });
      }
    };
  }

  #replace(month: string, place: Place): void {
    this.#places = new Map([...this.#places, [month, place]]);
  }

  /**
   * A statement sees one moment of the database. When what it names has just moved from tables to a file, it fails, and is made
   * again with the new places.
   */
  async #ask<T>(question: (places: Places) => Promise<T>): Promise<T> {
    for (;;) {
      const places = this.#places;
      try {
        return await question(places);
      } catch (error) {
        await this.#switching;
        if (places === this.#places) throw error;
      }
    }
  }

  /** Time, value in steps, quality, in order of time, each instant once. */
  samples(sid: number, period: Period, around: Around): Promise<Float64Array[]> {
    return this.#ask(async (places) => {
      const within = await this.#within(places, sid, period);
      if (around === 'none') return within;
      const [before, after] = await Promise.all([
        this.#neighbour(places, sid, period.start, 'before', around),
        this.#neighbour(places, sid, period.end, 'after', around),
      ]);
      return [before, within, after].reduce(joined);
    });
  }

  async #within(places: Places, sid: number, { start, end }: Period): Promise<Float64Array[]> {
    const months = monthsIn(places, { start, end });
    const source = this.#source(places, months);
    if (source === undefined || start >= end) return none();
    // Files are in order as they are, and so are their months: sorting again would take a quarter of the time.
    const isSorted = months.every((month) => places.get(month)?.tables.length === 0);
    return eachInstantOnce(
      await this.#database.numbers(
        `SELECT ts::DOUBLE, v::DOUBLE, q::DOUBLE FROM ${source}
         WHERE sid = ${sid} AND ts >= ${start} AND ts < ${end} ${isSorted ? '' : `ORDER BY ts, ${bestFirst}`}`,
      ),
    );
  }

  /** Series, time, value in steps, quality of many series from a moment on, in order of series and time, each instant once. */
  since(sids: readonly number[], start: number): Promise<Float64Array[]> {
    return this.#ask(async (places) => {
      const source = this.#source(places, monthsIn(places, { start, end: Number.MAX_SAFE_INTEGER }));
      if (source === undefined || sids.length === 0) return [new Float64Array(), ...none()];
      return this.#database.numbers(
        `SELECT DISTINCT ON (sid, ts) sid::DOUBLE, ts::DOUBLE, v::DOUBLE, q::DOUBLE FROM ${source}
         WHERE sid IN (${sids.join(', ')}) AND ts >= ${start} ORDER BY sid, ts, ${bestFirst}`,
      );
    });
  }

  /** Series that have nothing older, as far as one month tells: those that came within a month are not looked for in the past. */
  async newSince(sids: readonly number[], start: number): Promise<number[]> {
    return this.#ask(async (places) => {
      const [month, ...others] = monthsIn(places, { start: 0, end: start });
      if (month === undefined) return [...sids];
      const source = this.#source(places, [month]);
      if (others.length > 0 || source === undefined) return [];
      const [old = []] = await this.#database.numbers(`SELECT DISTINCT sid::DOUBLE FROM ${source} WHERE ts < ${start}`);
      const known = new Set(old);
      return sids.filter((sid) => !known.has(sid));
    });
  }

  /** Most often it is within two hours; else months are looked through, the nearest first. */
  async #neighbour(
    places: Places,
    sid: number,
    time: number,
    side: 'before' | 'after',
    around: Around,
  ): Promise<Float64Array[]> {
    const near = side === 'before' ? { start: time - 2 * hour, end: time } : { start: time, end: time + 2 * hour };
    const far = side === 'before' ? { start: 0, end: time } : { start: time, end: Number.MAX_SAFE_INTEGER };
    const months = monthsIn(places, far);
    if (side === 'before') months.reverse();
    const usable = around === 'any' ? 'true' : `v IS NOT NULL AND q NOT IN (${notForTotals.join(', ')})`;
    const looks: [months: string[], period: Period][] = [
      [this.#togetherOf(places, monthsIn(places, near), sid).flat(), near],
      ...this.#togetherOf(places, months, sid).map((some): [string[], Period] => [some, far]),
    ];
    for (const [some, period] of looks) {
      const source = this.#source(places, some);
      if (source === undefined) continue;
      const found = await this.#database.numbers(
        `SELECT ts::DOUBLE, v::DOUBLE, q::DOUBLE FROM (
           SELECT * FROM ${source} WHERE sid = ${sid} AND ts >= ${period.start} AND ts < ${period.end}
           QUALIFY row_number() OVER (PARTITION BY ts ORDER BY ${bestFirst}) = 1
         ) WHERE ${usable} ORDER BY ts ${side === 'before' ? 'DESC' : 'ASC'} LIMIT 1`,
      );
      if ((found[0]?.length ?? 0) > 0) return found;
    }
    return none();
  }

  /** Months that are asked in one statement: a file alone, and only where it holds the series; tables that follow each other, by the year. */
  #togetherOf(places: Places, months: readonly string[], sid: number): string[][] {
    const groups: string[][] = [];
    let isOpen = false;
    for (const month of months) {
      const { tables, file } = places.get(month) ?? nowhere;
      const holds = file !== undefined && this.#filed.get(month)?.has(sid) === true;
      if (tables.length === 0 && !holds) continue;
      const last = groups.at(-1);
      if (isOpen && !holds && last !== undefined && last.length < 12) last.push(month);
      else groups.push([month]);
      isOpen = !holds;
    }
    return groups;
  }

  #source(places: Places, months: readonly string[]): string | undefined {
    return sourceOf(
      months.map((month) => places.get(month) ?? nowhere),
      this.pathOf,
    );
  }

  /** The newest reading of each series: closed months have theirs in a table, so that no file is read. */
  latest(): Promise<Float64Array[]> {
    const tables = [...this.#places.values()].flatMap(({ tables }) => tables);
    const all = [...tables, 'newest'].map((table) => `SELECT sid, ts, v, q FROM ${table}`).join(' UNION ALL ');
    return this.#database.numbers(
      `WITH readings AS (${all}), top AS (SELECT sid, max(ts) AS ts FROM readings GROUP BY sid)
       SELECT DISTINCT ON (sid) sid::DOUBLE, ts::DOUBLE, v::DOUBLE, q::DOUBLE
       FROM readings JOIN top USING (sid, ts) ORDER BY sid, ${bestFirst}`,
    );
  }

  /** Months with readings in tables that ended at this moment or before. */
  closedBy(time: number): string[] {
    return [...this.#places]
      .filter(([month, { tables }]) => tables.length > 0 && periodOf(month).end <= time)
      .map(([month]) => month)
      .sort();
  }

  /** How many readings each series has in a month. */
  async countsIn(month: string): Promise<[sid: number, rows: number][]> {
    const source = this.#source(this.#places, [month]);
    if (source === undefined) return [];
    const [sids = [], rows = []] = await this.#database.asideNumbers(
      `SELECT sid::DOUBLE, count(*)::DOUBLE FROM ${source} GROUP BY sid ORDER BY sid`,
    );
    return Array.from(sids, (sid, row) => [sid, rows[row] as number]);
  }

  /** Puts a month's readings into its file. Commits wait only for a moment before and after; what comes meanwhile stays in a table. */
  async compact(month: string, registry: readonly unknown[], forgotten: readonly Forgotten[] = []): Promise<MonthFile> {
    await this.#database.turn(async () => {
      this.#open.delete(month);
    });
    const { tables, file: old } = this.#places.get(month) ?? nowhere;
    const all = sourceOf([{ tables, file: old }], this.pathOf);
    if (all === undefined) throw new Error(`there are no readings of ${month}`);
    const source = without(all, forgotten);
    const revision = Number(old === undefined ? 0 : old.file.split('.')[1]) + 1;
    const name = `${month}.${revision}.parquet`;
    const path = join(this.folder, name);
    const temporary = `${path}.new`;
    try {
      const content = await writeMonthFile(this.#database, source, temporary, registry);
      const file: MonthFile = { month, file: name, ...(await fingerprintOf(temporary)), ...content };
      const { sids, newest } = await this.#newestIn(temporary);
      await moveDurably(temporary, path);
      // Before the file is asked: a series too many costs a look, one too few would be a wrong answer.
      this.#filed.set(month, new Set([...(this.#filed.get(month) ?? []), ...sids]));
      const switched = this.#switchTo(file, tables, newest, forgotten);
      this.#switching = switched.catch(() => undefined); // told here, not to those who wait for the end of it
      await switched;
      // Where somebody still reads the old file it may not go (Windows): then the next start removes it.
      if (old !== undefined) await remove(this.pathOf(old)).catch(() => undefined);
      return file;
    } finally {
      await remove(temporary);
    }
  }

  async #newestIn(path: string): Promise<{ sids: Float64Array; newest: string }> {
    const [sids = new Float64Array(), times = [], steps = [], qualities = []] = await this.#database.asideNumbers(
      `SELECT sid::DOUBLE, max(ts)::DOUBLE, arg_max_null(v * scale, ts)::DOUBLE, arg_max(q, ts)::DOUBLE FROM read_parquet(${quote(path)}) GROUP BY sid`,
    );
    const newest = Array.from(sids, (sid, row) => {
      const value = steps[row] as number;
      return `(${sid}, ${times[row]}, ${Number.isNaN(value) ? 'NULL' : value}, ${qualities[row]})`;
    });
    return { sids, newest: newest.join(', ') };
  }

  /** The one moment in which a month's readings are no longer in tables, but in the file. */
  async #switchTo(
    file: MonthFile,
    tables: readonly string[],
    newest: string,
    forgotten: readonly Forgotten[],
  ): Promise<void> {
    const { month } = file;
    await this.#database.transaction(async () => {
      await this.#database.write('DELETE FROM months WHERE month = ?', [month]);
      await this.#database.write('INSERT INTO months VALUES (?, ?, ?, ?::BIGINT, ?::BIGINT, ?::BIGINT, ?::BIGINT)', [
        month,
        file.file,
        file.sha256,
        file.bytes,
        file.rows,
        file.first,
        file.last,
      ]);
      // When a series was read last stays known, also when its readings go.
      await this.#database.write(`DELETE FROM newest WHERE month = ? ${butNot(forgotten)}`, [month]);
      if (newest !== '') await this.#database.write(`INSERT INTO newest SELECT ?, * FROM (VALUES ${newest})`, [month]);
      for (const { sid, rows, at } of forgotten)
        await this.#database.write('INSERT INTO forgotten VALUES (?, ?, ?::BIGINT, ?::BIGINT)', [month, sid, rows, at]);
      for (const table of tables) await this.#database.write(`DROP TABLE ${table}`);
    });
    const later = (this.#places.get(month) ?? nowhere).tables.filter((table) => !tables.includes(table));
    this.#replace(month, { tables: later, file });
  }
}

/** Readings of a series in a month that go because they are older than they are kept. */
export type Forgotten = { sid: number; rows: number; at: number };

const sidsOf = (forgotten: readonly Forgotten[]): string => forgotten.map(({ sid }) => sid).join(', ');
const butNot = (forgotten: readonly Forgotten[]): string =>
  forgotten.length === 0 ? '' : `AND sid NOT IN (${sidsOf(forgotten)})`;
const without = (source: string, forgotten: readonly Forgotten[]): string =>
  forgotten.length === 0 ? source : `(SELECT * FROM ${source} WHERE true ${butNot(forgotten)})`;

/** New ones each time: what goes to another thread is gone here. */
const none = (): Float64Array[] => [new Float64Array(), new Float64Array(), new Float64Array()];

const joined = (a: Float64Array[], b: Float64Array[]): Float64Array[] =>
  a.map((column, index) => {
    const other = b[index] as Float64Array;
    const both = new Float64Array(column.length + other.length);
    both.set(column);
    both.set(other, column.length);
    return both;
  });

/** Readings of one instant follow each other, the best first. */
function eachInstantOnce(columns: Float64Array[]): Float64Array[] {
  const time = columns[0] as Float64Array;
  let kept = 0;
  for (let row = 0; row < time.length; row++) {
    const [at, before] = [time[row] as number, time[row - 1] ?? Number.NEGATIVE_INFINITY];
    if (at < before) throw new Error(`readings are not in order at ${at}`);
    if (at === before) continue;
    if (kept !== row) for (const column of columns) column[kept] = column[row] as number;
    kept++;
  }
  return kept === time.length ? columns : columns.map((column) => column.slice(0, kept));
}
