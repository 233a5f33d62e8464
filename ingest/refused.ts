// Owns messages that cannot be stored: kept whole with the reason, so that nothing a gateway sent is lost in silence.
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';

export type Refused = { id: number; at: number; topic: string; code: string; reason: string; payload: Uint8Array };

/** Bounds the disk that a broken device can fill: beyond it the oldest goes, and is counted. */
const mostKept = 100_000;

export class RefusedMessages {
  readonly #database: DatabaseSync;
  readonly #insert: StatementSync;
  readonly #trim: StatementSync;

  constructor(file: string) {
    mkdirSync(dirname(file), { recursive: true });
    this.#database = new DatabaseSync(file);
    this.#database.exec(`
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = FULL;
      CREATE TABLE IF NOT EXISTS refused (id INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER, topic TEXT, code TEXT, reason TEXT, payload BLOB);
    `);
    this.#insert = this.#database.prepare(
      'INSERT INTO refused (at, topic, code, reason, payload) VALUES (?, ?, ?, ?, ?)',
    );
    this.#trim = this.#database.prepare('DELETE FROM refused WHERE id <= ?');
  }

  /** Durable when it returns. */
  keep({ at, topic, code, reason, payload }: Omit<Refused, 'id'>): void {
    const id = Number(this.#insert.run(at, topic, code, reason, payload).lastInsertRowid);
    this.#trim.run(id - mostKept);
  }

  list(): Refused[] {
    return this.#database
      .prepare('SELECT id, at, topic, code, reason, payload FROM refused ORDER BY id')
      .all() as Refused[];
  }

  /** How many were ever refused, and how many of them are still kept. */
  counts(): { refused: number; kept: number } {
    const kept = this.#database.prepare('SELECT count(*) AS kept FROM refused').get() as { kept: number };
    const used = this.#database.prepare("SELECT seq FROM sqlite_sequence WHERE name = 'refused'").get() as
      | { seq: number }
      | undefined;
    return { refused: used?.seq ?? 0, kept: kept.kept };
  }

  close(): void {
    this.#database.close();
  }
}
