// Owns the functions: what a bucket's readings amount to, what fills a bucket without any, and the steps from one to the next.
import type { Period } from '../../core/calendar.ts';
import type { Buckets } from './buckets.ts';
import type { Value } from './measurements.ts';
import type { Aggregate, Call, Fill } from './statement.ts';

export type Point = { time: number; value: Value };

/** Everything that the functions ask of the readings of one bucket. */
export class Statistics {
  count = 0;
  #sum = 0;
  #first: Point = { time: Number.POSITIVE_INFINITY, value: null };
  #last: Point = { time: Number.NEGATIVE_INFINITY, value: null };
  #min: Point = { time: 0, value: null };
  #max: Point = { time: 0, value: null };

  add(time: number, value: number | string): void {
    this.count++;
    const larger = (than: Value) => than === null || value > than;
    // Of two at one instant the larger one counts; of two alike the earlier one.
    if (time < this.#first.time || (time === this.#first.time && larger(this.#first.value)))
      this.#first = { time, value };
    if (time > this.#last.time || (time === this.#last.time && larger(this.#last.value))) this.#last = { time, value };
    if (typeof value === 'string') return;
    this.#sum += value;
    const { value: min, time: minAt } = this.#min;
    const { value: max, time: maxAt } = this.#max;
    if (min === null || value < (min as number) || (value === min && time < minAt)) this.#min = { time, value };
    if (max === null || value > (max as number) || (value === max && time < maxAt)) this.#max = { time, value };
  }

  /** With the time of the reading that was picked, where one was. */
  answer(aggregate: Aggregate): Partial<Point> & { value: Value } {
    if (aggregate === 'first') return this.#first;
    if (aggregate === 'last') return this.#last;
    if (aggregate === 'min') return this.#min;
    if (aggregate === 'max') return this.#max;
    if (aggregate === 'count') return { value: this.count };
    if (aggregate === 'mean') return { value: this.#sum / this.count };
    if (aggregate === 'spread') return { value: (this.#max.value as number) - (this.#min.value as number) };
    return { value: this.#sum };
  }
}

/** The area under the readings. What lies between two that stand in different buckets is cut at the end of the first one's. */
export class Area {
  readonly areas = new Map<number, number>();
  readonly #unit: number;
  readonly #buckets: Buckets | undefined;
  #last: { time: number; value: number } | undefined;
  #bucket: Period = { start: 0, end: Number.POSITIVE_INFINITY };
  #sum = 0;

  constructor(unit: number, buckets: Buckets | undefined) {
    this.#unit = unit;
    this.#buckets = buckets;
  }

  add(time: number, value: number): void {
    const last = this.#last;
    if (last === undefined) this.#bucket = this.#buckets?.of(time) ?? this.#bucket;
    else if (time > last.time) {
      const { start, end } = this.#bucket;
      if (time >= end) {
        const middle = last.value + ((value - last.value) * (end - last.time)) / (time - last.time);
        this.#cover(last, { time: end, value: middle });
        this.areas.set(start, this.#sum);
        this.#sum = 0;
        this.#bucket = this.#buckets?.of(time) ?? this.#bucket;
        this.#cover({ time: end, value: middle }, { time, value });
      } else this.#cover(last, { time, value });
    }
    this.#last = { time, value };
  }

  #cover(from: { time: number; value: number }, to: { time: number; value: number }): void {
    this.#sum += (0.5 * (from.value + to.value) * (to.time - from.time)) / this.#unit;
  }

  end(): Map<number, number> {
    // A single reading at the beginning of its bucket has no area.
    if (this.#last !== undefined && (this.#buckets === undefined || this.#last.time !== this.#bucket.start))
      this.areas.set(this.#bucket.start, this.#sum);
    return this.areas;
  }
}

/** `known` and `starts` run the same way. Whole numbers stay whole. */
export function filled(
  known: ReadonlyMap<number, Value>,
  starts: readonly number[],
  { fill, count, whole }: { fill: Fill; count: boolean; whole: boolean },
): Point[] {
  const points: Point[] = [];
  let before: Point | undefined;
  let next = 0;
  for (const [index, time] of starts.entries()) {
    const value = known.get(time);
    if (value !== undefined) {
      before = { time, value };
      points.push(before);
      continue;
    }
    if (fill === 'none') continue;
    if (next <= index) for (next = index + 1; next < starts.length && !known.has(starts[next] as number); ) next++;
    const after = starts[next];
    if (fill === 'previous') points.push({ time, value: before?.value ?? null });
    else if (fill === 'linear' && before !== undefined && after !== undefined) {
      const [one, other] = [before.value as number, known.get(after) as number];
      const value = one + ((other - one) * (time - before.time)) / (after - before.time);
      points.push({ time, value: whole ? Math.trunc(value) : value });
    } else if (typeof fill === 'number') points.push({ time, value: whole ? Math.trunc(fill) : fill });
    else points.push({ time, value: fill === 'null' && count ? 0 : null });
  }
  return points;
}

/** From one point to the next, over those that are missing. */
export function stepped(points: readonly Point[], { transform, unit }: Call, every: number | undefined): Point[] {
  const steps: Point[] = [];
  let before: { time: number; value: number } | undefined;
  for (const { time, value } of points) {
    if (typeof value !== 'number' || time === before?.time) continue;
    if (before !== undefined) {
      const grown = value - before.value;
      const step = transform === 'derivative' ? grown / ((time - before.time) / (unit ?? every ?? 1_000)) : grown;
      if (transform !== 'non_negative_difference' || step >= 0) steps.push({ time, value: step });
    }
    before = { time, value };
  }
  return steps;
}
