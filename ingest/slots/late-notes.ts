// Owns which stretches of which series must have their slots made again: on disk before the readings are stored, until the slots are.
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { day } from '../../core/calendar.ts';
import { parsePointId } from '../../core/points.ts';
import { type SeriesKey, seriesName } from '../../core/sample.ts';
import { toDisk } from '../disk.ts';

/** From the first to the last moment at which something changed. */
export type Stretch = { key: SeriesKey; from: number; to: number };

export class LateNotes {
  readonly #database: DatabaseSync;
  #waiting = new Map<string, Stretch>();
  /** Being made again. */
  #taken = new Map<string, Stretch>();

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
      this.#waiting.set(seriesName(key), { key, from, to });
    }
  }

  get size(): number {
    return this.#waiting.size;
  }

  /** Durable when it returns. Stretches grow by whole days, so that a long backlog is noted once a day of it. */
  add(stretches: Iterable<Stretch>): void {
    const grown = new Map<string, Stretch>();
    for (const { key, from, to } of stretches) {
      const name = seriesName(key);
      const known = grown.get(name) ?? this.#waiting.get(name);
      if (known !== undefined && from >= known.from && to <= known.to) continue;
      const days = { key, from: Math.floor(from / day) * day, to: Math.ceil(to / day) * day };
      grown.set(name, known === undefined ? days : joined(known, days));
    }
    if (grown.size === 0) return;
    const insert = this.#database.prepare('INSERT OR REPLACE INTO late VALUES (?, ?, ?, ?)');
    toDisk(this.#database, () => {
      for (const [name, stretch] of grown) {
        const taken = this.#taken.get(name);
        const { key, from, to } = taken === undefined ? stretch : joined(taken, stretch);
        insert.run(key.meter, key.point, from, to);
      }
    });
    for (const [name, stretch] of grown) this.#waiting.set(name, stretch);
  }

  /** Everything that waits. It stays noted on disk until it is done; what comes meanwhile waits anew. */
  take(): Stretch[] {
    this.#taken = this.#waiting;
    this.#waiting = new Map();
    return [...this.#taken.values()];
  }

  /** The slots of these are stored; of those that did not change meanwhile, the note goes. */
  done(stretches: readonly Stretch[]): void {
    const remove = this.#database.prepare('DELETE FROM late WHERE meter = ? AND point = ?');
    toDisk(this.#database, () => {
      for (const { key } of stretches) if (!this.#waiting.has(seriesName(key))) remove.run(key.meter, key.point);
    });
    this.#taken = new Map();
  }

  /** What was taken could not be done: it waits again. */
  giveBack(): void {
    for (const [name, stretch] of this.#taken) {
      const fresh = this.#waiting.get(name);
      this.#waiting.set(name, fresh === undefined ? stretch : joined(stretch, fresh));
    }
    this.#taken = new Map();
  }

  close(): void {
    this.#database.close();
  }
}

const joined = (a: Stretch, b: Stretch): Stretch => ({
  key: a.key,
  from: Math.min(a.from, b.from),
  to: Math.max(a.to, b.to),
});
