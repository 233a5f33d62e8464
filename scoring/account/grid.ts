// Owns what came from and went to the grid: by meters, and by bills where no meter reads, never both for the same days.
import { Calendar, type Period } from '../../core/calendar.ts';
import { counterOf, metersIn } from '../../core/config/roles.ts';
import type { MeterConfig } from '../../core/config/site-schema.ts';
import type { EntryOf, Revision } from '../../core/ledger.ts';
import type { PointId } from '../../core/points.ts';
import { seriesName } from '../../core/sample.ts';
import { totalOf } from '../../core/slots.ts';
import type { Text } from '../../core/text.ts';
import { type Figure, formatNumber, missing, sumOf } from '../figure.ts';
import type { Inputs } from '../inputs.ts';
import { totalOfSeries } from '../packed-slots.ts';
import { naming } from '../vocabulary.ts';
import { entriesOf, ledgerFigure } from './declared.ts';
import { meterFigure, slotsOf } from './meters.ts';

type Way = 'grid_import' | 'grid_export';
type Bill = Omit<Revision, 'entry'> & { entry: EntryOf<'booking'> };

const carriers = { grid_import: 'electricity', grid_export: 'electricity_sold' } as const;
const counters = { grid_import: 'energy_import', grid_export: 'energy_export' } as const;

export const metersOfWay = (inputs: Inputs, way: Way): MeterConfig[] => metersIn(inputs.site.meters, way);

/** Whether anything is known to have gone out: storage may feed the grid of a plant that generates nothing. */
export const flowsOut = (inputs: Inputs): boolean =>
  entriesOf(inputs, 'booking').some(({ entry }) => isBillOf(inputs, 'grid_export', entry)) ||
  metersOfWay(inputs, 'grid_export').some(
    (meter) => (meterFigure(inputs, meter, counterOf(meter, 'energy_export')).trace.value ?? 0) > 0,
  );

const isBillOf = ({ year }: Inputs, way: Way, { carrier, from }: EntryOf<'booking'>): boolean =>
  carrier === carriers[way] && Number(from.slice(0, 4)) === year;

/** `billed`: some of it is known by bills alone, which have no quarters of an hour. */
export function gridFlow(inputs: Inputs, way: Way): { figure: Figure; billed: boolean } {
  const bills = entriesOf(inputs, 'booking').filter(({ entry }) => isBillOf(inputs, way, entry));
  const meters = metersOfWay(inputs, way);
  const supplies = [...new Set(bills.flatMap(({ entry }) => entry.supply ?? []))];
  const strays = bills.filter(({ entry }) => entry.meter !== undefined && meters.every(({ id }) => id !== entry.meter));
  const parts = [
    ...meters.map((meter) =>
      supplyOf(
        inputs,
        way,
        meter,
        bills.filter(({ entry }) => entry.meter === meter.id),
      ),
    ),
    ...supplies.map((supply) =>
      billsOf(
        inputs,
        supply,
        bills.filter(({ entry }) => entry.supply === supply),
      ),
    ),
    ...strays.map(({ entry }) =>
      missing(
        { id: entry.id, name: naming(way).name, unit: 'kWh' },
        {
          zh: `电费单 ${entry.id} 指向的 ${entry.meter} 不是${way === 'grid_import' ? '下网' : '上网'}表计`,
          en: `the bill ${entry.id} names ${entry.meter}, which is no meter of ${naming(way).name.en}`,
        },
      ),
    ),
  ];
  const billed =
    supplies.length > 0 || parts.some(({ trace }) => trace.parts.some(({ ledger }) => ledger !== undefined));
  return { figure: sumOf(naming(way), parts, false), billed };
}

