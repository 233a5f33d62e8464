// Owns what a counter's readings mean: growth, wrap, reset, jump, or a glitch that never was.
import { hour, minute } from '../../core/calendar.ts';
import { marks } from '../../core/slots.ts';

export type CounterReading = { time: number; steps: number; quality: number };

/** In steps of the point. */
export type CounterLimits = { modulus: number | null; maxPerHour: number | null };

/** What happened between two readings; `amount` is null when nobody can know. */
export type Interval = {
  from: number;
  to: number;
  amount: number | null;
  quality: number;
  marks: number;
  /** 1 where it ends with a reading, 0 where it ends because a device was taken away. */
  readings: 0 | 1;
};

export type CounterState = {
  last: CounterReading | undefined;
  /** A reading that fell or jumped waits here for the next one: a transient zero must not become a reset. */
  doubted: CounterReading | undefined;
};

export const newCounter = (): CounterState => ({ last: undefined, doubted: undefined });

/** Takes the next reading in order of time; gives the intervals that are decided by it. */
export function readCounter(state: CounterState, reading: CounterReading, limits: CounterLimits): Interval[] {
  const { last, doubted } = state;
  if (last === undefined) {
    state.last = reading;
    return [];
  }
  if (follows(last, reading, limits)) {
    state.last = reading;
    state.doubted = undefined;
    return [grown(last, reading)];
  }
  if (doubted !== undefined && follows(doubted, reading, limits)) {
    state.last = reading;
    state.doubted = undefined;
    return [broken(last, doubted, limits), grown(doubted, reading)];
  }
  state.doubted = reading;
  return [];
}

/** Grew by what the device can deliver: a minute's worth is always allowed, because coarse registers move in jumps. */
function follows(before: CounterReading, after: CounterReading, { maxPerHour }: CounterLimits): boolean {
  return canGrow(after.steps - before.steps, after.time - before.time, maxPerHour);
}

export const canGrow = (growth: number, elapsed: number, maxPerHour: number | null): boolean =>
  growth >= 0 && isPossible(growth, elapsed, maxPerHour);

const isPossible = (growth: number, elapsed: number, maxPerHour: number | null): boolean =>
  maxPerHour === null || growth <= (maxPerHour * Math.max(elapsed, minute)) / hour + 1;

const interval = (before: CounterReading, after: CounterReading, amount: number | null, mark: number): Interval => ({
  from: before.time,
  to: after.time,
  amount,
  quality: Math.max(before.quality, after.quality),
  marks: mark,
  readings: 1,
});

const grown = (before: CounterReading, after: CounterReading): Interval =>
  interval(before, after, after.steps - before.steps, 0);

/** Two readings agree that the old count does not go on. */
function broken(before: CounterReading, after: CounterReading, limits: CounterLimits): Interval {
  if (after.steps > before.steps) return interval(before, after, null, marks.jumped);
  const wrapped = wrapOf(before, after, limits);
  if (wrapped !== undefined) return interval(before, after, wrapped, marks.wrapped);
  // A counter that began again at zero has counted at least what it shows now.
  const sinceZero = isPossible(after.steps, after.time - before.time, limits.maxPerHour) ? after.steps : null;
  return interval(before, after, sinceZero, marks.reset);
}

/** A fall is a wrap only when the way over the edge is one that the device can have gone. */
function wrapOf(
  before: CounterReading,
  after: CounterReading,
  { modulus, maxPerHour }: CounterLimits,
): number | undefined {
  if (modulus === null || before.steps >= modulus) return undefined;
  const way = after.steps + modulus - before.steps;
  if (maxPerHour !== null) return isPossible(way, after.time - before.time, maxPerHour) ? way : undefined;
  return way <= modulus / 10 ? way : undefined;
}
