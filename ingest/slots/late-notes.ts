// Owns which stretches of which series must have their slots made again: on disk before the readings are stored, until the slots are.
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { day } from '../../core/calendar.ts';
import { parsePointId } from '../../core/points.ts';
import { type SeriesKey, seriesName } from '../../core/sample.ts';

/** From the first to the last moment at which something changed. */
export type Stretch = { key: SeriesKey; from: number; to: number };

export class LateNotes {
  readonly #database: DatabaseSync;
  readonly #stretches = new Map<string, Stretch>();

  constructor(file = ':memory:') {
    if (file !== ':memory:') mkdirSync(dirname(file), { recursive: true });
    this.#database = new DatabaseSync(file);
    this.#database.exec(`
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = FULL;
      CREATE TABLE IF NOT EXISTS late (meter TEXT, point TEXT, "from" INTEGER, "to" INTEGER, PRIMARY KEY (meter, point));
    `);
    const rows = this.#database.prepare('SELECT meter, point, "from", "to" FROM late').all();
    for (const { meter, point, from, to } of rows as { meter: string; point: string; from: number; to: number }[]) {
      const key = { meter, point: parsePointId(point) };
      this.#stretches.set(seriesName(key), { key, from, to });
    }
  }

  get size(): number {
    return this.#stretches.size;
  }

  /** Durable when it returns. Stretches grow by whole days, so that a long backlog is noted once a day of it. */
  add(stretches: Iterable<Stretch>): void {
    const grown: Stretch[] = [];
    for (const { key, from, to } of stretches) {
      const known = this.#stretches.get(seriesName(key));
      if (known !== undefined && from >= known.from && to <= known.to) continue;
      const wider = {
        key,
        from: Math.min(known?.from ?? Number.POSITIVE_INFINITY, Math.floor(from / day) * day),
        to: Math.max(known?.to ?? Number.NEGATIVE_INFINITY, Math.ceil(to / day) * day),
      };
      this.#stretches.set(seriesName(key), wider);
      grown.push(wider);
    }
    if (grown.length === 0) return;
    const insert = this.#database.prepare('INSERT OR REPLACE INTO late VALUES (?, ?, ?, ?)');
    this.#transaction(() => {
      for (const { key, from, to } of grown) insert.run(key.meter, key.point, from, to);
    });
  }

  /** Everything that waits. It stays noted until it is done: what comes meanwhile is noted anew. */
  take(): Stretch[] {
    const all = [...this.#stretches.values()];
    this.#stretches.clear();
    return all;
  }

  /** The slots of these are stored; of those that did not change meanwhile, the note goes. */
  done(stretches: readonly Stretch[]): void {
    const remove = this.#database.prepare('DELETE FROM late WHERE meter = ? AND point = ?');
    this.#transaction(() => {
      for (const { key } of stretches) if (!this.#stretches.has(seriesName(key))) remove.run(key.meter, key.point);
    });
  }

  #transaction(work: () => void): void {
    this.#database.exec('BEGIN');
    try {
      work();
      this.#database.exec('COMMIT');
    } catch (error) {
      this.#database.exec('ROLLBACK');
      throw error;
    }
  }

  close(): void {
    this.#database.close();
  }
}
