// Owns the hash of slots: what stands in a trace for all the readings behind a meter's figure.
import { endianness } from 'node:os';
import { sha256 } from '../../core/canonical.ts';

type Column = 'start' | 'value' | 'estimated' | 'covered' | 'quality' | 'marks' | 'readings';

/** SHA-256 over start, value, estimated, covered, quality, marks and readings of each slot in order of time, each a double of eight bytes, the lowest first. */
export function hashOf(columns: Readonly<Record<Column, ArrayLike<number>>>): string {
  const { start, value, estimated, covered, quality, marks, readings } = columns;
  const numbers = new Float64Array(start.length * 7);
  for (let row = 0, at = 0; row < start.length; row++) {
    numbers[at++] = start[row] as number;
    numbers[at++] = value[row] as number;
    numbers[at++] = estimated[row] as number;
    numbers[at++] = covered[row] as number;
    numbers[at++] = quality[row] as number;
    numbers[at++] = marks[row] as number;
    numbers[at++] = readings[row] as number;
  }
  const bytes = Buffer.from(numbers.buffer);
  return sha256(endianness() === 'BE' ? bytes.swap64() : bytes);
}
