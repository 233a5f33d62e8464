// Owns DuckDB itself: opens the file, appends chunks of typed arrays, runs statements, returns columns of numbers.

import { availableParallelism, totalmem } from 'node:os';
import {
  BIGINT,
  DOUBLE,
  type DuckDBConnection,
  DuckDBDataChunk,
  DuckDBInstance,
  type DuckDBType,
  type DuckDBValue,
  INTEGER,
  UTINYINT,
} from '@duckdb/node-api';
import duckdb from '@duckdb/node-bindings';
import { bytesOf, type ColumnType, type Rows, validityBytes } from './rows.ts';

const duckTypes: Record<ColumnType, DuckDBType> = { int32: INTEGER, int64: BIGINT, float64: DOUBLE, uint8: UTINYINT };

/** A multiple of 64, so that each chunk's validity starts at a whole word. */
const chunkRows = 2_048;

export type Parameters = DuckDBValue[];

export class Database {
  readonly #instance: DuckDBInstance;
  readonly #writer: DuckDBConnection;
  readonly #reader: DuckDBConnection;
  /** For long work that must hold up neither readings nor questions. */
  readonly #aside: DuckDBConnection;
  #tail: Promise<unknown> = Promise.resolve();

  private constructor(
    instance: DuckDBInstance,
    connections: readonly [DuckDBConnection, DuckDBConnection, DuckDBConnection],
  ) {
    this.#instance = instance;
    [this.#writer, this.#reader, this.#aside] = connections;
  }

  static async open(file: string, temporary: string): Promise<Database> {
    const instance = await DuckDBInstance.create(file, {
      memory_limit: `${memoryLimit()}MiB`,
      threads: String(Math.max(1, availableParallelism() - 1)), // one core stays for those who bring the readings
      temp_directory: temporary,
      allocator_background_threads: 'true', // what is freed goes back to the machine, also when nothing comes after it
      // Both trust a table's least and greatest values, which a commit may widen between the plan of a question and its answer:
      // the question then lets rows pass that it should not, and may shift their times.
      disabled_optimizers: 'statistics_propagation,compressed_materialization',
    });
    const connections = [await instance.connect(), await instance.connect(), await instance.connect()] as const;
    // What a large month's file is made of is read once, not with every question.
    await connections[0].run('SET GLOBAL parquet_metadata_cache = true');
    return new Database(instance, connections);
  }

  /** Everything in it, or nothing; durable when it resolves. */
  transaction<T>(work: () => Promise<T>): Promise<T> {
    return this.turn(() => this.transact(work));
  }

  /** One after another: they share the connection that writes. */
  turn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#tail.then(work);
    this.#tail = turn.catch(() => undefined); // the caller has the failure; the queue only goes on
    return turn;
  }

  /** A transaction within a turn. */
  async transact<T>(work: () => Promise<T>): Promise<T> {
    await this.#writer.run('BEGIN');
    try {
      const result = await work();
      await this.#writer.run('COMMIT');
      return result;
    } catch (error) {
      await this.#writer.run('ROLLBACK').catch((second) => {
        // After a failed COMMIT there is nothing to roll back, and a database that gave up answers nothing any more.
        if (!/no transaction is active/i.test(String(second)) && !hasGivenUp(error)) throw second;
      });
      throw error;
    }
  }

  async aside(sql: string): Promise<void> {
    await this.#aside.run(sql);
  }

  /** What the database is called in statements. */
  async name(): Promise<string> {
    const [row] = await this.rows('SELECT current_database() AS name');
    return String(row?.name);
  }

  asideNumbers(sql: string): Promise<Float64Array[]> {
    return numbersFrom(this.#aside, sql);
  }

  /** Ends what runs aside; it fails. */
  interruptAside(): void {
    this.#aside.interrupt();
  }

  async write(sql: string, values: Parameters = []): Promise<void> {
    await this.#writer.run(sql, values);
  }

  /** Typed arrays go in as chunks: prepared inserts are a thousand times slower. */
  async append(table: string, rows: Rows): Promise<void> {
    const appender = await this.#writer.createAppender(table);
    const types = rows.types.map((type) => duckTypes[type]);
    for (let start = 0; start < rows.count; start += chunkRows) {
      const count = Math.min(chunkRows, rows.count - start);
      const chunk = DuckDBDataChunk.create(types, count);
      for (const [column, type] of rows.types.entries()) {
        const vector = duckdb.data_chunk_get_vector(chunk.chunk, column);
        const bytes = bytesOf[type];
        duckdb.copy_data_to_vector(vector, 0, rows.columns[column] as ArrayBuffer, start * bytes, count * bytes);
        const valid = rows.valid[column];
        if (valid == null) continue;
        duckdb.vector_ensure_validity_writable(vector);
        duckdb.copy_data_to_vector_validity(vector, 0, valid, start / 8, Math.ceil(count / 64) * 8);
      }
      appender.appendDataChunk(chunk);
    }
    appender.closeSync();
  }

  /** Columns that the statement casts to DOUBLE; null becomes NaN. */
  numbers(sql: string, values: Parameters = []): Promise<Float64Array[]> {
    return numbersFrom(this.#reader, sql, values);
  }

  async rows(sql: string, values: Parameters = []): Promise<Record<string, unknown>[]> {
    const reader = await this.#reader.runAndReadAll(sql, values);
    return reader.getRowObjectsJS() as Record<string, unknown>[];
  }

  close(): void {
    this.#aside.closeSync();
    this.#reader.closeSync();
    this.#writer.closeSync();
    this.#instance.closeSync();
  }
}

/** After a failure while it wrote its log, DuckDB refuses everything until the file is opened again. */
export const hasGivenUp = (error: unknown): boolean => /FATAL|database has been invalidated/i.test(String(error));

/** An industrial PC has other work: a quarter of its memory, between what a sort of a month needs and what is of use. */
function memoryLimit(): number {
  const machine = Math.min(totalmem(), process.constrainedMemory() || Number.POSITIVE_INFINITY) / 2 ** 20;
  return Math.round(Math.min(4_096, Math.max(512, machine / 4)));
}

async function numbersFrom(
  connection: DuckDBConnection,
  sql: string,
  values: Parameters = [],
): Promise<Float64Array[]> {
  const result = await connection.run(sql, values);
  const chunks = await result.fetchAllChunks();
  const counts = chunks.map((chunk) => chunk.rowCount); // asks the library at each look
  const rows = counts.reduce((sum, count) => sum + count, 0);
  const columns = Array.from({ length: result.columnCount }, () => new Float64Array(rows));
  let offset = 0;
  for (const [index, { chunk }] of chunks.entries()) {
    const count = counts[index] as number;
    for (const [number, column] of columns.entries()) {
      const vector = duckdb.data_chunk_get_vector(chunk, number);
      const { buffer, byteOffset } = duckdb.vector_get_data(vector, count * 8);
      column.set(new Float64Array(buffer, byteOffset, count), offset);
      const valid: Uint8Array | null = duckdb.vector_get_validity(vector, validityBytes(count)); // null: all of them
      if (valid === null) continue;
      for (let row = 0; row < count; row++) {
        if (((valid[row >> 3] as number) & (1 << (row & 7))) === 0) column[offset + row] = Number.NaN;
      }
    }
    offset += count;
  }
  return columns;
}
