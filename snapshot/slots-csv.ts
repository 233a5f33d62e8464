// Owns the slots in a bundle: one table for each series that a person, a spreadsheet and any program can read.
import { type Period, slotLength } from '../core/calendar.ts';
import { emptySlot, type Slot } from '../core/slots.ts';
import { refuseBundle } from './zip.ts';

/** Amounts in the point's smallest steps, so that they add up exactly; `quarter` counts from the start of the period. */
const head = 'quarter,value,estimated,covered_ms,quality,marks';

export function writeSlots(slots: readonly Slot[], period: Period): string {
  const lines = [head];
  for (const { start, value, estimated, covered, quality, marks } of slots) {
    const quarter = (start - period.start) / slotLength;
    lines.push(`${quarter},${value},${estimated},${covered},${quality},${marks}`);
  }
  return `${lines.join('\n')}\n`;
}

export function readSlots(text: string, period: Period, name: string): Slot[] {
  const lines = text.split('\n');
  if (lines[0] !== head || lines.at(-1) !== '') refuseBundle(`${name} 不是时段表`, `${name} is no table of slots`);
  let last = -1;
  return lines.slice(1, -1).map((line, row) => {
    const fields = line.split(',').map(Number);
    const [quarter = Number.NaN, value = 0, estimated = 0, covered = 0, quality = 0, marks = 0] = fields;
    const whole = [quarter, value, estimated].every(Number.isSafeInteger);
    const sound = fields.length === 6 && whole && fields.every(Number.isFinite) && quarter > last;
    if (!sound) refuseBundle(`${name} 第 ${row + 2} 行无法读取`, `${name}: line ${row + 2} cannot be read`);
    last = quarter;
    return { ...emptySlot(period.start + quarter * slotLength), value, estimated, covered, quality, marks };
  });
}
