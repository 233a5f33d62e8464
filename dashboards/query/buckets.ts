// Owns buckets of time: where each begins and ends, also where the clock of a zone changes within them.
import { Calendar, type Period } from '../../core/calendar.ts';
import type { Select } from './statement.ts';

export class Buckets {
  readonly every: number;
  readonly #offset: number;
  readonly #calendar: Calendar | undefined;

  constructor({ every, offset }: NonNullable<Select['buckets']>, zone: string) {
    this.every = every;
    this.#offset = offset;
    this.#calendar = zone === 'UTC' ? undefined : new Calendar(zone);
  }

  /** A change of clocks moves an edge by its hour, but not where the bucket is no longer than the hour. */
  of(time: number): Period {
    const { every } = this;
    const shifted = time - this.#offset;
    const zone = this.#zoneAt(shifted);
    const into = (((shifted + zone) % every) + every) % every;
    return { start: this.#edge(shifted - into, zone), end: this.#edge(shifted - into + every, zone) };
  }

  #edge(time: number, zone: number): number {
    const edge = time + this.#offset;
    const change = zone - this.#zoneAt(edge);
    return Math.abs(change) < this.every ? edge + change : edge;
  }

  #zoneAt(time: number): number {
    return this.#calendar?.offsetAt(time) ?? 0;
  }

  /** The beginnings of all that touch the period. */
  startsIn({ start, end }: Period): number[] {
    const starts: number[] = [];
    for (let at = start; at < end; ) {
      const bucket = this.of(at);
      starts.push(bucket.start);
      at = Math.max(bucket.end, at + 1);
    }
    return starts;
  }
}
