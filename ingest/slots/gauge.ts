// Owns what a gauge's readings mean: each holds until the next, but not for ever.
import { minute, slotLength, slotStart } from '../../core/calendar.ts';
import { emptySlot, type Slot } from '../../core/slots.ts';

/** A reading says nothing about the plant after this long: readings every 15 min still join up. */
export const longestHold = 20 * minute;

export type GaugeReading = { time: number; steps: number | null; quality: number };

/** What a reading covers until the next one, one part a slot. A bad reading ends the hold of the one before it. */
export function* heldParts(reading: GaugeReading, next: number): Generator<Slot> {
  const { time, steps, quality } = reading;
  if (steps === null) return;
  const end = Math.min(next, time + longestHold);
  for (let start = slotStart(time); start < end; start += slotLength) {
    const part = emptySlot(start);
    part.value = steps;
    part.min = steps;
    part.max = steps;
    part.quality = quality;
    if (start <= time) part.readings = 1;
    part.covered = Math.min(end, start + slotLength) - Math.max(time, start);
    yield part;
  }
}