/** Bills that count: of a supply that no meter reads, or of days on which its meter was silent. */
export function standingBills(inputs: Inputs, way: Way): (Bill & { place: string; days: Period })[] {
  const meters = metersOfWay(inputs, way);
  return entriesOf(inputs, 'booking').flatMap((bill) => {
    const { entry } = bill;
    const meter = meters.find(({ id }) => id === entry.meter);
    const place = entry.supply ?? meter?.id;
    if (!isBillOf(inputs, way, entry) || place === undefined) return [];
    const days = daysOf(inputs, entry);
    return meter === undefined || isSilent(inputs, meter, counters[way], days) ? [{ ...bill, place, days }] : [];
  });
}

export function isSilent(inputs: Inputs, meter: MeterConfig, point: PointId, days: Period): boolean {
  const own = counterOf(meter, point);
  return totalOfSeries(inputs.slots, seriesName({ meter: meter.id, point: own }), own, days).value === null;
}

/** A meter, and the bills of the same supply for days on which it has no readings at all. */
function supplyOf(inputs: Inputs, way: Way, meter: MeterConfig, bills: readonly Bill[]): Figure {
  const point = counterOf(meter, counters[way]);
  const slots = slotsOf(inputs, meter.id, point);
  const metered = meterFigure(inputs, meter, point);
  const notes: Text[] = [];
  const standing = bills.filter(({ entry }) => {
    const { value, coverage } = totalOf(slots, point, daysOf(inputs, entry));
    if (value === null) return true;
    notes.push(compared(entry, meter.id, value, coverage));
    return false;
  });
  metered.trace.notes.push(...notes);
  if (standing.length === 0) return metered;
  const rest = billsOf(inputs, `${meter.id}.bills`, standing);
  if (slots.length === 0) return rest;
  const named = { id: `${meter.id}.supply`, name: meter.name, unit: 'kWh' };
  const whole = sumOf(named, [metered, ...standing.map(billFigure)], false);
  // Each knows the days that the other does not.
  whole.trace.coverage = Math.min(1, (metered.trace.coverage ?? 0) + (rest.trace.coverage ?? 0));
  return whole;
}

/** Bills of one supply. Days that no bill speaks of are as unknown as those of a meter that was silent. */
function billsOf(inputs: Inputs, id: string, bills: readonly Bill[]): Figure {
  const named = { id, name: { zh: `电费单：${id}`, en: `electricity bills: ${id}` }, unit: 'kWh' };
  const sum = sumOf(named, bills.map(billFigure), false);
  const { start, end } = inputs.period;
  const known = bills.map(({ entry }) => daysOf(inputs, entry)).reduce((time, days) => time + days.end - days.start, 0);
  sum.trace.coverage = Math.min(1, known / (end - start));
  return sum;
}

const billFigure = (bill: Bill): Figure => {
  const { from, to, amount, unit } = bill.entry;
  return ledgerFigure({ zh: `${from} 至 ${to}`, en: `${from} to ${to}` }, unit, amount, bill);
};

function daysOf({ site }: Inputs, { from, to }: EntryOf<'booking'>): Period {
  const calendar = new Calendar(site.timezone);
  const midnight = (text: string, later: 0 | 1) => {
    const [year = 0, month = 1, date = 1] = text.split('-').map(Number);
    return calendar.startOf(year, month, date + later);
  };
  return { start: midnight(from, 0), end: midnight(to, 1) };
}

function compared(
  { id, from, to, amount, unit }: EntryOf<'booking'>,
  meter: string,
  read: number,
  coverage: number,
): Text {
  const billed = unit === 'MWh' ? amount * 1_000 : amount;
  const [paid, seen] = [formatNumber(billed), formatNumber(read)];
  const off = read === 0 ? '' : ` (${(((billed - read) / read) * 100).toFixed(2)} %)`;
  const share = `${(coverage * 100).toFixed(1)} %`;
  return {
    zh: `电费单 ${id}（${from} 至 ${to}）${paid} kWh，表计 ${meter} ${seen} kWh${off}，读数完整率 ${share}：以表计为准，不重复计`,
    en: `the bill ${id} (${from} to ${to}) says ${paid} kWh, the meter ${meter} ${seen} kWh${off} with ${share} of the time covered: the meter counts, the bill does not`,
  };
}
