// Owns the record of changes: who, when, from where, what, and how it ended. It is only ever appended to.
import type { DatabaseSync } from 'node:sqlite';
import type { Deed } from './roles.ts';

export type NotedDeed = Deed & { number: number; at: number };

const longestSubject = 200;

export class Deeds {
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  note({ who, role, by, address, route, subject, outcome }: Deed, now: number): void {
    this.#database
      .prepare('INSERT INTO deed (at, who, role, by, address, route, subject, outcome) VALUES (?, ?, ?, ?, ?, ?, ?, ?)')
      .run(now, who, role, by, address, route, subject.slice(0, longestSubject), outcome);
  }

  /** The newest first, from before a number on. */
  before(number: number, count: number): NotedDeed[] {
    return this.#database
      .prepare('SELECT * FROM deed WHERE number < ? ORDER BY number DESC LIMIT ?')
      .all(number, count) as NotedDeed[];
  }
}
