// Owns maximum demand (最大需量): the highest mean power over a window, as it is billed, from a counter or a power.
import { hour, type Period, slotLength } from '../../core/calendar.ts';
import { fromSteps, type PointId, points, toSteps } from '../../core/points.ts';
import { countsInTotals, levelOf } from '../../core/quality.ts';
import type { SampleColumns, SeriesFacts } from '../../core/sample.ts';
import { newCounter, readCounter } from './counter.ts';
import { longestHold } from './gauge.ts';

/** Amount in steps over a stretch of time in which it was even. */
type Stretch = { from: number; to: number; amount: number };

export type Demand = {
  /** Of a counter in its unit per hour (kWh: kW), of a power in its own unit. */
  value: number;
  window: Period;
};

export type DemandWindow = {
  length: number;
  /** How far a window begins after the one before it: its length gives blocks, a minute the sliding demand of GB/T 17215. */
  step: number;
};

export const blockDemand: DemandWindow = { length: slotLength, step: slotLength };
export const slidingDemand: DemandWindow = { length: slotLength, step: 60_000 };

/** Null when no window of the period is covered from end to end by readings that are no further apart than it is long. */
export function maximumDemand(
  samples: SampleColumns,
  point: PointId,
  facts: Pick<SeriesFacts, 'modulus' | 'maxPerHour'> | undefined,
  period: Period,
  { length, step }: DemandWindow,
): Demand | null {
  const stretches = points[point].kind === 'counter' ? grown(samples, point, facts, length) : held(samples, point);
  const start = sums(stretches);
  const end = sums(stretches);
  let best: { amount: number; from: number } | undefined;
  for (let from = Math.ceil(period.start / step) * step; from + length <= period.end; from += step) {
    const [before, after] = [start(from), end(from + length)];
    if (after.covered - before.covered < length) continue;
    const amount = after.amount - before.amount;
    if (best === undefined || amount > best.amount) best = { amount, from };
  }
  if (best === undefined) return null;
  return {
    value: fromSteps((best.amount * hour) / length, point),
    window: { start: best.from, end: best.from + length },
  };
}

/** What a counter grew between readings. Longer stretches hide their peaks: they cover nothing. */
function grown(
  { time, value, quality }: SampleColumns,
  point: PointId,
  facts: Pick<SeriesFacts, 'modulus' | 'maxPerHour'> | undefined,
  longest: number,
): Stretch[] {
  const steps = (amount: number | null | undefined) => (amount == null ? null : toSteps(amount, point));
  const limits = { modulus: steps(facts?.modulus), maxPerHour: steps(facts?.maxPerHour) };
  const counter = newCounter();
  return time.flatMap((at, row) => {
    const reading = value[row] as number | null;
    const code = quality[row] as number;
    if (reading === null || !countsInTotals(code)) return [];
    return readCounter(counter, { time: at, steps: toSteps(reading, point), quality: code }, limits).flatMap(
      ({ from, to, amount }) => (amount === null || to - from > longest ? [] : [{ from, to, amount }]),
    );
  });
}

/** A power holds until the next reading: its amount is its energy. */
function held({ time, value, quality }: SampleColumns, point: PointId): Stretch[] {
  return time.flatMap((from, row) => {
    const reading = value[row] as number | null;
    const next = time[row + 1];
    if (reading === null || next === undefined || levelOf(quality[row] as number) === 'bad') return [];
    const to = Math.min(next, from + longestHold);
    return [{ from, to, amount: (toSteps(reading, point) * (to - from)) / hour }];
  });
}

/** Amount and covered time from the beginning up to a moment; moments are asked for in order. */
function sums(stretches: readonly Stretch[]): (time: number) => { amount: number; covered: number } {
  let [index, amount, covered] = [0, 0, 0];
  return (time) => {
    for (let one = stretches[index]; one !== undefined && one.to <= time; one = stretches[++index]) {
      amount += one.amount;
      covered += one.to - one.from;
    }
    const open = stretches[index];
    if (open === undefined || open.from >= time) return { amount, covered };
    const part = time - open.from;
    return { amount: amount + (open.amount * part) / (open.to - open.from), covered: covered + part };
  };
}
