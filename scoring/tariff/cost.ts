// Owns the cost of a period: each quarter of an hour of the grid's import in its band, at its price, exact to the last decimal.
import { type Calendar, day, hour, type Period, slotLength, slotStart } from '../../core/calendar.ts';
import { points } from '../../core/points.ts';
import { Rational, sum } from '../../core/rational.ts';
import { isEmpty, isWhole, type Slot } from '../../core/slots.ts';
import { type Band, bands } from './bands.ts';
import { bandsOfDay, type HolidayBook } from './calendar.ts';
import { decimalText } from './decimal.ts';
import type { TariffPlan, Version } from './plan.ts';
import { type Price, priceOf } from './price.ts';

export const point = 'energy_import';
const stepsPerKilowattHour = 10 ** points[point].decimals;

export type BandAmount = {
  band: Band;
  /** kWh; null: no reading says anything about it. */
  energy: number | null;
  /** kWh of it whose time within a gap is only assumed. */
  estimated: number;
  /** Share of the band's time that readings cover. */
  coverage: number;
  /** 元, all digits; null where a price is not known. */
  cost: string | null;
};

export type CostRow = Omit<BandAmount, 'band'> &
  Period & {
    bands: BandAmount[];
    /** kWh at times for which the plant names no table. */
    unassigned: number;
  };

/** A stretch of one table at one price: what a shift of load is computed over. */
export type Stretch = Period & {
  table: string;
  bands: { band: Band; energy: string; price: string | null }[];
};

export type MonthDemand = Period & { kW: number | null; at: number | null; charge: string | null };

export type PeriodCost = {
  rows: CostRow[];
  total: CostRow;
  stretches: Stretch[];
  /** What the same energy would cost at the flat price. */
  flat: string | null;
  demand: MonthDemand[];
};

type Cell = { steps: number; estimated: number; covered: number; time: number; known: boolean };
type Bucket = { start: number; end: number; version: Version | null; price: Price | null; cells: Map<Band, Cell> };

/** When each band begins within a period: neighbouring half hours of one band are one stretch. */
export function bandStretches(plan: TariffPlan, period: Period, calendar: Calendar): (Period & { band: Band })[] {
  const at = bandFinder(plan, calendar);
  const list: (Period & { band: Band })[] = [];
  for (let start = slotStart(period.start); start < period.end; start += slotLength) {
    const band = at(start)?.band;
    if (band === undefined) continue;
    const last = list.at(-1);
    if (last?.band === band && last.end === start) list[list.length - 1] = { ...last, end: start + slotLength };
    else list.push({ start, end: start + slotLength, band });
  }
  return list;
}

/** A slot belongs to the band in which it begins; borders lie on half hours, so none is cut. */
function bandFinder({ versions, holidays }: TariffPlan, calendar: Calendar) {
  const known = new Map<number, Band[]>();
  return (time: number): { version: Version; band: Band } | undefined => {
    const index = versions.findLastIndex(({ start, end }) => time >= start && time < end);
    const version = versions[index];
    if (version === undefined) return undefined;
    const wall = time + calendar.offsetAt(time);
    const date = Math.floor(wall / day);
    const key = date * versions.length + index;
    const own = known.get(key) ?? bandsOfDay(version, holidays, calendar.local(time));
    known.set(key, own);
    return { version, band: own[Math.floor((wall - date * day) / (hour / 2))] as Band };
  };
}

const priceAt = (version: Version, time: number): Price | null =>
  version.prices.findLast(({ start }) => start <= time)?.price ?? null;

/** `until`: no slot that ends later is looked at, or counts as missing. */
export function costOf(
  plan: TariffPlan,
  meters: readonly (readonly Slot[])[],
  { start, end }: Period,
  until: number,
  calendar: Calendar,
  by: 'day' | 'month',
): PeriodCost {
  const at = bandFinder(plan, calendar);
  const slots = meters.map((list) => new Map(list.map((slot) => [slot.start, slot])));
  const rows: { period: Period; buckets: Bucket[] }[] = [];
  const demand: { month: Period; version: Version | null; steps: number | null; at: number | null }[] = [];
  for (let time = slotStart(start); time + slotLength <= Math.min(end, until); time += slotLength) {
    let row = rows.at(-1);
    if (row === undefined || time >= row.period.end) {
      row = { period: by === 'day' ? calendar.dayOf(time) : calendar.monthOf(time), buckets: [] };
      rows.push(row);
    }
    let month = demand.at(-1);
    if (month === undefined || time >= month.month.end) {
      month = { month: calendar.monthOf(time), version: at(time)?.version ?? null, steps: null, at: null };
      demand.push(month);
    }
    const found = at(time);
    const price = found === undefined ? null : priceAt(found.version, time);
    const bucket = bucketOf(row.buckets, found?.version ?? null, price, time);
    const cell = cellOf(bucket, found?.band ?? 'flat');
    let whole = 0;
    let isSure = true;
    for (const of of slots) {
      const slot = of.get(time);
      cell.time += slotLength;
      isSure &&= slot !== undefined && isWhole(slot);
      if (slot === undefined || isEmpty(slot)) continue;
      cell.known = true;
      cell.steps += slot.value;
      cell.estimated += slot.estimated;
      cell.covered += Math.min(slotLength, slot.covered);
      whole += slot.value;
    }
    if (isSure && (month.steps === null || whole > month.steps)) Object.assign(month, { steps: whole, at: time });
  }
  const all = rows.flatMap(({ buckets }) => buckets);
  const priced = new Map(all.map((bucket) => [bucket, pricesOf(bucket)]));
  return {
    rows: rows.map(({ period, buckets }) =>
      rowOf({ start: Math.max(period.start, start), end: Math.min(period.end, end) }, buckets, priced),
    ),
    total: rowOf({ start, end }, all, priced),
    stretches: stretchesOf(all, priced),
    flat: textOf(costAll(all, (bucket) => priced.get(bucket)?.flat ?? null)),
    demand: demand.flatMap(({ month, version, steps, at: when }): MonthDemand[] => {
      if (version?.demandPrice == null) return [];
      const kW = steps === null ? null : Rational.of(steps * 4, stepsPerKilowattHour);
      return [
        { ...month, kW: kW?.toNumber() ?? null, at: when, charge: textOf(kW?.times(version.demandPrice) ?? null) },
      ];
    }),
  };
}

