// Owns the read plan: which blocks of registers to ask for, so that few requests bring all points and none is torn.
import type { RegisterPoint, RegisterTemplate } from '../template.ts';
import { registerTypes } from './registers.ts';

export type Block = { fc: 3 | 4; address: number; count: number; points: RegisterPoint[] };

/** A value and its scale factor change together, so they must come from the same answer: they are one extent. */
function extentOf(point: RegisterPoint): { from: number; to: number } {
  const end = point.address + registerTypes[point.type];
  if (point.sf === undefined) return { from: point.address, to: end };
  return { from: Math.min(point.address, point.sf), to: Math.max(end, point.sf + 1) };
}

/** What a device was found to refuse, as addresses of points: not there, and not together with the one before. */
export type Refused = { holes: ReadonlySet<number>; cuts: ReadonlySet<number> };

/** Joins neighbours while the block stays within the device's limit, the registers between them are few, and none of them is refused. */
export function planReads(
  points: readonly RegisterPoint[],
  template: Pick<RegisterTemplate, 'fc' | 'blocks'>,
  { holes, cuts }: Refused = { holes: new Set(), cuts: new Set() },
): Block[] {
  const { maxRegisters, maxGap, alone } = template.blocks;
  const items = points
    .map((point) => ({ point, fc: point.fc ?? template.fc, ...extentOf(point) }))
    .sort((a, b) => a.fc - b.fc || a.from - b.from || a.to - b.to);
  const blocks: Block[] = [];
  let behindHole = false;
  for (const { point, fc, from, to } of items) {
    if (holes.has(point.address)) {
      behindHole = true;
      continue;
    }
    const last = blocks.at(-1);
    const end = last === undefined ? 0 : last.address + last.count;
    const together =
      !behindHole &&
      !cuts.has(from) &&
      !alone.includes(point.address) &&
      !last?.points.some(({ address }) => alone.includes(address));
    if (together && last?.fc === fc && from <= end + maxGap && Math.max(end, to) - last.address <= maxRegisters) {
      last.count = Math.max(end, to) - last.address;
      last.points.push(point);
    } else {
      blocks.push({ fc, address: from, count: to - from, points: [point] });
    }
    behindHole = false;
  }
  return blocks;
}
