// Owns the readings in InfluxDB: each instant of a series once, the better of two, whatever the order in which they come.
import { hour, type Period } from '../../core/calendar.ts';
import { quantise } from '../../core/points.ts';
import { countsInTotals, qualityCode } from '../../core/quality.ts';
import { type Batch, type Sample, type SampleColumns, type SeriesKey, seriesName } from '../../core/sample.ts';
import type { Around } from '../../core/store.ts';
import type { InfluxClient, Table } from './influx-client.ts';
import { keyOf, literal, type Reading, readingLine, readingsIn, readingsOf, whereSeries, within } from './lines.ts';

/** The readings of one series that one gateway brings, by time. */
type Incoming = { gateway: string; key: SeriesKey; line: string; byTime: Map<number, Placed> };
type Placed = Reading & { batch: Batch; row: number };

export type RefusedReading = { batch: Batch; row: number; reason: string };

/** Rows in an answer, so that a long period is read in pieces. */
const page = 50_000;
const worst = qualityCode('bad_timeout');
/** Beyond this many series in a condition, reading the others beside them costs less. */
const mostNamed = 200;

export class Readings {
  readonly #client: InfluxClient;
  readonly #site: string;

  constructor(client: InfluxClient, site: string) {
    this.#client = client;
    this.#site = site;
  }

  /** Gives back what the database will never take. `isNew`: nothing of this series can be there at this time. */
  async write(batches: readonly Batch[], isNew: (series: string, time: number) => boolean): Promise<RefusedReading[]> {
    const incoming = this.#bestOf(batches);
    await this.#yield(incoming, isNew);
    const lines: string[] = [];
    const placed: Placed[] = [];
    for (const { line, byTime } of incoming) {
      for (const reading of byTime.values()) {
        lines.push(readingLine(line, reading));
        placed.push(reading);
      }
    }
    const refused = await this.#client.write(lines);
    return refused.map(({ index, reason }) => {
      const { batch, row } = placed[index] as Placed;
      return { batch, row, reason };
    });
  }

  #bestOf(batches: readonly Batch[]): Incoming[] {
    const incoming = new Map<string, Incoming>();
    for (const batch of batches) {
      const { gateway, series, index, time, value, quality } = batch;
      const places = series.map((key) => {
        const line = readingsOf(this.#site, gateway, key);
        const place = incoming.get(line) ?? { gateway, key, line, byTime: new Map<number, Placed>() };
        incoming.set(line, place);
        return place;
      });
      for (let row = 0; row < index.length; row++) {
        const { key, byTime } = places[index[row] as number] as Incoming;
        const raw = value[row] as number | null;
        const reading = {
          time: time[row] as number,
          value: raw === null ? null : quantise(raw, key.point),
          quality: quality[row] as number,
        };
        const other = byTime.get(reading.time);
        if (other === undefined || isBetter(reading, other)) byTime.set(reading.time, { ...reading, batch, row });
      }
    }
    return [...incoming.values()];
  }

