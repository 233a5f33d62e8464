// Owns looking at the embedded store from outside: how much it holds, and whether its files are still what was written.
import { existsSync, readdirSync, statSync } from 'node:fs';
import { messageOf } from '../../core/fault.ts';
import type { Text } from '../../core/text.ts';
import type { Database } from './database.ts';
import { contentOf, disorderIn, fingerprintOf } from './month-file.ts';
import { type MonthFile, type Places, periodOf } from './months.ts';

export type Stats = {
  series: number;
  /** Readings in tables: of months that are still open, or came late. */
  hot: { months: number; readings: number };
  /** The database file holds the hot readings, the slots and the registry. */
  databaseBytes: number;
  cold: { months: number; readings: number; bytes: number; bytesPerReading: number | null };
  oldest: number | null;
  newest: number | null;
  /** Readings that went because they were older than they are kept; their slots are there. */
  forgotten: number;
};

export type Problem = Text & { file: string };
export type Checked = { files: number; readings: number; problems: Problem[] };

type Looked = { database: Database; places: Places; folder: string; pathOf: (file: MonthFile) => string };

export async function statsOf({ database, places }: Looked, databaseFile: string): Promise<Stats> {
  const files = [...places.values()].flatMap(({ file }) => file ?? []);
  const hot = await Promise.all(
    [...places.values()].flatMap(({ tables }) => tables).map((table) => tableContent(database, table)),
  );
  const readings = sum(files.map(({ rows }) => rows));
  const bytes = sum(files.map((file) => file.bytes));
  const [series, forgotten] = await database.numbers(
    'SELECT (SELECT count(*) FROM series)::DOUBLE, coalesce(sum(rows), 0)::DOUBLE FROM forgotten',
  );
  const content = [...files, ...hot].filter(({ rows }) => rows > 0);
  return {
    series: series?.[0] as number,
    hot: {
      months: [...places.values()].filter(({ tables }) => tables.length > 0).length,
      readings: sum(hot.map(({ rows }) => rows)),
    },
    databaseBytes: sum(
      [databaseFile, `${databaseFile}.wal`].map((path) => (existsSync(path) ? statSync(path).size : 0)),
    ),
    cold: { months: files.length, readings, bytes, bytesPerReading: readings === 0 ? null : bytes / readings },
    oldest: content.length === 0 ? null : Math.min(...content.map(({ first }) => first)),
    newest: content.length === 0 ? null : Math.max(...content.map(({ last }) => last)),
    forgotten: forgotten?.[0] as number,
  };
}

/** Reads everything: each file against its manifest, and each table to its last block. */
export async function checkAll(looked: Looked): Promise<Checked> {
  const { database, places, folder } = looked;
  const problems: Problem[] = [];
  const files = [...places.values()].flatMap(({ file }) => file ?? []);
  let readings = 0;
  for (const file of files) {
    const problem = await problemOf(looked, file).catch((error: unknown) => unreadable(messageOf(error)));
    if (problem === undefined) readings += file.rows;
    else problems.push({ file: file.file, ...problem });
  }
  for (const table of [...places.values()].flatMap(({ tables }) => tables)) {
    const found = await tableContent(database, table).catch((error: unknown) => unreadable(messageOf(error)));
    if ('zh' in found) problems.push({ file: table, ...found });
    else readings += found.rows;
  }
  const known = new Set(files.map(({ file }) => file));
  for (const file of readdirSync(folder).filter((name) => !known.has(name))) {
    problems.push({ file, zh: '清单中没有此文件', en: 'no manifest names this file' });
  }
  return { files: files.length, readings, problems };
}

async function problemOf({ database, pathOf }: Looked, file: MonthFile): Promise<Text | undefined> {
  const path = pathOf(file);
  if (!existsSync(path)) return { zh: '文件缺失：请从备份恢复', en: 'the file is missing: restore it from a backup' };
  const { sha256, bytes } = await fingerprintOf(path);
  if (sha256 !== file.sha256) {
    return {
      zh: `文件已被改动或损坏（${bytes} 字节，SHA-256 ${sha256}，应为 ${file.bytes} 字节，${file.sha256}）：请从备份恢复`,
      en: `the file was altered or is damaged (${bytes} bytes, SHA-256 ${sha256}; should be ${file.bytes} bytes, ${file.sha256}): restore it from a backup`,
    };
  }
  const { rows, first, last } = await contentOf(database, path);
  const { start, end } = periodOf(file.month);
  if (
    rows !== file.rows ||
    first !== file.first ||
    last !== file.last ||
    (rows > 0 && (first < start || last >= end))
  ) {
    return {
      zh: `内容与清单不符：${rows} 个读数，应为 ${file.rows}`,
      en: `the content differs from the manifest: ${rows} readings, should be ${file.rows}`,
    };
  }
  const disorder = await disorderIn(database, path);
  if (disorder > 0) return { zh: `${disorder} 个读数顺序错误`, en: `${disorder} readings are out of order` };
  return undefined;
}

const unreadable = (reason: string): Text => ({ zh: `无法读取：${reason}`, en: `cannot be read: ${reason}` });

async function tableContent(database: Database, table: string): Promise<{ rows: number; first: number; last: number }> {
  // Every column is added up, so that every block is read: DuckDB checks each against its checksum.
  const [rows, first, last] = await database.asideNumbers(
    `SELECT count(*)::DOUBLE, min(ts)::DOUBLE, max(ts)::DOUBLE, sum(sid)::DOUBLE, sum(v)::DOUBLE, sum(q)::DOUBLE FROM ${table}`,
  );
  return { rows: rows?.[0] as number, first: first?.[0] as number, last: last?.[0] as number };
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
