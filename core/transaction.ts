// Owns a transaction of SQLite: all of it or nothing.
import type { DatabaseSync } from 'node:sqlite';

/** It writes from its beginning on: another process that writes is waited for, as long as `busy_timeout` says. */
export function transaction<T>(database: DatabaseSync, work: () => T): T {
  database.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    database.exec('COMMIT');
    return result;
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK'); // a full disk may have ended it already
    throw error;
  }
}
