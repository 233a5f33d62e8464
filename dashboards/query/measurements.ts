// Owns what can be asked: the measurements as they lie in an InfluxDB, answered from the store and the scorer whichever database is behind.
import { day, type Period } from '../../core/calendar.ts';
import { parsePointId } from '../../core/points.ts';
import type { SeriesKey } from '../../core/sample.ts';
import { isEmpty, type Resolution, resolutions, type Slot } from '../../core/slots.ts';
import type { Store } from '../../core/store.ts';
import { type FieldType, type YearlyMeasurement, type YearlyPoint, yearlyMeasurements } from '../../core/yearly.ts';

export type Tags = Record<string, string>;
export type Value = number | string | null;
export type Rows = { time: number[]; fields: Record<string, Value[]> };

export type Measurement = {
  name: string;
  /** In the order of their names. */
  tags: readonly string[];
  fields: Readonly<Record<string, FieldType>>;
  /** Those that may have rows in the period. */
  series(period: Period): Promise<Tags[]>;
  /** In order of time, in pieces that fit into memory. */
  rows(tags: Tags, period: Period): AsyncIterable<Rows>;
};

/** Each week of a meter that is read every second has more readings than this. */
const readingsAtOnce = 100_000;
const firstStretch = 7 * day;
const slotsAtOnce = 400 * day;

export type Asked = {
  site: string;
  store: Store;
  yearly(period: Period): Promise<readonly YearlyPoint[]>;
};

export const measurementsOf = (asked: Asked): Measurement[] => [
  ...(['account', 'indicators'] as const).map((name) => yearly(asked, name)),
  losses(asked),
  receipts(asked),
  yearly(asked, 'scores'),
  slots(asked),
  telemetry(asked),
];

const keyOf = ({ meter = '', point = '' }: Tags): SeriesKey => ({ meter, point: parsePointId(point) });

function telemetry({ site, store }: Asked): Measurement {
  return {
    name: 'telemetry',
    tags: ['meter', 'point', 'site'],
    fields: { q: 'integer', v: 'float' },
    series: async () => (await store.latest()).map(({ meter, point }) => ({ meter, point, site })),
    async *rows(tags, { start, end }) {
      const key = keyOf(tags);
      const next = async (from: number): Promise<number> => {
        const { time } = await store.samples(key, { start: from, end: from }, 'any');
        return time.find((at) => at >= from) ?? Number.POSITIVE_INFINITY;
      };
      for (let [from, stretch] = [await next(start), firstStretch]; from < end; ) {
        const to = Math.min(end, from + stretch);
        const { time, value, quality } = await store.samples(key, { start: from, end: to });
        yield { time, fields: { q: quality, v: value } };
        if (time.length < readingsAtOnce) stretch *= 2;
        else stretch = firstStretch;
        from = time.length === 0 && to < end ? await next(to) : to;
      }
    },
  };
}

function slots({ site, store }: Asked): Measurement {
  return {
    name: 'slots',
    tags: ['meter', 'point', 'resolution', 'site'],
    fields: {
      covered: 'integer',
      estimated: 'float',
      marks: 'integer',
      max: 'float',
      min: 'float',
      quality: 'integer',
      readings: 'integer',
      value: 'float',
    },
    series: async () =>
      (await store.newestSlots()).flatMap(({ meter, point }) =>
        resolutions.map((resolution) => ({ meter, point, resolution, site })),
      ),
    async *rows(tags, { start, end }) {
      const [key, resolution] = [keyOf(tags), tags.resolution as Resolution];
      if (resolution !== 'quarter' || end - start <= slotsAtOnce)
        return yield slotRows((await store.slots([key], resolution, { start, end }))[0]);
      const [days = []] = await store.slots([key], 'day', { start: start - day, end });
      const [first, last] = [days[0], days.at(-1)];
      if (first === undefined || last === undefined) return;
      const stop = Math.min(end, last.start + 2 * day);
      for (let from = Math.max(start, first.start); from < stop; from += slotsAtOnce)
        yield slotRows(
          (await store.slots([key], resolution, { start: from, end: Math.min(stop, from + slotsAtOnce) }))[0],
        );
    },
  };
}

