// Owns Parquet files for other programs: rows of readings or slots with the names of their series in them.
import { rename, rm } from 'node:fs/promises';
import { Database } from './database.ts';
import { quote } from './months.ts';
import { type ColumnType, RowWriter } from './rows.ts';

export type NamedSeries = { meter: string; point: string; unit: string };

/** Every row begins with the number of its series and its time. */
export class ParquetTable {
  readonly #database: Database;
  readonly #types: ColumnType[];
  readonly #columns: readonly string[];
  #count = 0;

  private constructor(database: Database, types: ColumnType[], columns: readonly string[]) {
    this.#database = database;
    this.#types = types;
    this.#columns = columns;
  }

  /** `columns` are what follows series and time. */
  static async open(
    temporary: string,
    columns: readonly { name: string; type: 'float64' | 'int32' }[],
  ): Promise<ParquetTable> {
    const database = await Database.open(':memory:', temporary);
    const fields = columns.map(({ name, type }) => `"${name}" ${type === 'int32' ? 'INTEGER' : 'DOUBLE'}`);
    await database.write(`CREATE TABLE cells (sid INTEGER, ts BIGINT, ${fields.join(', ')})`);
    await database.write('CREATE TABLE series (sid INTEGER, meter VARCHAR, point VARCHAR, unit VARCHAR)');
    const types = columns.map(({ type }) => type);
    return new ParquetTable(
      database,
      ['int32', 'int64', ...types],
      columns.map(({ name }) => name),
    );
  }

  async add(
    { meter, point, unit }: NamedSeries,
    rows: Iterable<readonly [time: number, ...values: (number | null)[]]>,
  ): Promise<void> {
    const sid = this.#count++;
    await this.#database.write('INSERT INTO series VALUES (?, ?, ?, ?)', [sid, meter, point, unit]);
    const writer = new RowWriter(this.#types);
    for (const row of rows) writer.push(sid, ...row);
    if (writer.count > 0) await this.#database.append('cells', writer.take());
  }

  /** Whole or not at all. */
  async save(file: string): Promise<void> {
    const temporary = `${file}.new`;
    try {
      const values = this.#columns.map((name) => `"${name}"`).join(', ');
      await this.#database.aside(
        `COPY (SELECT epoch_ms(ts) AS time_utc, meter, point, unit, ${values} FROM cells JOIN series USING (sid) ORDER BY sid, ts)
         TO ${quote(temporary)} (FORMAT parquet, COMPRESSION zstd)`,
      );
      await rename(temporary, file);
    } finally {
      await rm(temporary, { force: true });
    }
  }

  close(): void {
    this.#database.close();
  }
}
