// Owns the load curve of a counter: quarters of an hour in columns, each with whether a demand may be read from it.
import { type Period, slotLength, slotStart } from '../../core/calendar.ts';
import { fromSteps } from '../../core/points.ts';
import type { SeriesKey } from '../../core/sample.ts';
import { isEmpty } from '../../core/slots.ts';
import type { Store } from '../../core/store.ts';
import type { LoadCurve } from './answers.ts';

/** A meter that is read each second may miss some: one in a hundred leaves the mean what it is. */
const wholeFrom = 0.99;

/** Growing slots are written once a minute; what still grows is not in the curve. */
const writtenEvery = 90_000;

export async function loadCurve(
  store: Pick<Store, 'slots'>,
  { meter, point, start, end }: SeriesKey & Period,
  now: number,
): Promise<LoadCurve> {
  const first = slotStart(start);
  const count = Math.max(0, Math.floor((Math.min(end, now - writtenEvery) - first) / slotLength));
  const amount = new Array<number | null>(count).fill(null);
  const whole = new Array<0 | 1>(count).fill(0);
  const [slots = []] = await store.slots([{ meter, point }], 'quarter', { start: first, end });
  for (const slot of slots) {
    const at = (slot.start - first) / slotLength;
    if (at >= count || isEmpty(slot)) continue;
    amount[at] = fromSteps(slot.value, point);
    whole[at] = slot.covered >= wholeFrom * slotLength && slot.estimated === 0 ? 1 : 0;
  }
  return { start: first, amount, whole };
}
