// Owns the hash of slots: what stands in a trace for all the readings behind a meter's figure.
import { endianness } from 'node:os';
import { sha256 } from '../../core/canonical.ts';
import type { Slot } from '../../core/slots.ts';

const fields = 7;

/** A year has 35 040 slots and one meter stands in many traces. The lists that a store gave are never changed. */
const known = new WeakMap<readonly Slot[], string>();

/** SHA-256 over start, value, estimated, covered, quality, marks and readings of each slot in order of time, each a double of eight bytes, the lowest first. */
export function hashOf(slots: readonly Slot[]): string {
  const before = known.get(slots);
  if (before !== undefined) return before;
  const numbers = new Float64Array(slots.length * fields);
  let at = 0;
  for (const { start, value, estimated, covered, quality, marks, readings } of slots) {
    numbers[at++] = start;
    numbers[at++] = value;
    numbers[at++] = estimated;
    numbers[at++] = covered;
    numbers[at++] = quality;
    numbers[at++] = marks;
    numbers[at++] = readings;
  }
  const bytes = Buffer.from(numbers.buffer);
  const hash = sha256(endianness() === 'BE' ? bytes.swap64() : bytes);
  known.set(slots, hash);
  return hash;
}
