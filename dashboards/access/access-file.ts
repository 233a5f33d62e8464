// Owns the file of who may use the page: users, their sessions, tokens and codes, and the record of what was changed.
import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

const schema = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  PRAGMA busy_timeout = 5000;
  PRAGMA foreign_keys = ON;
  CREATE TABLE IF NOT EXISTS user (
    name TEXT PRIMARY KEY, role TEXT NOT NULL, password TEXT, expires INTEGER, added INTEGER NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS session (
    kept TEXT PRIMARY KEY, user TEXT NOT NULL REFERENCES user ON DELETE CASCADE,
    started INTEGER NOT NULL, seen INTEGER NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS code (
    kept TEXT PRIMARY KEY, user TEXT NOT NULL REFERENCES user ON DELETE CASCADE, expires INTEGER NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS token (
    id TEXT PRIMARY KEY, kept TEXT NOT NULL UNIQUE, user TEXT NOT NULL REFERENCES user ON DELETE CASCADE,
    name TEXT NOT NULL, role TEXT NOT NULL, only_reads INTEGER NOT NULL, made INTEGER NOT NULL, expires INTEGER,
    used INTEGER) STRICT;
  CREATE TABLE IF NOT EXISTS deed (
    number INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, who TEXT NOT NULL, role TEXT NOT NULL,
    by TEXT NOT NULL, address TEXT NOT NULL, route TEXT NOT NULL, subject TEXT NOT NULL, outcome TEXT NOT NULL) STRICT;
  CREATE TRIGGER IF NOT EXISTS no_update BEFORE UPDATE ON deed BEGIN SELECT raise(ABORT, 'the record is append-only'); END;
  CREATE TRIGGER IF NOT EXISTS no_delete BEFORE DELETE ON deed BEGIN SELECT raise(ABORT, 'the record is append-only'); END;
`;

export const accessFile = (dataFolder: string): string => join(dataFolder, 'access.sqlite');

export function openAccessFile(dataFolder: string): DatabaseSync {
  mkdirSync(dataFolder, { recursive: true });
  const database = new DatabaseSync(accessFile(dataFolder));
  chmodSync(accessFile(dataFolder), 0o600); // SQLite gives its other files the same rights
  database.exec(schema);
  // A file from before there were walls.
  const columns = database.prepare('SELECT name FROM pragma_table_info(?)').all('token');
  if (!columns.some(({ name }) => name === 'wall'))
    database.exec('ALTER TABLE token ADD COLUMN wall INTEGER NOT NULL DEFAULT 0');
  return database;
}
