// Owns what is worth publishing: counters always, states when they moved or a heartbeat is due, the same trouble once.
import { type PointId, points } from '../core/points.ts';
import { levelOf } from '../core/quality.ts';
import type { Sample } from '../core/sample.ts';

export type NewsLimits = {
  /** How far a value must be from the one published last, in the point's unit. */
  deadband: Partial<Record<PointId, number>>;
  /** After this many milliseconds a value is published although it did not move: silence would look like a fault. */
  heartbeat: number;
};

type Published = Pick<Sample, 'time' | 'value' | 'quality'>;

export class News {
  /** As published, not as read: a slow drift adds up to news. By meter and point: a joined name would be made for every reading. */
  readonly #published = new Map<string, Map<PointId, Published>>();

  select(samples: readonly Sample[], limits: NewsLimits): Sample[] {
    return samples.filter((sample) => {
      let ofMeter = this.#published.get(sample.meter);
      if (ofMeter === undefined) {
        ofMeter = new Map();
        this.#published.set(sample.meter, ofMeter);
      }
      const before = ofMeter.get(sample.point);
      const isNews = before === undefined || tellsMore(sample, before, limits);
      if (before === undefined)
        ofMeter.set(sample.point, { time: sample.time, value: sample.value, quality: sample.quality });
      else if (isNews) {
        // Written over, not replaced: readings must die young, or a large plant keeps the collector busy.
        before.time = sample.time;
        before.value = sample.value;
        before.quality = sample.quality;
      }
      return isNews;
    });
  }
}

function tellsMore(sample: Sample, before: Published, { deadband, heartbeat }: NewsLimits): boolean {
  if (sample.quality !== before.quality) return true;
  if (levelOf(sample.quality) === 'bad') return false;
  const band = deadband[sample.point];
  if (band === undefined || points[sample.point].kind === 'counter') return true;
  if (sample.value === null || before.value === null) return true;
  return Math.abs(sample.value - before.value) > band || sample.time - before.time >= heartbeat;
}
