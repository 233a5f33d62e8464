// Owns where the readings of a month lie: in tables while they come in, in one sorted file when the month is closed.
import type { Period } from '../../core/calendar.ts';

/** The manifest of a file. It is kept in the database, so that it changes in the transaction that drops the tables. */
export type MonthFile = {
  month: string;
  /** Never the same twice: a file is replaced by another one, not written over. */
  file: string;
  sha256: string;
  bytes: number;
  rows: number;
  /** The oldest and the newest reading. */
  first: number;
  last: number;
};

export type Place = { readonly tables: readonly string[]; readonly file: MonthFile | undefined };
export type Places = ReadonlyMap<string, Place>;

export const nowhere: Place = { tables: [], file: undefined };

/** Months are cut in UTC: the store knows no plant, and a month is only a place to look. */
export const monthOf = (time: number): string => new Date(time).toISOString().slice(0, 7);

export function periodOf(month: string): Period {
  const [year, number] = month.split('-').map(Number) as [number, number];
  return { start: Date.UTC(year, number - 1), end: Date.UTC(year, number) };
}

export const tableName = (month: string, number: number): string => `samples_${month.replace('-', '_')}_${number}`;

export function parseTable(name: string): { month: string; number: number } | undefined {
  const match = /^samples_(\d{4})_(\d{2})_(\d+)$/.exec(name);
  return match === null ? undefined : { month: `${match[1]}-${match[2]}`, number: Number(match[3]) };
}

/** The months that may hold readings of a period, oldest first. */
export function monthsIn(places: Places, { start, end }: Period): string[] {
  return [...places.keys()].filter((month) => periodOf(month).start < end && periodOf(month).end > start).sort();
}

/** All readings of the months; an instant may come twice, from a table and from a file. */
export function sourceOf(places: readonly Place[], pathOf: (file: MonthFile) => string): string | undefined {
  const files = places.flatMap(({ file }) => (file === undefined ? [] : [quote(pathOf(file))]));
  const tables = places.flatMap((place) => place.tables.map((table) => `SELECT sid, ts, v, q FROM ${table}`));
  const all =
    files.length === 0
      ? tables
      : [...tables, `SELECT sid, ts, v * scale AS v, q FROM read_parquet([${files.join(', ')}])`];
  return all.length === 0 ? undefined : `(${all.join(' UNION ALL ')})`;
}

export const quote = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** Of two readings of one instant the better quality stays, then the larger value; so the order of arrival decides nothing. */
export const bestFirst = 'q, v DESC NULLS LAST';
