// Owns the read plan: which blocks of registers to ask for, so that few requests bring all points and none is torn.
import type { RegisterPoint, Template } from '../template.ts';
import { registerTypes } from './registers.ts';

export type Block = { fc: 3 | 4; address: number; count: number; points: RegisterPoint[] };

/** A value and its scale factor change together, so they must come from the same answer: they are one extent. */
function extentOf(point: RegisterPoint): { from: number; to: number } {
  const end = point.address + registerTypes[point.type];
  if (point.sf === undefined) return { from: point.address, to: end };
  return { from: Math.min(point.address, point.sf), to: Math.max(end, point.sf + 1) };
}

/** Joins neighbours while the block stays within the device's limit and the registers between them are few. */
export function planReads(points: readonly RegisterPoint[], template: Pick<Template, 'fc' | 'blocks'>): Block[] {
  const { maxRegisters, maxGap } = template.blocks;
  const items = points
    .map((point) => ({ point, fc: point.fc ?? template.fc, ...extentOf(point) }))
    .sort((a, b) => a.fc - b.fc || a.from - b.from || a.to - b.to);
  const blocks: Block[] = [];
  for (const { point, fc, from, to } of items) {
    const last = blocks.at(-1);
    const end = last === undefined ? 0 : last.address + last.count;
    if (last?.fc === fc && from <= end + maxGap && Math.max(end, to) - last.address <= maxRegisters) {
      last.count = Math.max(end, to) - last.address;
      last.points.push(point);
    } else {
      blocks.push({ fc, address: from, count: to - from, points: [point] });
    }
  }
  return blocks;
}
