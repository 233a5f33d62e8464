// Owns the durable queue at the edge: batches stay in SQLite until ingest says that they are stored.
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';

export type Spooled = { seq: number; payload: string };

/** Sequence numbers are never used twice: AUTOINCREMENT remembers them although the rows are gone. */
const schema = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  PRAGMA auto_vacuum = INCREMENTAL;
  CREATE TABLE IF NOT EXISTS spool (epoch INTEGER NOT NULL);
  CREATE TABLE IF NOT EXISTS batch (seq INTEGER PRIMARY KEY AUTOINCREMENT, payload TEXT NOT NULL);
`;

export class Spool {
  /** Names this spool's run of sequence numbers; a lost spool starts another one. */
  readonly epoch: number;
  readonly #database: DatabaseSync;
  readonly #insert: StatementSync;
  readonly #after: StatementSync;
  readonly #drop: StatementSync;
  readonly #size: StatementSync;
  #next: number;

  constructor(file: string, now: number) {
    mkdirSync(dirname(file), { recursive: true });
    const database = new DatabaseSync(file);
    database.exec(schema);
    const known = database.prepare('SELECT epoch FROM spool').get() as { epoch: number } | undefined;
    if (known === undefined) database.prepare('INSERT INTO spool (epoch) VALUES (?)').run(now);
    this.epoch = known?.epoch ?? now;
    this.#database = database;
    const used = database.prepare("SELECT seq FROM sqlite_sequence WHERE name = 'batch'").get() as
      | { seq: number }
      | undefined;
    this.#next = (used?.seq ?? 0) + 1;
    this.#insert = database.prepare('INSERT INTO batch (seq, payload) VALUES (?, ?)');
    this.#after = database.prepare('SELECT seq, payload FROM batch WHERE seq > ? ORDER BY seq LIMIT ?');
    this.#drop = database.prepare('DELETE FROM batch WHERE seq BETWEEN ? AND ?');
    this.#size = database.prepare('SELECT count(*) AS batches, coalesce(max(seq), 0) AS newest FROM batch');
  }

  /** Durable when it returns. The payload carries its own sequence number. */
  append(encode: (epoch: number, seq: number) => string): number {
    const seq = this.#next;
    this.#insert.run(seq, encode(this.epoch, seq));
    this.#next = seq + 1;
    return seq;
  }

  after(seq: number, limit: number): Spooled[] {
    return this.#after.all(seq, limit) as Spooled[];
  }

  /** Forgets batches in closed ranges of sequence numbers. */
  trim(ranges: readonly (readonly [number, number])[]): void {
    for (const [from, to] of ranges) this.#drop.run(from, to);
  }

  get size(): { batches: number; newest: number } {
    return this.#size.get() as { batches: number; newest: number };
  }

  close(): void {
    this.#database.close();
  }
}
