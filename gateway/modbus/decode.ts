// Owns turning a block's words into readings: scale, sentinels, range, unit, quality.
import { points as catalogue, type PointId, quantise } from '../../core/points.ts';
import { type Quality, qualityCode } from '../../core/quality.ts';
import { convert } from '../../core/units.ts';
import type { Reading } from '../reading.ts';
import type { RegisterPoint, RegisterReading, RegisterTemplate, SerialNumber } from '../template.ts';
import type { Block } from './read-plan.ts';
import { decodeRegisters, decodeText, registerTypes } from './registers.ts';

/** Transformer ratios by name, as the device told them. */
export type Ratios = Readonly<Record<string, number>>;

export const decodeBlock = (
  words: readonly number[],
  block: Block,
  template: Pick<RegisterTemplate, 'order'>,
  ratios: Ratios = {},
): Reading[] => block.points.map((point) => decodePoint(words, block.address, point, template, ratios));

function decodePoint(
  words: readonly number[],
  base: number,
  definition: RegisterPoint,
  template: Pick<RegisterTemplate, 'order'>,
  ratios: Ratios,
): Reading {
  const { point, type, order = template.order } = definition;
  const raw = decodeRegisters(words, definition.address - base, type, order);
  if (Number.isNaN(raw) || isSentinel(raw, definition)) return bad(point, 'bad_not_available');
  if (!Number.isFinite(raw)) return bad(point, 'bad_decode');
  let exponent = 0;
  if (definition.sf !== undefined) {
    exponent = decodeRegisters(words, definition.sf - base, 'sunssf', 'ABCD');
    if (exponent === -0x8000) return bad(point, 'bad_not_available');
    // SunSpec: a scale factor is -10 to 10; anything else is a torn or broken model, and the value with it.
    if (exponent < -10 || exponent > 10) return bad(point, 'bad_decode');
  }
  let ratio = 1;
  for (const name of definition.ratios) ratio *= ratios[name] ?? Number.NaN;
  if (Number.isNaN(ratio)) return bad(point, 'bad_decode'); // a primary value without its transformer's ratio is none
  const scaled = scale(raw, definition.scale, exponent) * ratio;
  // Nothing turned round is nothing: never -0.
  const value = quantise(convert(scaled, definition.unit, catalogue[point].unit), point) + 0;
  const outside = definition.range !== undefined && (scaled < definition.range[0] || scaled > definition.range[1]);
  return { point, value, quality: qualityCode(outside ? 'uncertain_range' : 'good') };
}

const bad = (point: PointId, reason: Quality): Reading => ({ point, value: null, quality: qualityCode(reason) });

/** A ratio or a probe; undefined where the register does not hold what it reasonably can. */
export function decodeReading(
  words: readonly number[],
  { type, order, scale: factor, between }: RegisterReading,
  template: Pick<RegisterTemplate, 'order'>,
): number | undefined {
  const value = scale(decodeRegisters(words, 0, type, order ?? template.order), factor, 0);
  return value >= between[0] && value <= between[1] ? value : undefined;
}

/** Empty where the device has none. */
export function decodeSerial(
  words: readonly number[],
  { type }: SerialNumber,
  { order }: Pick<RegisterTemplate, 'order'>,
): string {
  if (type === 'text') return decodeText(words);
  const number = decodeRegisters(words, 0, type, order);
  return number === 0 || number === 0xffff_ffff ? '' : String(number);
}

/** Dividing by a whole number is exact where multiplying by its reciprocal is not: 123 / 100, never 123 * 0.01. */
function scale(raw: number, factor: number, exponent: number): number {
  const inverse = Math.round(1 / factor);
  const value = factor < 1 && Math.abs(inverse * factor - 1) < 1e-12 ? raw / inverse : raw * factor;
  return exponent < 0 ? value / 10 ** -exponent : value * 10 ** exponent;
}

/**
 * Sentinels are written as the words on the wire (0x8000), whatever sign the type gives them. Only what reads negative
 * is turned back: of 64 bits a double keeps 53, and 0 + 2^64 is no other number than 0xffffffffffffffff.
 */
function isSentinel(raw: number, { type, notAvailable }: RegisterPoint): boolean {
  for (const sentinel of notAvailable)
    if (raw === sentinel || (raw < 0 && raw + 2 ** (16 * registerTypes[type]) === sentinel)) return true;
  return false;
}
