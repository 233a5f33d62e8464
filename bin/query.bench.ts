// Measures questions to a year of one-minute readings in closed months. `--meters 1000` is the full size (525.6 M readings, some minutes to make).
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Calendar, day, minute } from '../core/calendar.ts';
import { BatchBuilder, type SeriesKey } from '../core/sample.ts';
import { totalOf } from '../core/slots.ts';
import { Database } from '../store/duckdb/database.ts';
import { DuckdbStore } from '../store/duckdb/duckdb-store.ts';
import { periodOf, quote, tableName } from '../store/duckdb/months.ts';
import { type BenchRow, median, report, row } from './bench-report.ts';

const option = (name: string): number | undefined => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? undefined : Number(process.argv[at + 1]);
};
const meters = option('meters') ?? 100;
const months = Array.from({ length: 12 }, (_, month) => `2025-${String(month + 1).padStart(2, '0')}`);
const year = { start: Date.UTC(2025, 0), end: Date.UTC(2026, 0) };
const keys = Array.from({ length: meters }, (_, meter): SeriesKey => ({ meter: `m${meter}`, point: 'energy_import' }));

/**
 * Counters that grow by 0 to 0.10 kWh a minute, a reading in a thousand uncertain, as the figures of the design were measured.
 * Made inside the database, month by month, and moved into files the way every month is.
 */
async function makeYear(folder: string): Promise<{ made: number; moved: number }> {
  await (await DuckdbStore.open(folder)).close(); // makes the tables
  let [made, moved] = [0, 0];
  for (const month of months) {
    const began = performance.now();
    const { start, end } = periodOf(month);
    const table = tableName(month, 1);
    const database = await openDatabase(folder);
    if (month === months[0]) {
      await database.write(
        `INSERT INTO series SELECT sid::INTEGER, 'm' || sid, 'energy_import', NULL FROM range(${meters}) t(sid)`,
      );
      await database.write(
        `CREATE TABLE made AS SELECT sid::INTEGER AS sid, (100000000 + sid * 10)::BIGINT AS v FROM range(${meters}) t(sid)`,
      );
      await database.write('CREATE TABLE midnights (sid INTEGER, ts BIGINT, v BIGINT)');
    }
    await database.write(`CREATE TABLE ${table} AS
      SELECT made.sid, ${start} + n * ${minute} AS ts,
        (made.v + sum((hash(made.sid * 100003 + n + ${start}) % 11) * 10) OVER (PARTITION BY made.sid ORDER BY n))::BIGINT AS v,
        (CASE WHEN hash(made.sid * 7 + n * 13 + ${start}) % 1000 = 0 THEN 68 ELSE 0 END)::UTINYINT AS q
      FROM made, range(${(end - start) / minute}) t(n)`);
    await database.write(`INSERT INTO midnights SELECT sid, ts, v FROM ${table} WHERE ts % ${day} = 0`);
    await database.write(`CREATE OR REPLACE TABLE made AS SELECT sid, max(v) AS v FROM ${table} GROUP BY sid`);
    if (month === months.at(-1)) {
      await database.write(`INSERT INTO midnights SELECT sid, ${year.end}, v FROM made`);
      await database.write(`INSERT INTO slots_day SELECT * FROM (
        SELECT sid, ts, lead(v) OVER (PARTITION BY sid ORDER BY ts) - v AS value, 0, ${day}, 'inf'::DOUBLE, '-inf'::DOUBLE, 68, 0, ${day / minute}
        FROM midnights ORDER BY ts) WHERE value IS NOT NULL`);
      await database.write('DROP TABLE made');
      await database.write('DROP TABLE midnights');
    }
    database.close();
    const written = performance.now();
    const store = await DuckdbStore.open(folder);
    await store.compact(month);
    await store.close();
    made += written - began;
    moved += performance.now() - written;
  }
  return { made: made / 1_000, moved: moved / 1_000 };
}

const openDatabase = (folder: string): Promise<Database> =>
  Database.open(join(folder, 'tanbiao.duckdb'), join(folder, 'temporary'));

async function timed<T>(runs: number, work: (run: number) => Promise<T>): Promise<{ times: number[]; last: T }> {
  const times: number[] = [];
  let last = await work(0); // once before, as a running process has it
  for (let run = 1; run <= runs; run++) {
    const began = performance.now();
    last = await work(run);
    times.push(performance.now() - began);
  }
  return { times, last };
}