function slotRows(slots: readonly Slot[] = []): Rows {
  const known = slots.filter((slot) => !isEmpty(slot));
  const column = (of: (slot: Slot) => number) => known.map(of);
  return {
    time: column(({ start }) => start),
    fields: {
      covered: column(({ covered }) => covered),
      estimated: column(({ estimated }) => estimated),
      marks: column((slot) => slot.marks),
      // A slot without least and largest says so with a least above the largest, as in the database.
      max: column(({ min, max }) => (min > max ? 0 : max)),
      min: column(({ min, max }) => (min > max ? 1 : min)),
      quality: column(({ quality }) => quality),
      readings: column(({ readings }) => readings),
      value: column(({ value }) => value),
    },
  };
}

/** The ranges of batches that are stored; each stands at the number of its first one. */
function receipts({ site, store }: Asked): Measurement {
  const all = async () => (await store.receipts()).map((one) => ({ ...one, tags: tagsOfRun(site, one) }));
  return {
    name: 'receipts',
    tags: ['epoch', 'gateway', 'site'],
    fields: { last: 'integer', newest: 'integer', oldest: 'integer' },
    series: async () => (await all()).map(({ tags }) => tags),
    async *rows(tags, { start, end }) {
      const ranges = (await all())
        .filter((one) => isSame(one.tags, tags))
        .flatMap((one) => one.ranges)
        .filter(({ first }) => first >= start && first < end);
      yield {
        time: ranges.map(({ first }) => first),
        fields: {
          last: ranges.map(({ last }) => last),
          newest: ranges.map(({ newest }) => newest),
          oldest: ranges.map(({ oldest }) => oldest),
        },
      };
    },
  };
}

/** What gateways said that they lost; each stands at the number of the batch that told it. */
function losses({ site, store }: Asked): Measurement {
  const all = async () => (await store.losses()).map((one) => ({ ...one, tags: tagsOfRun(site, one) }));
  return {
    name: 'losses',
    tags: ['epoch', 'gateway', 'site'],
    fields: { lost: 'string' },
    series: async () => [...new Map((await all()).map(({ tags }) => [JSON.stringify(tags), tags])).values()],
    async *rows(tags, { start, end }) {
      const own = (await all()).filter((one) => isSame(one.tags, tags) && one.seq >= start && one.seq < end);
      const told = [...Map.groupBy(own, ({ seq }) => seq)].sort(([a], [b]) => a - b);
      const text = (list: typeof own) =>
        JSON.stringify(list.map(({ tags: _, gateway: __, epoch: ___, seq: ____, ...loss }) => loss));
      yield { time: told.map(([seq]) => seq), fields: { lost: told.map(([, list]) => text(list)) } };
    },
  };
}

const tagsOfRun = (site: string, { epoch, gateway }: { epoch: number; gateway: string }): Tags => ({
  epoch: String(epoch),
  gateway,
  site,
});

const isSame = (a: Tags, b: Tags): boolean => Object.keys(a).every((name) => a[name] === b[name]);

function yearly({ site, yearly: pointsOf }: Asked, name: YearlyMeasurement): Measurement {
  const { tags: own, fields } = yearlyMeasurements[name];
  const of = async (period: Period) => (await pointsOf(period)).filter(({ measurement }) => measurement === name);
  return {
    name,
    tags: [...own, 'site'].sort(),
    fields,
    series: async (period) => {
      const all = (await of(period)).map(({ tags }) => ({ ...tags, site }));
      return [...new Map(all.map((tags) => [JSON.stringify(tags), tags])).values()];
    },
    async *rows(tags, period) {
      const points = (await of(period)).filter((point) => isSame({ ...point.tags, site }, tags));
      yield {
        time: points.map(({ time }) => time),
        fields: Object.fromEntries(
          Object.keys(fields).map((field) => [field, points.map((point) => point.fields[field] ?? null)]),
        ),
      };
    },
  };
}
