// Owns what cannot be stored: kept whole with the reason, so that nothing a gateway sent is lost in silence, and can be sent again.
import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { encodeBatch } from '../core/batch-codec.ts';
import type { Fault } from '../core/fault.ts';
import { type BatchNumber, retriedEpoch } from '../core/gaps.ts';
import type { Batch } from '../core/sample.ts';
import { topicOf } from '../core/wire.ts';
import { toDisk } from './disk.ts';

export type Refused = {
  id: number;
  at: number;
  topic: string;
  code: string;
  reason: string;
  payload: Uint8Array;
  /** Which batch it was or was part of, where that is known. */
  batch: string | null;
};

export const refusedFile = (dataFolder: string): string => join(dataFolder, 'refused.sqlite');

/** Bounds the disk that a broken device can fill: beyond it the oldest goes, and is counted. */
const mostKept = 100_000;

const nameOf = ({ gateway, epoch, seq }: BatchNumber): string => `${gateway}/${epoch}/${seq}`;

export class RefusedMessages {
  readonly #database: DatabaseSync;

  constructor(file: string) {
    mkdirSync(dirname(file), { recursive: true });
    this.#database = new DatabaseSync(file);
    this.#database.exec(`
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = FULL;
      PRAGMA busy_timeout = 5000;
      CREATE TABLE IF NOT EXISTS refused (id INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER, topic TEXT, code TEXT, reason TEXT, payload BLOB);
    `);
    const columns = this.#database.prepare('PRAGMA table_info(refused)').all() as { name: string }[];
    if (!columns.some(({ name }) => name === 'batch')) this.#database.exec('ALTER TABLE refused ADD COLUMN batch TEXT');
    this.#database.exec('CREATE UNIQUE INDEX IF NOT EXISTS once ON refused (code, batch)');
  }

  /** Durable when it returns. What a gateway sends again because nobody answered is kept once. */
  keep(message: Omit<Refused, 'id' | 'batch'>, batch?: BatchNumber): void {
    const { at, topic, code, reason, payload } = message;
    toDisk(this.#database, () => {
      this.#database
        .prepare(
          `INSERT INTO refused (at, topic, code, reason, payload, batch) VALUES (?, ?, ?, ?, ?, ?)
           ON CONFLICT (code, batch) DO UPDATE SET at = excluded.at, reason = excluded.reason`,
        )
        .run(at, topic, code, reason, payload, batch === undefined ? null : nameOf(batch));
      this.#database.prepare('DELETE FROM refused WHERE id <= (SELECT max(id) FROM refused) - ?').run(mostKept);
    });
  }

  /** Keeps some readings of a batch whose others are stored. */
  keepReadings(site: string, batch: Batch, { code, message: reason }: Fault, at: number): void {
    const last = this.#database.prepare('SELECT max(id) AS last FROM refused').get() as { last: number | null };
    const again = { ...batch, epoch: retriedEpoch, seq: at + (last.last ?? 0) };
    const payload = new TextEncoder().encode(encodeBatch(again));
    this.keep({ at, topic: topicOf(site, batch.gateway, 'data'), code, reason, payload }, batch);
  }

  list(): Refused[] {
    return this.#database
      .prepare('SELECT id, at, topic, code, reason, payload, batch FROM refused ORDER BY id')
      .all() as Refused[];
  }

  /** What was refused of a batch since a moment. */
  ofBatch(batch: BatchNumber, since: number): number[] {
    const rows = this.#database.prepare('SELECT id FROM refused WHERE batch = ? AND at >= ?').all(nameOf(batch), since);
    return (rows as { id: number }[]).map(({ id }) => id);
  }

  /** Batches that were refused, whole or in part. */
  batches(): BatchNumber[] {
    const rows = this.#database.prepare('SELECT batch FROM refused WHERE batch IS NOT NULL').all() as {
      batch: string;
    }[];
    return rows.map(({ batch }) => {
      const [gateway = '', epoch, seq] = batch.split('/');
      return { gateway, epoch: Number(epoch), seq: Number(seq) };
    });
  }

  forget(id: number): void {
    this.#database.prepare('DELETE FROM refused WHERE id = ?').run(id);
  }

  /** How many were refused since a moment and are still kept, by the reason's code. */
  countsSince(since: number): { code: string; count: number }[] {
    return this.#database
      .prepare('SELECT code, count(*) AS count FROM refused WHERE at >= ? GROUP BY code')
      .all(since) as { code: string; count: number }[];
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

/** Which batch a message is, when it still says so. */
export function sequenceOf(payload: Uint8Array | string): { epoch: number; seq: number } | undefined {
  const text = typeof payload === 'string' ? payload : new TextDecoder().decode(payload.subarray(0, 400));
  const match = /^\{"v":\d+,"gw":"[^"]*","epoch":(\d+),"seq":(\d+),/.exec(text);
  return match === null ? undefined : { epoch: Number(match[1]), seq: Number(match[2]) };
}
