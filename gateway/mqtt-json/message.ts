// Owns what a foreign device's JSON means: a number for each point, or the reason why there is none.
import { minute } from '../../core/calendar.ts';
import type { MeterConfig } from '../../core/config/site-schema.ts';
import { type PointId, points, quantise } from '../../core/points.ts';
import type { Quality } from '../../core/quality.ts';
import { convert } from '../../core/units.ts';

export type Mapping = {
  fields: { point: PointId; path: string; unit?: string | undefined; scale: number }[];
  time: MeterConfig['time'];
};

/** What may be wrong with a message, as it is counted and told. */
export const troubles = ['too_large', 'bad_json', 'missing_field', 'wrong_type', 'bad_time', 'retained'] as const;
export type Trouble = (typeof troubles)[number];

export type FieldReading = { point: PointId; value: number | null; quality: Quality };

export type Understood = {
  /** Undefined: the message does not say when, or not credibly. */
  time: number | undefined;
  readings: FieldReading[];
  troubles: { trouble: Trouble; where: string }[];
};

/** A meter's message has some hundred bytes. */
export const mostBytes = 256 * 1024;
/** A device whose clock is further ahead is wrong; within it, nothing is read before it is. */
const tolerance = 5 * minute;
/** No reading of this software is older: a clock that says so was never set. */
const earliest = Date.UTC(2025, 0, 1);

export function understand(payload: Uint8Array, { fields, time }: Mapping, now: number): Understood {
  const unreadable = (trouble: Trouble): Understood => ({
    time: undefined,
    readings: fields.map(({ point }) => ({ point, value: null, quality: 'bad_decode' })),
    troubles: [{ trouble, where: '' }],
  });
  if (payload.length > mostBytes) return unreadable('too_large');
  const message = parse(payload);
  if (message === undefined) return unreadable('bad_json');
  const found: Understood['troubles'] = [];
  const stamp = time === undefined ? undefined : timeOf(at(message.value, time.path), time.format, now);
  const isInDoubt = time !== undefined && stamp === undefined;
  if (isInDoubt) found.push({ trouble: 'bad_time', where: time.path });
  const readings = fields.map(({ point, path, unit, scale }): FieldReading => {
    const raw = at(message.value, path);
    if (raw === undefined || raw === null) {
      found.push({ trouble: 'missing_field', where: path });
      return { point, value: null, quality: 'bad_not_available' };
    }
    const number = numberOf(raw);
    if (number === undefined) {
      found.push({ trouble: 'wrong_type', where: path });
      return { point, value: null, quality: 'bad_decode' };
    }
    const wanted = points[point].unit;
    const value = quantise(convert(number * scale, unit ?? wanted, wanted), point);
    return { point, value, quality: isInDoubt ? 'uncertain_clock' : 'good' };
  });
  return { time: stamp, readings, troubles: found };
}

function parse(payload: Uint8Array): { value: unknown } | undefined {
  try {
    return { value: JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(payload)) };
  } catch {
    return undefined;
  }
}

/** `data.values.0.p`: names of objects and places in lists. */
function at(message: unknown, path: string): unknown {
  let value = message;
  for (const name of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
    value = (value as Record<string, unknown>)[name];
  }
  return value;
}

/** Many devices send numbers as text; anything else beside the digits is no number. */
function numberOf(raw: unknown): number | undefined {
  const isNumber = typeof raw === 'number' || (typeof raw === 'string' && /^-?\d{1,15}(\.\d{1,15})?$/.test(raw));
  return isNumber && Number.isFinite(Number(raw)) ? Number(raw) : undefined;
}

/** ISO text without a zone could be any time of the day: it is not guessed at. */
const isoWithZone = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)$/;

function timeOf(raw: unknown, format: 'iso' | 'ms' | 's', now: number): number | undefined {
  const stamp =
    format === 'iso'
      ? typeof raw === 'string' && isoWithZone.test(raw)
        ? Date.parse(raw.replace(' ', 'T'))
        : Number.NaN
      : (numberOf(raw) ?? Number.NaN) * (format === 's' ? 1_000 : 1);
  return stamp >= earliest && stamp <= now + tolerance ? Math.round(Math.min(stamp, now)) : undefined;
}