  /** Takes out what is in the database already, as good or better: there, the last one written would stay. */
  async #yield(incoming: readonly Incoming[], isNew: (series: string, time: number) => boolean): Promise<void> {
    const doubtful = incoming.flatMap((one) => {
      const name = seriesName(one.key);
      const times = [...one.byTime.keys()].filter((time) => !isNew(name, time));
      return times.length === 0 ? [] : [{ ...one, times }];
    });
    for (const [gateway, ofGateway] of Map.groupBy(doubtful, (one) => one.gateway)) {
      const bySeries = new Map(ofGateway.map((one) => [seriesName(one.key), one.byTime]));
      const named = ofGateway.length <= mostNamed ? `AND ${whereSeries(ofGateway.map(({ key }) => key))}` : '';
      const stretches = stretchesOf(ofGateway.flatMap(({ times }) => times));
      const answers = await this.#client.query(
        stretches.map(
          ([first, last]) =>
            `SELECT v, q FROM telemetry WHERE ${this.#ofGateway(gateway)} ${named} AND ${within(first, last + 1)} GROUP BY meter, point`,
        ),
      );
      for (const table of answers.flat()) {
        const key = keyOf(table);
        const byTime = bySeries.get(seriesName(key));
        for (const there of readingsIn(table)) {
          const comes = byTime?.get(there.time);
          if (comes === undefined) continue;
          if (!isBetter(comes, there)) byTime?.delete(there.time);
          // A field cannot be taken away by writing: what has no value would keep the value that was there.
          else if (comes.value === null && there.value !== null)
            await this.#client.query([
              `DELETE FROM telemetry WHERE ${this.#ofGateway(gateway)} AND ${whereSeries([key])} AND time = ${there.time}ms`,
            ]);
        }
      }
    }
  }

  #ofGateway(gateway: string): string {
    return `site = ${literal(this.#site)} AND gateway = ${literal(gateway)}`;
  }

  async latest(): Promise<Sample[]> {
    const [tables = []] = await this.#client.query([
      `SELECT v, q FROM telemetry WHERE site = ${literal(this.#site)} GROUP BY meter, point, gateway ORDER BY time DESC LIMIT 1`,
    ]);
    const newest = new Map<string, Sample>();
    for (const table of tables) {
      const key = keyOf(table);
      for (const reading of readingsIn(table)) {
        const other = newest.get(seriesName(key));
        const isNewer =
          other === undefined || reading.time > other.time || (reading.time === other.time && isBetter(reading, other));
        if (isNewer) newest.set(seriesName(key), { ...key, ...reading });
      }
    }
    return [...newest.values()];
  }

  async samples(key: SeriesKey, { start, end }: Period, around: Around): Promise<SampleColumns> {
    const found: Reading[] = [];
    for (let from = start; from < end; ) {
      const some = await this.#ask(key, `${within(from, end)} LIMIT ${page}`);
      const more = some.length === page ? (some.at(-1)?.time ?? end) : end;
      found.push(...some.filter(({ time }) => time < more));
      from = more;
    }
    const within_ = eachInstantOnce(found);
    if (around === 'none') return columnsOf(within_);
    const [before, after] = await Promise.all([
      this.#neighbour(key, start, 'before', around),
      this.#neighbour(key, end, 'after', around),
    ]);
    return columnsOf([...before, ...within_, ...after]);
  }

  /** Twenty at once, because readings that do not count, or another gateway's of the same instant, may lie before it. */
  async #neighbour(key: SeriesKey, time: number, side: 'before' | 'after', around: Around): Promise<Reading[]> {
    const order = side === 'before' ? 'DESC' : 'ASC';
    const usable = around === 'any' ? '' : `AND q < ${worst}`;
    for (let [from, most] = [time, 20]; ; most = page) {
      const side_ = side === 'before' ? within(0, from) : within(from, Number.MAX_SAFE_INTEGER);
      const rows = await this.#ask(key, `${side_} ${usable} ORDER BY time ${order} LIMIT ${most}`);
      const last = rows.length < most ? undefined : rows.at(-1)?.time;
      const found = eachInstantOnce(rows.filter((row) => row.time !== last)).find(
        (row) => around === 'any' || (row.value !== null && countsInTotals(row.quality)),
      );
      if (found !== undefined) return [found];
      if (last === undefined) return [];
      from = side === 'before' ? last + 1 : last;
    }
  }

  async #ask(key: SeriesKey, condition: string): Promise<Reading[]> {
    const [tables = []] = await this.#client.query([
      `SELECT v, q FROM telemetry WHERE site = ${literal(this.#site)} AND ${whereSeries([key])} AND ${condition}`,
    ]);
    return tables.flatMap((table: Table) => readingsIn(table));
  }
}

/** The rule of the store: the better quality, then the larger value. */
export const isBetter = (one: Omit<Reading, 'time'>, than: Omit<Reading, 'time'>): boolean =>
  one.quality < than.quality ||
  (one.quality === than.quality && (one.value ?? Number.NEGATIVE_INFINITY) > (than.value ?? Number.NEGATIVE_INFINITY));

/** Readings of one instant follow each other: a meter may have moved from one gateway to another. */
function eachInstantOnce(readings: readonly Reading[]): Reading[] {
  const once: Reading[] = [];
  for (const reading of readings) {
    const other = once.at(-1);
    if (other?.time !== reading.time) once.push(reading);
    else if (isBetter(reading, other)) once[once.length - 1] = reading;
  }
  return once;
}

const columnsOf = (readings: readonly Reading[]): SampleColumns => ({
  time: readings.map(({ time }) => time),
  value: readings.map(({ value }) => value),
  quality: readings.map(({ quality }) => quality),
});

/** From first to last, but apart where an hour lies between: so that two readings a year apart do not ask for the year. */
export function stretchesOf(times: readonly number[]): [first: number, last: number][] {
  const stretches: [number, number][] = [];
  for (const time of [...times].sort((a, b) => a - b)) {
    const current = stretches.at(-1);
    if (current === undefined || time - current[1] > hour) stretches.push([time, time]);
    else current[1] = time;
  }
  return stretches;
}
