// Owns the slots in a bundle: one file for each series that a person, a spreadsheet and any program can read.
import { type Period, slotLength } from '../core/calendar.ts';
import type { Slot } from '../core/slots.ts';
import { refuseBundle } from './zip.ts';

/**
 * Two tables with an empty line between them. The first has a row for each run of quarters that are known alike; `quarter`
 * counts from the start of the period. The second has a row for each quarter of a day and a column for each day, counted from
 * the start of the period, too: the same hour of many days lies side by side, which packs better than any other order. Its
 * values times `step` are in the point's smallest steps, so that they add up exactly; an empty one is no slot.
 */
const head = 'quarter,count,estimated,covered_ms,quality,marks,readings';
const perDay = 96;
const runPattern = /^\d+,\d+,-?\d+,\d+(?:\.\d+)?,\d+,\d+,\d+$/;

export function writeSlots(walk: (look: (slot: Slot) => void) => void, period: Period): string {
  const quarters = (period.end - period.start) / slotLength;
  const values = new Float64Array(quarters).fill(Number.NaN);
  const runs: string[] = [];
  let known = { estimated: 0, covered: 0, quality: 0, marks: 0, readings: 0 };
  let first = 0;
  let next = -1;
  let step = 0;
  const close = () => {
    const { estimated, covered, quality, marks, readings } = known;
    if (next >= 0) runs.push(`${first},${next - first},${estimated},${covered},${quality},${marks},${readings}`);
  };
  walk(({ start, value, estimated, covered, quality, marks, readings }) => {
    const quarter = (start - period.start) / slotLength;
    if (
      quarter !== next ||
      estimated !== known.estimated ||
      covered !== known.covered ||
      quality !== known.quality ||
      marks !== known.marks ||
      readings !== known.readings
    ) {
      close();
      known = { estimated, covered, quality, marks, readings };
      first = quarter;
    }
    next = quarter + 1;
    values[quarter] = value;
    step = divisor(step, Math.abs(value));
  });
  close();
  step ||= 1;
  const rows: string[] = [];
  for (let row = 0; row < perDay; row++) {
    const cells: string[] = [];
    for (let quarter = row; quarter < quarters; quarter += perDay) {
      const value = values[quarter] as number;
      cells.push(Number.isNaN(value) ? '' : String(value / step));
    }
    rows.push(cells.join(','));
  }
  return `${[head, ...runs, '', `step,${step}`, ...rows].join('\n')}\n`;
}

function divisor(a: number, b: number): number {
  let [large, small] = [a, b];
  while (small !== 0) [large, small] = [small, large % small];
  return large;
}

export function readSlots(text: string, period: Period, name: string): Slot[] {
  const refuse = (line: number): never =>
    refuseBundle(`${name} 第 ${line} 行无法读取`, `${name}: line ${line} cannot be read`);
  const lines = text.split('\n');
  const middle = lines.indexOf('');
  if (lines[0] !== head || lines.at(-1) !== '' || lines.length !== middle + 3 + perDay)
    refuseBundle(`${name} 不是时段表`, `${name} is no table of slots`);
  const quarters = (period.end - period.start) / slotLength;
  const step = Number(/^step,(\d+)$/.exec(lines[middle + 1] ?? '')?.[1] ?? refuse(middle + 2));
  const values = new Float64Array(quarters).fill(Number.NaN);
  for (let row = 0; row < perDay; row++) {
    const line = middle + 2 + row;
    const cells = (lines[line] as string).split(',');
    if (cells.length !== Math.ceil((quarters - row) / perDay)) refuse(line + 1);
    for (let day = 0; day < cells.length; day++) {
      const cell = cells[day] as string;
      if (cell === '') continue;
      const value = Number(cell) * step;
      if (!Number.isSafeInteger(value)) refuse(line + 1);
      values[row + day * perDay] = value;
    }
  }
  const slots: Slot[] = [];
  let next = 0;
  for (let line = 1; line < middle; line++) {
    if (!runPattern.test(lines[line] as string)) refuse(line + 1);
    const [first = 0, count = 0, estimated = 0, covered = 0, quality = 0, marks = 0, readings = 0] = (
      lines[line] as string
    )
      .split(',')
      .map(Number);
    if (first < next || first + count > quarters) refuse(line + 1);
    next = first + count;
    for (let quarter = first; quarter < next; quarter++) {
      const value = values[quarter] as number;
      if (Number.isNaN(value)) refuse(line + 1);
      slots.push({
        start: period.start + quarter * slotLength,
        value,
        estimated,
        covered,
        min: Number.POSITIVE_INFINITY,
        max: Number.NEGATIVE_INFINITY,
        quality,
        marks,
        readings,
      });
      values[quarter] = Number.NaN;
    }
  }
  if (!values.every(Number.isNaN))
    refuseBundle(`${name} 有未说明的时段`, `${name} has quarters of which nothing is said`);
  return slots;
}
