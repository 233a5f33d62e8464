// Owns the sessions of people who signed in: kept as hashes, over when they rest too long, and in any case after a week.
import type { DatabaseSync } from 'node:sqlite';
import { keptSecret, newSecret } from './secrets.ts';
import { isOver, type User } from './users.ts';

const longestRest = 12 * 3_600_000;
export const longestSession = 7 * 24 * 3_600_000;
/** A page asks every second or so; that it was there is written once a minute. */
const seenEvery = 60_000;

type Row = User & { kept: string; started: number; seen: number };

export class Sessions {
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  /** Gives the secret, which only the browser keeps. */
  start(user: string, now: number): string {
    const secret = newSecret();
    this.#database
      .prepare('DELETE FROM session WHERE seen <= ? OR started <= ?')
      .run(now - longestRest, now - longestSession);
    this.#database
      .prepare('INSERT INTO session (kept, user, started, seen) VALUES (?, ?, ?, ?)')
      .run(keptSecret(secret), user, now, now);
    return secret;
  }

  find(secret: string, now: number): { user: User; kept: string; until: number } | undefined {
    const kept = keptSecret(secret);
    const row = this.#database
      .prepare(
        'SELECT user.*, kept, started, seen FROM session JOIN user ON user.name = session.user WHERE session.kept = ?',
      )
      .get(kept) as Row | undefined;
    if (row === undefined || now - row.seen >= longestRest || now - row.started >= longestSession) return undefined;
    if (isOver(row, now)) return undefined;
    if (now - row.seen >= seenEvery)
      this.#database.prepare('UPDATE session SET seen = ? WHERE kept = ?').run(now, kept);
    return { user: row, kept, until: Math.min(row.expires ?? Number.POSITIVE_INFINITY, row.started + longestSession) };
  }

  end(kept: string): void {
    this.#database.prepare('DELETE FROM session WHERE kept = ?').run(kept);
  }

  endOthers(user: string, kept: string): void {
    this.#database.prepare('DELETE FROM session WHERE user = ? AND kept <> ?').run(user, kept);
  }
}
