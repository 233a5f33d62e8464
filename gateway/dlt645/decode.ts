// Owns turning the bytes of a DL/T 645 answer into readings, and the plan of few questions that bring all points.
import { points as catalogue, quantise } from '../../core/points.ts';
import { type Quality, qualityCode } from '../../core/quality.ts';
import { convert } from '../../core/units.ts';
import { readDecimal } from '../line/bcd.ts';
import type { Reading } from '../reading.ts';
import type { Dlt645Template, IdentifierPoint } from '../template.ts';

/** Ratios of the transformers in front of the meter. */
export type Ratios = { ct: number; vt: number };
export const direct: Ratios = { ct: 1, vt: 1 };

/** One identifier to ask for; `length`: bytes of its values. */
export type Inquiry = { di: string; length: number; points: IdentifierPoint[]; isBlock: boolean };

export const keyOf = (di: string): number => Number.parseInt(di, 16);
export const ratioOf = ({ ratios }: IdentifierPoint, given: Ratios): number =>
  ratios.reduce((product, name) => product * given[name], 1);

/** A block brings several points at once, unless only one of them is wanted or the meter refuses it. */
export function planInquiries(
  points: readonly IdentifierPoint[],
  blocks: Dlt645Template['blocks'],
  refused: ReadonlySet<number>,
): Inquiry[] {
  const inquiries = new Map<string, Inquiry>();
  const shared = (point: IdentifierPoint) =>
    point.block !== undefined &&
    !refused.has(keyOf(point.block.di)) &&
    points.filter(({ block }) => block?.di === point.block?.di).length > 1;
  for (const point of points) {
    const isBlock = shared(point);
    const di = isBlock && point.block !== undefined ? point.block.di : point.di;
    if (refused.has(keyOf(di))) continue;
    const length = isBlock ? (blocks[di] as number) : point.digits / 2;
    const inquiry = inquiries.get(di) ?? { di, length, points: [], isBlock };
    inquiry.points.push(point);
    inquiries.set(di, inquiry);
  }
  return [...inquiries.values()];
}

export const decodeInquiry = (data: Buffer, { points, isBlock }: Inquiry, ratios: Ratios): Reading[] =>
  points.map((point) => decodePoint(data, isBlock ? (point.block?.offset ?? 0) : 0, point, ratios));

function decodePoint(data: Buffer, offset: number, definition: IdentifierPoint, ratios: Ratios): Reading {
  const { point, digits, decimals, signed, unit, range } = definition;
  const bad = (reason: Quality): Reading => ({ point, value: null, quality: qualityCode(reason) });
  const raw = readDecimal(data, offset, digits / 2, signed);
  if (raw === 'absent') return bad('bad_not_available');
  if (raw === 'broken') return bad('bad_decode');
  // The range is that of the meter: it knows nothing of transformers.
  const shown = raw / 10 ** decimals;
  const value = quantise(convert(shown * ratioOf(definition, ratios), unit, catalogue[point].unit), point);
  const isOutside = range !== undefined && (shown < range[0] || shown > range[1]);
  return { point, value, quality: qualityCode(isOutside ? 'uncertain_range' : 'good') };
}