/**
 * The total of every counter from its raw readings, falls included, to the step. The pass goes along the file, and proves as it
 * goes that the file is in order: then what a series grew is its last reading minus its first, plus what fell on the way.
 */
async function auditRaw(connections: readonly Database[], files: readonly string[]): Promise<Map<number, number>> {
  const waiting = files.map((file, index) => ({ file, index }));
  const edges: { index: number; sid: number; first: number; last: number; fallen: number }[] = [];
  await Promise.all(
    connections.map(async (database) => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        const breaks = await database.numbers(
          `SELECT sid::DOUBLE, v::DOUBLE, sid0::DOUBLE, v0::DOUBLE, (sid = sid0 AND ts <= ts0)::DOUBLE FROM (
             SELECT sid, ts, v, lag(sid) OVER () AS sid0, lag(ts) OVER () AS ts0, lag(v) OVER () AS v0
             FROM (SELECT sid, ts, v * scale AS v FROM read_parquet(${quote(next.file)}) WHERE v IS NOT NULL AND q < 128 AND q NOT IN (64, 66)
                   UNION ALL SELECT 2147483647, 0, 0)
           ) WHERE sid0 IS NULL OR sid <> sid0 OR ts <= ts0 OR v < v0`,
        );
        const [sid, v, sid0, v0, disorder] = breaks as [
          Float64Array,
          Float64Array,
          Float64Array,
          Float64Array,
          Float64Array,
        ];
        for (let n = 0; n < sid.length; n++) {
          const [now, before] = [sid[n] as number, sid0[n] as number];
          if (disorder[n] === 1 || now < before) throw new Error(`${next.file} is not in order`);
          if (now !== before) {
            const open = edges.at(-1);
            if (open !== undefined && open.index === next.index && open.sid === before) open.last = v0[n] as number;
            else if (!Number.isNaN(before)) closeOf(edges, next.index, before).last = v0[n] as number;
            edges.push({ index: next.index, sid: now, first: v[n] as number, last: Number.NaN, fallen: 0 });
          } else {
            closeOf(edges, next.index, now).fallen += v0[n] as number; // began again at zero: what it shows now is growth
          }
        }
      }
    }),
  );
  const totals = new Map<number, number>();
  const lastOf = new Map<number, number>();
  for (const { sid, first, last, fallen } of edges
    .filter(({ last }) => !Number.isNaN(last))
    .sort((a, b) => a.index - b.index)) {
    const before = lastOf.get(sid) ?? first;
    totals.set(sid, (totals.get(sid) ?? 0) + (first >= before ? first - before : first) + last - first + fallen);
    lastOf.set(sid, last);
  }
  return totals;
}

