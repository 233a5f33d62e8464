// Owns the forecast of a running year: the rest of it from the days so far, and how far each indicator may still move.
import { Calendar, day } from '../core/calendar.ts';
import type { PointId } from '../core/points.ts';
import { fromSteps } from '../core/points.ts';
import { qualityCode } from '../core/quality.ts';
import { emptySlot, type Slot } from '../core/slots.ts';
import type { Text } from '../core/text.ts';
import type { Inputs } from './inputs.ts';
import type { LoadedPack } from './pack.ts';
import { responseOf } from './response.ts';
import { scoreSite } from './score.ts';
import { passProbability } from './uncertainty.ts';

export type IndicatorForecast = {
  id: string;
  name: Text;
  unit: string;
  value: number | null;
  /** About 95 %. */
  interval: [number, number] | null;
  passProbability: number | null;
};

export type Forecast = { from: number; method: Text; indicators: IndicatorForecast[]; notes: Text[] };

/** Fewer days say nothing about a week. */
const leastDays = 14;

type Rest = { steps: number; doubt: number };

/** Null before there is enough to tell, and when the year is over. `before` has the same series of the year before, where known. */
export function forecastYear(
  pack: LoadedPack,
  inputs: Inputs,
  before: ReadonlyMap<string, readonly Slot[]>,
  now: number,
): Forecast | null {
  const calendar = new Calendar(inputs.site.timezone);
  const from = calendar.dayOf(now).start;
  const { period } = inputs;
  if (from <= period.start || from >= period.end) return null;
  const doubts = new Map<string, number>();
  const slots = new Map<string, readonly Slot[]>();
  let seasonal = before.size > 0;
  for (const [name, known] of inputs.slots) {
    const soFar = known.filter(({ start }) => start < from);
    const past = before.get(name) ?? [];
    // A register that the meter does not have stays unknown, and whatever needs it.
    if (soFar.length === 0) {
      slots.set(name, soFar);
      continue;
    }
    const rest =
      restByLastYear(soFar, past, period.start, from, period.end, calendar) ??
      restByWeekday(soFar, from, period.end, calendar);
    if (rest === null) return null;
    seasonal &&= past.length > 0;
    doubts.set(name, rest.doubt);
    slots.set(name, [...soFar, restSlot(from, period.end, rest.steps)]);
  }
  const score = scoreSite({ ...inputs, slots }, pack);
  if (doubts.size === 0) return null;
  return {
    from,
    method: seasonal
      ? { zh: '按上年同期推算', en: 'after the same days of last year' }
      : {
          zh: '按今年各星期几的平均推算，不含季节变化',
          en: 'after the mean of each weekday this year, without the seasons',
        },
    indicators: score.indicators.map(({ id, name, unit, value, margin, trace }) => {
      const respond = value === null ? null : responseOf(trace);
      if (respond === null || value === null)
        return { id, name, unit, value: null, interval: null, passProbability: null };
      let variance = 0;
      for (const [series, steps] of doubts) {
        const leaf = { key: `meter ${series}`, value: totalOf(slots.get(series) ?? [], series) };
        const doubt = fromSteps(steps, series.split('.')[1] as PointId);
        const at = (change: number) => respond(new Map([[leaf.key, leaf.value + change]]));
        variance += ((at(doubt) - at(-doubt)) / 2) ** 2;
      }
      const standard = Math.sqrt(variance);
      const doubt = { standard, interval: [value, value] as [number, number], sources: [], unknown: [] };
      return {
        id,
        name,
        unit,
        value,
        interval: [value - 1.96 * standard, value + 1.96 * standard],
        passProbability: margin === null ? null : passProbability(margin, doubt),
      };
    }),
    notes: [
      {
        zh: '发票、绿证、碳信用与措施按台账现状计，不外推',
        en: 'invoices, certificates, credits and measures count as the ledger has them now',
      },
    ],
  };
}

const totalOf = (slots: readonly Slot[], series: string): number =>
  fromSteps(
    slots.reduce((sum, { value }) => sum + value, 0),
    series.split('.')[1] as PointId,
  );

/** One slot for the rest of the year: nobody says when in it. */
const restSlot = (start: number, end: number, steps: number): Slot => ({
  ...emptySlot(start),
  value: Math.round(steps),
  estimated: Math.round(steps),
  covered: end - start,
  quality: qualityCode('uncertain_estimated'),
});

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