function bucketOf(buckets: Bucket[], version: Version | null, price: Price | null, time: number): Bucket {
  const last = buckets.at(-1);
  if (last !== undefined && last.version === version && last.price === price) {
    last.end = time + slotLength;
    return last;
  }
  const bucket = { start: time, end: time + slotLength, version, price, cells: new Map() };
  buckets.push(bucket);
  return bucket;
}

function cellOf({ cells }: Bucket, band: Band): Cell {
  const cell = cells.get(band) ?? { steps: 0, estimated: 0, covered: 0, time: 0, known: false };
  cells.set(band, cell);
  return cell;
}

type Prices = Record<Band, Rational | null>;

const pricesOf = ({ version, price }: Bucket): Prices =>
  Object.fromEntries(
    bands.map((band) => [
      band,
      version === null || price === null ? null : priceOf(price, version.ratios[band], version.table.rounding),
    ]),
  ) as Prices;

const energyOf = ({ steps }: Cell): Rational => Rational.of(steps, stepsPerKilowattHour);
const textOf = (value: Rational | null): string | null => (value === null ? null : decimalText(value));

/** Null as soon as energy has no price: a part of a bill is not a bill. */
function costAll(
  buckets: readonly Bucket[],
  price: (bucket: Bucket, band: Band) => Rational | null,
  only?: Band,
): Rational | null {
  const parts: Rational[] = [];
  for (const bucket of buckets)
    for (const [band, cell] of bucket.cells) {
      if ((only !== undefined && band !== only) || cell.steps === 0) continue;
      const own = price(bucket, band);
      if (own === null) return null;
      parts.push(energyOf(cell).times(own));
    }
  return sum(parts);
}

function rowOf(period: Period, buckets: readonly Bucket[], priced: Map<Bucket, Prices>): CostRow {
  const price = (bucket: Bucket, band: Band) => priced.get(bucket)?.[band] ?? null;
  const assigned = buckets.filter(({ version }) => version !== null);
  const amountOf = (cells: readonly Cell[]) => {
    const add = (of: (cell: Cell) => number) => cells.reduce((total, cell) => total + of(cell), 0);
    const known = cells.some((cell) => cell.known);
    return {
      energy: known ? add(({ steps }) => steps) / stepsPerKilowattHour : null,
      estimated: add(({ estimated }) => estimated) / stepsPerKilowattHour,
      coverage:
        add(({ covered }) => covered) /
        Math.max(
          1,
          add(({ time }) => time),
        ),
    };
  };
  const all = amountOf(buckets.flatMap(({ cells }) => [...cells.values()]));
  return {
    ...period,
    ...all,
    cost: all.energy === null ? null : textOf(costAll(buckets, price)),
    unassigned:
      amountOf(buckets.filter(({ version }) => version === null).flatMap(({ cells }) => [...cells.values()])).energy ??
      0,
    bands: bands.flatMap((band): BandAmount[] => {
      const cells = assigned.flatMap((bucket) => bucket.cells.get(band) ?? []);
      if (cells.length === 0) return [];
      const own = amountOf(cells);
      return [{ band, ...own, cost: own.energy === null ? null : textOf(costAll(assigned, price, band)) }];
    }),
  };
}

/** Buckets of one table and price, whatever days they are of. */
function stretchesOf(buckets: readonly Bucket[], priced: Map<Bucket, Prices>): Stretch[] {
  const groups: Bucket[][] = [];
  for (const bucket of buckets) {
    const last = groups.at(-1)?.at(-1);
    if (last !== undefined && last.version === bucket.version && last.price === bucket.price)
      groups.at(-1)?.push(bucket);
    else groups.push([bucket]);
  }
  return groups.flatMap((group): Stretch[] => {
    const [first] = group as [Bucket];
    if (first.version === null) return [];
    return [
      {
        start: first.start,
        end: (group.at(-1) as Bucket).end,
        table: first.version.table.id,
        bands: bands.flatMap((band) => {
          const cells = group.flatMap((bucket) => bucket.cells.get(band) ?? []);
          const price = textOf(priced.get(first)?.[band] ?? null);
          return cells.length === 0 && price === null
            ? []
            : [{ band, energy: decimalText(sum(cells.map(energyOf))), price }];
        }),
      },
    ];
  });
}

/** Years of the range in which a table needs holidays: those that nobody gave, and those that were not checked. */
export const doubtfulHolidays = (
  versions: readonly Version[],
  { years, recalled }: HolidayBook,
  { start, end }: Period,
  calendar: Calendar,
): { unknown: number[]; recalled: number[] } => {
  const needed = versions.some(
    (one) => one.start < end && one.end > start && one.table.exceptions.some(({ holidays }) => holidays !== undefined),
  );
  if (!needed) return { unknown: [], recalled: [] };
  const [first, last] = [calendar.yearOf(start), calendar.yearOf(end - 1)];
  const asked = Array.from({ length: last - first + 1 }, (_, at) => first + at);
  return {
    unknown: asked.filter((year) => !years.has(year)),
    recalled: asked.filter((year) => recalled?.has(year) === true),
  };
};
