// Owns the slots in a bundle: one table for each series that a person, a spreadsheet and any program can read.
import { type Period, slotLength } from '../core/calendar.ts';
import { emptySlot, type Slot } from '../core/slots.ts';
import { refuseBundle } from './zip.ts';

/**
 * A row is a run of quarters in a row that are known alike, a day of them at most; `quarter` counts from the start of the
 * period. Values are in the point's smallest steps, so that they add up exactly. One row for each slot would be twice as large.
 */
const head = 'quarter,estimated,covered_ms,quality,marks,readings,values';
const mostInRow = 96;
const rowPattern = /^(\d+,-?\d+,\d+(?:\.\d+)?,\d+,\d+,\d+),(-?\d+(?: -?\d+)*)$/;

export function writeSlots(slots: readonly Slot[], period: Period): string {
  const rows: string[] = [];
  let known = '';
  let next = -1;
  for (const { start, value, estimated, covered, quality, marks, readings } of slots) {
    const quarter = (start - period.start) / slotLength;
    const alike = `${estimated},${covered},${quality},${marks},${readings}`;
    if (quarter === next && alike === known && quarter % mostInRow !== 0) rows.push(` ${value}`);
    else rows.push(`\n${quarter},${alike},${value}`);
    known = alike;
    next = quarter + 1;
  }
  return `${head}${rows.join('')}\n`;
}

export function readSlots(text: string, period: Period, name: string): Slot[] {
  const lines = text.split('\n');
  if (lines[0] !== head || lines.at(-1) !== '') refuseBundle(`${name} 不是时段表`, `${name} is no table of slots`);
  let next = 0;
  return lines.slice(1, -1).flatMap((line, row) => {
    const [attributes = [], amounts = []] =
      rowPattern
        .exec(line)
        ?.slice(1)
        .map((part) => part.split(/[, ]/).map(Number)) ?? [];
    const [quarter = -1, estimated = 0, covered = 0, quality = 0, marks = 0, readings = 0] = attributes;
    if (quarter < next || amounts.length > mostInRow || !amounts.every(Number.isSafeInteger))
      refuseBundle(`${name} 第 ${row + 2} 行无法读取`, `${name}: line ${row + 2} cannot be read`);
    next = quarter + amounts.length;
    return amounts.map((value, index) => ({
      ...emptySlot(period.start + (quarter + index) * slotLength),
      value,
      estimated,
      covered,
      quality,
      marks,
      readings,
    }));
  });
}