const closeOf = <T extends { index: number; sid: number }>(edges: T[], index: number, sid: number): T =>
  edges.findLast((edge) => edge.index === index && edge.sid === sid) as T;

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'tanbiao-bench-'));
  try {
    report(await measure(folder));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measure(folder: string): Promise<BenchRow[]> {
  const rows: BenchRow[] = [];
  const full = meters === 1_000;
  const total = (meters * (year.end - year.start)) / minute;
  const { made, moved } = await makeYear(folder);
  rows.push(row(`${meters} meters × 1 year × 1 min: making the readings`, 'samples/s', [total / made]));
  rows.push(row('moving months into files', 'samples/s', [total / moved]));

  const opening = await timed(3, async () => {
    const store = await DuckdbStore.open(folder);
    await store.close();
  });
  rows.push(row('opening and closing the store', 'ms', opening.times));
  const store = await DuckdbStore.open(folder);
  const { cold } = await store.stats();
  rows.push(row('closed months', 'bytes/sample', [cold.bytesPerReading as number]));

  const totals = await timed(9, () => store.totals(keys, year));
  rows.push(
    row(`annual totals with coverage of ${meters} meters, from daily slots`, 'ms', totals.times, {
      target: '≤ 50 ms with 1,000 meters',
      met: median(totals.times) <= 50,
    }),
  );
  const slots = await timed(3, async () => {
    const lists = await store.slots(keys, 'day', year);
    return lists.map((list) => totalOf(list, 'energy_import', year));
  });
  rows.push(row('the same by reading every daily slot', 'ms', slots.times));

  const oneDay = await timed(40, async (run) => {
    const start = year.start + ((run * 37) % 364) * day;
    const { time } = await store.samples(keys[(run * 61) % meters] as SeriesKey, { start, end: start + day });
    if (time.length !== day / minute) throw new Error(`${time.length} readings in a day`);
  });
  rows.push(
    row('one meter, one day, raw (p50)', 'ms', oneDay.times, { target: '≤ 10 ms', met: median(oneDay.times) <= 10 }),
  );
  const latest = await timed(20, () => store.latest());
  rows.push(
    row(`latest of ${meters} points`, 'ms', latest.times, { target: '≤ 3 ms', met: median(latest.times) <= 3 }),
  );

  rows.push(...(await ingestWhileAsked(store)));
  await store.close();

  const files = months.map((month) => join(folder, 'months', `${month}.1.parquet`));
  if (!files.every((file) => existsSync(file))) throw new Error('a month has no file');
  const connections = await Promise.all(
    [0, 1, 2, 3].map((n) => {
      mkdirSync(join(folder, `audit-${n}`));
      return Database.open(join(folder, `audit-${n}`, 'empty.duckdb'), join(folder, 'temporary'));
    }),
  );
  const [first] = connections as [Database];
  const all = `read_parquet([${files.map(quote).join(', ')}])`;
  const sum = await timed(3, () => first.numbers(`SELECT sum(v * scale)::DOUBLE FROM ${all}`));
  const audit = await timed(3, () => auditRaw(connections, files));
  for (const database of connections) database.close();
  for (const [index, key] of keys.entries()) {
    const fromSlots = totals.last[index]?.value;
    if (fromSlots !== audit.last.get(index))
      throw new Error(`${key.meter}: ${fromSlots} from slots, ${audit.last.get(index)} from readings`);
  }
  rows.push(row('sum(v) of the year, the limit of decoding', 'ms', sum.times));
  const times = median(audit.times) / median(sum.times);
  rows.push(
    row('exact audit of every total from raw readings', 'ms', audit.times, {
      against: 'sum(v)',
      ratio: times,
      target: '≤ 6×',
      met: times <= 6,
    }),
  );
  if (!full) rows.push(row('size of this run; --meters 1000 is the full one', 'samples', [total]));
  return rows;
}

/** Commits of 10,000 readings as fast as they go, alone and beside questions of a page. */
async function ingestWhileAsked(store: DuckdbStore): Promise<BenchRow[]> {
  let minuteNumber = 0;
  let seq = 0;
  const rateOver = async (seconds: number) => {
    let count = 0;
    const began = performance.now();
    while (performance.now() - began < seconds * 1_000) {
      const builder = new BatchBuilder();
      for (let n = 0; n < 10_000; n++) {
        if (n % meters === 0) minuteNumber++;
        const key = keys[n % meters] as SeriesKey;
        builder.add({ ...key, time: year.end + minuteNumber * minute, value: 1e6 + minuteNumber, quality: 0 });
      }
      await store.commit([builder.build('gw', 1, ++seq)]);
      count += builder.size;
    }
    return count / ((performance.now() - began) / 1_000);
  };
  const alone: number[] = [];
  const asked: number[] = [];
  const calendar = new Calendar('Asia/Shanghai');
  for (let round = 0; round < 3; round++) {
    alone.push(await rateOver(2));
    let over = false;
    let questions = 0;
    const asking = (async () => {
      while (!over) {
        const start = year.start + ((questions * 37) % 364) * day;
        await store.samples(keys[questions % meters] as SeriesKey, { start, end: start + day });
        await store.slots([keys[questions % meters] as SeriesKey], 'day', calendar.year(2025));
        questions++;
        await new Promise((resolve) => setTimeout(resolve, 50)); // a page asks about this often
      }
    })();
    asked.push(await rateOver(2));
    over = true;
    await asking;
  }
  const share = median(asked) / median(alone);
  return [
    row('ingest alone', 'samples/s', alone),
    row('ingest while asked for days and years', 'samples/s', asked, {
      against: 'ingest alone',
      ratio: share,
      target: 'costs ≤ 15 %',
      met: share >= 0.85,
    }),
  ];
}

await main();
