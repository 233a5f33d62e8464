// Owns the map of the data's quality: each counter of the account day by day, as its slots say.
import { Calendar, type Period } from '../../core/calendar.ts';
import type { Site } from '../../core/config/site.ts';
import { levelOf } from '../../core/quality.ts';
import { marksOf, type Slot, writtenWithin } from '../../core/slots.ts';
import type { Store } from '../../core/store.ts';
import { seriesOf } from '../../scoring/inputs.ts';
import type { QualityDay, QualityMap } from './answers.ts';

export async function qualityMap(site: Site, store: Store, { start, end }: Period, now: number): Promise<QualityMap> {
  const calendar = new Calendar(site.timezone);
  const keys = seriesOf(site);
  const [lists, losses] = await Promise.all([store.slots(keys, 'day', { start, end }), store.losses()]);
  const dayOf = ({ start: at, covered, value, estimated, quality, marks }: Slot): QualityDay => {
    const whole = calendar.dayOf(at);
    const passed = Math.min(whole.end, now - writtenWithin) - whole.start;
    return {
      start: at,
      coverage: passed <= 0 ? 1 : Math.min(1, covered / passed),
      estimated: value === 0 ? 0 : estimated / value,
      level: levelOf(quality),
      marks: marksOf(marks),
    };
  };
  return {
    start,
    end,
    now,
    rows: keys.map((key, index) => ({ ...key, days: (lists[index] ?? []).map(dayOf) })),
    losses: losses.filter(({ from, to }) => to >= start && from < end),
  };
}
