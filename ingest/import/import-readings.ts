// Owns an import of readings: what is in the store already is not sent again, and nothing is put in the place of a reading.

import type { Period } from '../../core/calendar.ts';
import { minute } from '../../core/calendar.ts';
import { type Sample, type SampleColumns, type SeriesKey, seriesName } from '../../core/sample.ts';
import type { RowProblem } from './columns.ts';
import type { Imported, RowReader } from './readings.ts';
import type { Table } from './table.ts';

export type ImportCounts = {
  rows: number;
  /** Readings in the file that are sound. */
  readings: number;
  /** Of these, those that the store had already. */
  known: number;
  stored: number;
};

export type ReadingsImport = {
  table: Table;
  reader: RowReader;
  now: number;
  /** What the store has; without it, nothing. */
  samples?: ((key: SeriesKey, period: Period) => Promise<SampleColumns>) | undefined;
  /** Stores; without it, the import is only tried. */
  send?: ((samples: readonly Sample[]) => Promise<void>) | undefined;
  tell: (problems: readonly RowProblem[]) => void;
  onProgress?: (rows: number) => void;
  signal: AbortSignal;
};

/** So many are looked up at once. */
const chunkSize = 50_000;

export type ImportOutcome = ImportCounts & { series: string[]; from: number | null; to: number | null };

export async function importReadings(options: ReadingsImport): Promise<ImportOutcome> {
  const { table, reader, tell, onProgress, signal } = options;
  const outcome: ImportOutcome = { rows: 0, readings: 0, known: 0, stored: 0, series: [], from: null, to: null };
  const series = new Set<string>();
  let chunk: Imported[] = [];
  const take = async () => {
    const problems: RowProblem[] = [];
    const fresh = await freshOf(chunk, options, problems, outcome);
    tell(problems);
    if (options.send !== undefined && fresh.length > 0) await options.send(fresh.map(({ sample }) => sample));
    outcome.stored += fresh.length;
    for (const { sample } of fresh) {
      series.add(seriesName(sample));
      outcome.from = Math.min(outcome.from ?? sample.time, sample.time);
      outcome.to = Math.max(outcome.to ?? sample.time, sample.time);
    }
    chunk = [];
  };
  for await (const rows of table.rows) {
    if (signal.aborted) break;
    const problems: RowProblem[] = [];
    for (const row of rows) chunk.push(...reader(row, problems));
    outcome.rows += rows.length;
    tell(problems);
    if (chunk.length >= chunkSize) await take();
    onProgress?.(outcome.rows);
  }
  if (!signal.aborted) await take();
  outcome.series = [...series].sort();
  return outcome;
}

/** Before the first meter that a computer read, and after now, there are no readings: as for what gateways send. */
const firstPlausible = Date.UTC(2000, 0);

async function freshOf(
  chunk: readonly Imported[],
  { samples, now }: ReadingsImport,
  problems: RowProblem[],
  counts: ImportCounts,
): Promise<Imported[]> {
  const fresh: Imported[] = [];
  for (const some of Map.groupBy(chunk, ({ sample }) => seriesName(sample)).values()) {
    const known = await knownOf(some, samples);
    for (const one of some) {
      const { sample, row, column } = one;
      const { time, value } = sample;
      if (time < firstPlausible || time > now + 5 * minute) {
        problems.push({
          row,
          column,
          text: {
            zh: `时间 ${new Date(time).toISOString()} 早于 2000 年或晚于现在`,
            en: `the time ${new Date(time).toISOString()} is before 2000 or after now`,
          },
        });
        continue;
      }
      counts.readings++;
      const there = known.get(time);
      if (there === undefined) {
        known.set(time, value);
        fresh.push(one);
      } else if (there === value) counts.known++;
      else {
        problems.push({
          row,
          column,
          text: {
            zh: `${seriesName(sample)} 在此刻已有读数 ${there}，文件中为 ${value}：读数不被替换，更正请用 tanbiao corrections add`,
            en: `${seriesName(sample)} has the reading ${there} at this time, the file says ${value}: readings are not replaced; to correct, use tanbiao corrections add`,
          },
        });
      }
    }
  }
  return fresh;
}

/** The values that a series has at the times in question; a failed reading is no value, and a better one takes its place. */
async function knownOf(
  some: readonly Imported[],
  samples: ReadingsImport['samples'],
): Promise<Map<number, number | null>> {
  const known = new Map<number, number | null>();
  const [first] = some;
  if (samples === undefined || first === undefined) return known;
  let [start, end] = [first.sample.time, first.sample.time];
  for (const { sample } of some) {
    start = Math.min(start, sample.time);
    end = Math.max(end, sample.time);
  }
  const { time, value } = await samples(first.sample, { start, end: end + 1 });
  for (const [row, at] of time.entries()) if (value[row] != null) known.set(at, value[row] as number);
  return known;
}