function variance(values: readonly number[]): number {
  if (values.length < 2) return 0;
  const middle = mean(values);
  return values.reduce((sum, value) => sum + (value - middle) ** 2, 0) / (values.length - 1);
}

function byDay(slots: readonly Slot[], calendar: Calendar): Map<number, { steps: number; covered: number }> {
  const days = new Map<number, { steps: number; covered: number }>();
  let of = { start: 0, end: 0 };
  let sum = { steps: 0, covered: 0 };
  for (const { start, value, covered } of slots) {
    if (start < of.start || start >= of.end) {
      of = calendar.dayOf(start);
      sum = days.get(of.start) ?? { steps: 0, covered: 0 };
      days.set(of.start, sum);
    }
    sum.steps += value;
    sum.covered += covered;
  }
  return days;
}

const isWhole = ({ covered }: { covered: number }): boolean => covered >= 0.9 * day;

function daysOf(from: number, end: number, calendar: Calendar): number[] {
  const days: number[] = [];
  for (let at = from; at < end; at = calendar.dayOf(at).end) days.push(at);
  return days;
}

const weekdayOf = (at: number): number => new Date(at + day / 2).getUTCDay();

function restByWeekday(soFar: readonly Slot[], from: number, end: number, calendar: Calendar): Rest | null {
  const whole = [...byDay(soFar, calendar)].filter(([, one]) => isWhole(one));
  if (whole.length < leastDays) return null;
  let [steps, doubt] = [0, 0];
  const counts = new Map<number, number>();
  for (const at of daysOf(from, end, calendar)) counts.set(weekdayOf(at), (counts.get(weekdayOf(at)) ?? 0) + 1);
  for (const [weekday, count] of counts) {
    const alike = whole.filter(([at]) => weekdayOf(at) === weekday).map(([, one]) => one.steps);
    const days = alike.length >= 2 ? alike : whole.map(([, one]) => one.steps);
    steps += count * mean(days);
    // Days differ among themselves, and their mean is known from so many of them only.
    doubt += variance(days) * (count + (count * count) / days.length);
  }
  return { steps, doubt: Math.sqrt(doubt) };
}

/** The rest of last year, times what this year is to last year so far, judged week by week. */
function restByLastYear(
  soFar: readonly Slot[],
  past: readonly Slot[],
  start: number,
  from: number,
  end: number,
  calendar: Calendar,
): Rest | null {
  const [now, then] = [byDay(soFar, calendar), byDay(past, calendar)];
  // 364 days keep the weekday; the counterpart of New Year's Eve is this year's first of January.
  const lastYear = (at: number) => {
    const other = calendar.dayOf(at - 364 * day + day / 2).start;
    return then.get(other) ?? now.get(other);
  };
  const pairs = daysOf(start, from, calendar).flatMap((at) => {
    const [one, other] = [now.get(at), lastYear(at)];
    return one !== undefined && other !== undefined && isWhole(one) && isWhole(other)
      ? [[one.steps, other.steps] as const]
      : [];
  });
  const ahead = daysOf(from, end, calendar).map(lastYear);
  if (pairs.length < leastDays || ahead.some((one) => one === undefined || !isWhole(one))) return null;
  const weeks: (readonly [number, number])[] = [];
  for (let at = 0; at + 7 <= pairs.length; at += 7) {
    const week = pairs.slice(at, at + 7);
    weeks.push([week.reduce((sum, [one]) => sum + one, 0), week.reduce((sum, [, other]) => sum + other, 0)]);
  }
  const base = weeks.reduce((sum, [, other]) => sum + other, 0);
  if (base === 0) return null;
  const ratio = weeks.reduce((sum, [one]) => sum + one, 0) / base;
  const rest = ahead.reduce((sum, one) => sum + (one?.steps ?? 0), 0);
  const spread = variance(weeks.filter(([, other]) => other > 0).map(([one, other]) => one / other));
  const weeksAhead = Math.max(1, ahead.length / 7);
  return { steps: rest * ratio, doubt: rest * Math.sqrt(spread / weeksAhead + spread / weeks.length) };
}
