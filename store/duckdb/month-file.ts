// Owns the file of a closed month: how it is written, made durable, and told from a file that is damaged.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Database } from './database.ts';
import { bestFirst, quote } from './months.ts';

export type Content = { rows: number; first: number; last: number };

/**
 * Sorted by series and time, each instant once. DuckDB would keep `ts` as a dictionary in short months (0.43 bytes a
 * reading): the limit keeps it a run of differences. A meter that
 * counts in tenths of what the point is kept in has zeros at the end of every value: they stay out, and cost nothing.
 * Row groups are four times DuckDB's own: for one day of one series it looks at the description of each of them.
 */
export async function writeMonthFile(
  database: Database,
  source: string,
  path: string,
  registry: readonly unknown[],
): Promise<Content> {
  const scales = `SELECT sid, CASE ${[1_000, 100, 10].map((scale) => `WHEN bool_and(v % ${scale} = 0) THEN ${scale}`).join(' ')} ELSE 1 END AS scale
    FROM ${source} GROUP BY sid`;
  const sorted = `SELECT sid, ts, v, q, scale FROM ${source} JOIN (${scales}) USING (sid) ORDER BY sid, ts, ${bestFirst}`;
  await database.aside(`
    COPY (
      SELECT sid, ts, v // scale AS v, q, scale::BIGINT AS scale FROM (SELECT *, lag(sid) OVER () AS sid0, lag(ts) OVER () AS ts0 FROM (${sorted}))
      WHERE sid0 IS DISTINCT FROM sid OR ts0 IS DISTINCT FROM ts
    ) TO ${quote(path)} (FORMAT parquet, PARQUET_VERSION v2, COMPRESSION zstd, DICTIONARY_SIZE_LIMIT 1000,
      ROW_GROUP_SIZE 491520, KV_METADATA {series: ${quote(JSON.stringify(registry))}})`);
  await sync(path);
  const content = await contentOf(database, path);
  if ((await disorderIn(database, path)) > 0) throw new Error(`${path} was not written in order`);
  return content;
}

/** After this the name is durable, not only the bytes. */
export async function moveDurably(from: string, to: string): Promise<void> {
  await rename(from, to);
  if (process.platform !== 'win32') await sync(dirname(to)); // Windows has no handle on a folder to flush
}

async function sync(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

export async function contentOf(database: Database, path: string): Promise<Content> {
  const [rows, first, last] = await database.asideNumbers(
    `SELECT count(*)::DOUBLE, min(ts)::DOUBLE, max(ts)::DOUBLE FROM read_parquet(${quote(path)})`,
  );
  if (rows?.[0] === 0) return { rows: 0, first: 0, last: 0 };
  return { rows: rows?.[0] as number, first: first?.[0] as number, last: last?.[0] as number };
}

/** How many readings stand where they should not: nought says that the file is sorted and has no instant twice. */
export async function disorderIn(database: Database, path: string): Promise<number> {
  const [count] = await database.asideNumbers(
    `SELECT count(*)::DOUBLE FROM (
       SELECT sid, ts, lag(sid) OVER () AS sid0, lag(ts) OVER () AS ts0 FROM read_parquet(${quote(path)})
     ) WHERE sid < sid0 OR (sid = sid0 AND ts <= ts0)`,
  );
  return count?.[0] as number;
}

export async function fingerprintOf(path: string): Promise<{ sha256: string; bytes: number }> {
  const hash = createHash('sha256');
  // Piece by piece: commits run in this thread too.
  for await (const piece of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(piece as Buffer);
  return { sha256: hash.digest('hex'), bytes: (await stat(path)).size };
}

export const remove = (path: string): Promise<void> => rm(path, { force: true });
