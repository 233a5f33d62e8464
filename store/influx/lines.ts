// Owns how readings, slots, registry and receipts are written as lines, and read back from tables; types of fields never change.
import { type PointId, parsePointId } from '../../core/points.ts';
import type { ReceivedRange } from '../../core/receipts.ts';
import type { Loss, SeriesFacts, SeriesKey } from '../../core/sample.ts';
import type { Resolution, Slot } from '../../core/slots.ts';
import type { Change } from '../../core/store.ts';
import { type FieldType, type YearlyPoint, yearlyMeasurements } from '../../core/yearly.ts';
import type { Table } from './influx-client.ts';

export type Reading = { time: number; value: number | null; quality: number };

const tag = (text: string): string => text.replaceAll(/[, =]/g, '\\$&');
const field = (text: string): string => `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
/** A string of InfluxQL. */
export const literal = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;

/** Tags in the order of their names, as the database sorts them. */
export const readingsOf = (site: string, gateway: string, { meter, point }: SeriesKey): string =>
  `telemetry,gateway=${tag(gateway)},meter=${tag(meter)},point=${point},site=${tag(site)}`;

/** `v` is always a float, `q` always an integer: a field keeps for ever the type in which it came first. Missing has no `v`. */
export const readingLine = (series: string, { time, value, quality }: Reading): string =>
  value === null ? `${series} q=${quality}i ${time}` : `${series} v=${value},q=${quality}i ${time}`;

export function readingsIn({ columns, rows }: Table): Reading[] {
  const [at, v, q] = ['time', 'v', 'q'].map((name) => columns.indexOf(name)) as [number, number, number];
  return rows.map((row) => ({
    time: row[at] as number,
    value: row[v] as number | null,
    quality: row[q] as number,
  }));
}

/**
 * Fields of a point are merged, never taken away; so a slot without least and largest says so with a least above the largest,
 * and one about which nothing is known any more is written as one that covers nothing.
 */
export function slotLine(site: string, { meter, point }: SeriesKey, resolution: Resolution, slot: Slot): string {
  const [min, max] = slot.min > slot.max ? [1, 0] : [slot.min, slot.max];
  return (
    `slots,meter=${tag(meter)},point=${point},resolution=${resolution},site=${tag(site)} ` +
    `value=${slot.value},estimated=${slot.estimated},covered=${slot.covered}i,min=${min},max=${max},` +
    `quality=${slot.quality}i,marks=${slot.marks}i,readings=${slot.readings}i ${slot.start}`
  );
}

export const slotFields = 'value, estimated, covered, min, max, quality, marks, readings';

export function slotsIn({ rows }: Table): Slot[] {
  return (rows as number[][]).map(
    ([start = 0, value = 0, estimated = 0, covered = 0, min = 1, max = 0, quality = 0, marks = 0, readings]) => ({
      start,
      value,
      estimated,
      covered,
      min: min > max ? Number.POSITIVE_INFINITY : min,
      max: min > max ? Number.NEGATIVE_INFINITY : max,
      quality,
      marks,
      readings: readings ?? 0, // null in slots of a version that did not count them
    }),
  );
}

/** One point a series, at the beginning of time, written over when something changes. */
export const factsLine = (site: string, facts: SeriesFacts): string =>
  `registry,meter=${tag(facts.meter)},point=${facts.point},site=${tag(site)} facts=${field(JSON.stringify(facts))} 0`;

export const factsIn = ({ rows }: Table): SeriesFacts[] => rows.map((row) => JSON.parse(String(row[1])) as SeriesFacts);

/** A range of batches stands at the number of its first one, so that it grows in place. */
export const receiptLine = (site: string, gateway: string, epoch: number, range: ReceivedRange): string =>
  `receipts,epoch=${epoch},gateway=${tag(gateway)},site=${tag(site)} last=${range.last}i` +
  `${range.oldest === null ? '' : `,oldest=${range.oldest}i,newest=${range.newest}i`} ${range.first}`;

export function receiptsIn({ rows }: Table): ReceivedRange[] {
  return (rows as (number | null)[][]).map(([first, last, oldest = null, newest = null]) => ({
    first: first as number,
    last: last as number,
    oldest,
    newest,
  }));
}

/** What a batch told about losses stands at its number. */
export const lossLine = (site: string, gateway: string, epoch: number, seq: number, lost: readonly Loss[]): string =>
  `losses,epoch=${epoch},gateway=${tag(gateway)},site=${tag(site)} lost=${field(JSON.stringify(lost))} ${seq}`;

export const changeLine = (
  site: string,
  gateway: string,
  worker: string,
  change: Omit<Change, 'id' | 'gateway'>,
): string =>
  `changes,gateway=${tag(gateway)},site=${tag(site)},worker=${tag(worker)} from=${change.from}i,to=${change.to}i ${change.at}`;

export const changesIn = ({ tags: { gateway = '', worker }, rows }: Table): Change[] =>
  (rows as number[][]).map(([at = 0, from = 0, to = 0]) => ({
    id: `${worker} ${gateway} ${at}`,
    at,
    gateway,
    from,
    to,
  }));

export const followedLine = (site: string, at: number): string => `followed,site=${tag(site)} at=${at}i 0`;

/** Nothing where no field is known: a point must have one. */
export function yearlyLine(site: string, { measurement, time, tags, fields }: YearlyPoint): string | undefined {
  const types: Record<string, FieldType> = yearlyMeasurements[measurement].fields;
  const place = Object.entries({ ...tags, site }).sort(([a], [b]) => (a < b ? -1 : 1));
  const known = Object.entries(fields).flatMap(([name, value]) => {
    if (value === null) return [];
    if (typeof value === 'string') return [`${name}=${field(value)}`];
    return [`${name}=${value}${types[name] === 'integer' ? 'i' : ''}`];
  });
  if (known.length === 0) return undefined;
  return `${measurement},${place.map(([name, value]) => `${name}=${tag(value)}`)} ${known} ${time}`;
}

export const markerLine = (site: string): string => `tanbiao,site=${tag(site)} version=1i 0`;

export const keyOf = ({ tags }: Table): SeriesKey => ({
  meter: tags.meter ?? '',
  point: parsePointId(tags.point ?? ''),
});

/** Of many series in few words: one comparison a point. */
export function whereSeries(keys: readonly SeriesKey[]): string {
  const meters = new Map<PointId, string[]>();
  for (const { meter, point } of keys) meters.set(point, [...(meters.get(point) ?? []), meter]);
  const each = [...meters].map(
    ([point, names]) =>
      `(point = ${literal(point)} AND (${names.map((name) => `meter = ${literal(name)}`).join(' OR ')}))`,
  );
  return `(${each.join(' OR ')})`;
}

/** Nanoseconds in 64 bits end in the year 2262. */
const endOfTime = 9_223_372_036_854;

/** Half-open. */
export const within = (start: number, end: number): string =>
  `time >= ${start}ms AND time < ${Math.min(end, endOfTime)}ms`;
