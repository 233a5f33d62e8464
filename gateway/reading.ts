// Owns readings of one device before they become samples: derived points, counters that cannot be right, facts.
import { hour, minute } from '../core/calendar.ts';
import { points as catalogue, type PointId, quantise } from '../core/points.ts';
import { countsInTotals, type Quality, qualityCode } from '../core/quality.ts';
import type { Installation, SeriesFacts } from '../core/sample.ts';
import { convert } from '../core/units.ts';
import type { AnyPoint, Template } from './template.ts';

export type Reading = { point: PointId; value: number | null; quality: number };

export const failedReadings = (points: readonly { point: PointId }[], reason: Quality): Reading[] =>
  points.map(({ point }) => ({ point, value: null, quality: qualityCode(reason) }));

/** Sums of one poll: known only when every part is, and as good as the worst. */
export function derive(readings: readonly Reading[], derived: Template['derived']): Reading[] {
  return derived.flatMap(({ point, sum }) => {
    const parts = sum.map((part) => readings.find((reading) => reading.point === part));
    if (parts.some((part) => part === undefined)) return [];
    const known = parts as Reading[];
    const worst = Math.max(...known.map(({ quality }) => quality));
    const missing = known.some(({ value }) => value === null);
    const total = known.reduce((all, { value }) => all + (value ?? 0), 0);
    return [{ point, value: missing ? null : quantise(total, point), quality: worst }];
  });
}

/** What a template knows about a series, in the units of the catalogue. */
export function factsOf(
  meter: string,
  template: Template,
  { point, counter, unit }: AnyPoint,
  details: { source: string; installations: readonly Installation[]; rawUnit?: number | undefined },
): SeriesFacts {
  const into = (amount: number) => convert(amount, unit, catalogue[point].unit);
  const { rawUnit, source, installations } = details;
  return {
    meter,
    point,
    template: template.id,
    modulus: counter?.modulus == null || rawUnit === undefined ? null : into(counter.modulus * rawUnit),
    maxPerHour: counter === undefined ? null : into(counter.maxPerHour),
    source,
    installations: [...installations],
  };
}

/**
 * Watches counters of one device. A value that fell, or grew more than the device can deliver, may be torn between two
 * registers or a glitch on the wire: it is worth asking again at once.
 */
export class CounterWatch {
  readonly #last = new Map<PointId, { value: number; time: number }>();

  isDoubtful({ point, value, quality }: Reading, time: number, maxPerHour: number | undefined): boolean {
    const last = this.#last.get(point);
    if (maxPerHour === undefined || value === null || last === undefined || !countsInTotals(quality)) return false;
    const growth = value - last.value;
    return growth < 0 || growth > (maxPerHour * Math.max(time - last.time, minute)) / hour;
  }

  accept({ point, value, quality }: Reading, time: number): void {
    if (value !== null && countsInTotals(quality)) this.#last.set(point, { value, time });
  }
}
