// Owns the load curve of a counter: quarters of an hour in columns, each with whether a demand may be read from it.
import { type Period, slotLength, slotStart } from '../../core/calendar.ts';
import { fromSteps } from '../../core/points.ts';
import type { SeriesKey } from '../../core/sample.ts';
import { isEmpty, isWhole, writtenWithin } from '../../core/slots.ts';
import type { Store } from '../../core/store.ts';
import type { LoadCurve } from './answers.ts';

export async function loadCurve(
  store: Pick<Store, 'slots'>,
  { meter, point, start, end }: SeriesKey & Period,
  now: number,
): Promise<LoadCurve> {
  const first = slotStart(start);
  const count = Math.max(0, Math.floor((Math.min(end, now - writtenWithin) - first) / slotLength));
  const amount = new Array<number | null>(count).fill(null);
  const whole = new Array<0 | 1>(count).fill(0);
  const [slots = []] = await store.slots([{ meter, point }], 'quarter', { start: first, end });
  for (const slot of slots) {
    const at = (slot.start - first) / slotLength;
    if (at >= count || isEmpty(slot)) continue;
    amount[at] = fromSteps(slot.value, point);
    whole[at] = isWhole(slot) ? 1 : 0;
  }
  return { start: first, amount, whole };
}
