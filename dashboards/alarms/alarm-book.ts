// Owns the alarms on disk: those that are open, those that are over for as long as they are kept, and what is shelved.
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Alarm, Shelf } from './answers.ts';

const schema = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  PRAGMA busy_timeout = 5000;
  CREATE TABLE IF NOT EXISTS alarm (
    id INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL, first INTEGER NOT NULL, cleared INTEGER,
    settled INTEGER NOT NULL, body TEXT NOT NULL);
  CREATE INDEX IF NOT EXISTS by_end ON alarm (cleared);
  CREATE INDEX IF NOT EXISTS unsettled ON alarm (id) WHERE settled = 0;
  CREATE TABLE IF NOT EXISTS shelf (key TEXT PRIMARY KEY, until INTEGER NOT NULL, body TEXT NOT NULL);
  CREATE TABLE IF NOT EXISTS watch (since INTEGER NOT NULL);
`;

/** Bounds the disk that a rule gone wild can fill. */
const mostKept = 200_000;

type Row = { id: number; body: string };
const alarmOf = ({ id, body }: Row): Alarm => ({ ...(JSON.parse(body) as Alarm), id });

export const keyOf = ({ rule, object }: Pick<Alarm, 'rule' | 'object'>): string =>
  `${rule}/${object.kind}/${object.id}`;

export class AlarmBook {
  readonly #database: DatabaseSync;

  constructor(file: string) {
    mkdirSync(dirname(file), { recursive: true });
    this.#database = new DatabaseSync(file);
    this.#database.exec(schema);
  }

  /** Since when somebody watches; the first who asks begins. */
  watchedSince(now: number): number {
    const row = this.#database.prepare('SELECT since FROM watch').get() as { since: number } | undefined;
    if (row === undefined) this.#database.prepare('INSERT INTO watch (since) VALUES (?)').run(now);
    return row?.since ?? now;
  }

  add(alarm: Omit<Alarm, 'id'>): Alarm {
    const { lastInsertRowid } = this.#database
      .prepare('INSERT INTO alarm (key, first, cleared, settled, body) VALUES (?, ?, ?, ?, ?)')
      .run(keyOf(alarm), alarm.first, alarm.cleared, Number(alarm.settled), JSON.stringify(alarm));
    return { ...alarm, id: Number(lastInsertRowid) };
  }

  put(alarm: Alarm): void {
    this.#database
      .prepare('UPDATE alarm SET cleared = ?, settled = ?, body = ? WHERE id = ?')
      .run(alarm.cleared, Number(alarm.settled), JSON.stringify(alarm), alarm.id);
  }

  /** Those that are open, and those that may still come back. */
  unsettled(): Alarm[] {
    return (this.#database.prepare('SELECT id, body FROM alarm WHERE settled = 0 ORDER BY id').all() as Row[]).map(
      alarmOf,
    );
  }

  byId(id: number): Alarm | undefined {
    const row = this.#database.prepare('SELECT id, body FROM alarm WHERE id = ?').get(id) as Row | undefined;
    return row === undefined ? undefined : alarmOf(row);
  }

  /** Newest first, from before a number on. */
  past(before: number, count: number): Alarm[] {
    const rows = this.#database
      .prepare('SELECT id, body FROM alarm WHERE cleared IS NOT NULL AND id < ? ORDER BY id DESC LIMIT ?')
      .all(before, count);
    return (rows as Row[]).map(alarmOf);
  }

  /** Of a meter, those that were open at some time of a period. */
  ofMeter(meter: string, start: number, end: number, count: number): Alarm[] {
    const rows = this.#database
      .prepare(
        `SELECT id, body FROM alarm WHERE first < ? AND (cleared IS NULL OR cleared >= ?)
           AND json_extract(body, '$.object.kind') = 'meter' AND json_extract(body, '$.object.id') = ?
         ORDER BY id DESC LIMIT ?`,
      )
      .all(end, start, meter, count);
    return (rows as Row[]).map(alarmOf);
  }

  lastCleared(): number | null {
    return (this.#database.prepare('SELECT max(cleared) AS at FROM alarm').get() as { at: number | null }).at;
  }

  shelves(): Map<string, Shelf> {
    const rows = this.#database.prepare('SELECT key, body FROM shelf').all() as { key: string; body: string }[];
    return new Map(rows.map(({ key, body }) => [key, JSON.parse(body) as Shelf]));
  }

  shelve(key: string, shelf: Shelf): void {
    this.#database
      .prepare(
        'INSERT INTO shelf (key, until, body) VALUES (?, ?, ?) ON CONFLICT (key) DO UPDATE SET until = excluded.until, body = excluded.body',
      )
      .run(key, shelf.until, JSON.stringify(shelf));
  }

  unshelve(key: string): void {
    this.#database.prepare('DELETE FROM shelf WHERE key = ?').run(key);
  }

  /** What is over for longer than it is kept; open alarms never go. */
  forget(before: number): void {
    this.#database.prepare('DELETE FROM alarm WHERE cleared < ?').run(before);
    this.#database
      .prepare('DELETE FROM alarm WHERE cleared IS NOT NULL AND id <= (SELECT max(id) FROM alarm) - ?')
      .run(mostKept);
  }

  close(): void {
    this.#database.close();
  }
}
