// Owns what a node's answer means: a number of the point's unit, a quality, and the moment from which on it holds.
import type { DataValue } from 'node-opcua-client';
import { minute } from '../../core/calendar.ts';
import { type PointId, points, quantise } from '../../core/points.ts';
import { type Quality, qualityCode } from '../../core/quality.ts';
import type { Sample } from '../../core/sample.ts';
import { convert } from '../../core/units.ts';
import type { PollClass } from '../source.ts';

export const pollClassOf = (point: PointId): PollClass => (points[point].kind === 'counter' ? 'slow' : 'fast');

export type OpcuaNode = { point: PointId; node: string; unit?: string | undefined; scale: number };

/** A clock that is further from our own is wrong. */
const tolerance = 5 * minute;
/** Nothing is read before it is: what a clock is ahead of ours, within the tolerance, is cut off. */
const ahead = 1_000;

/** OPC UA part 6, annex A: codes that say more than their severity. */
const known: Record<number, Quality> = {
  9830400: 'uncertain_source', // Good_LocalOverride: set by hand, not measured
  1083113472: 'uncertain_stale', // Uncertain_NoCommunicationLastUsableValue
  1083179008: 'uncertain_stale', // Uncertain_LastUsableValue
  1083441152: 'uncertain_range', // Uncertain_EngineeringUnitsExceeded
  2148139008: 'bad_timeout', // Bad_Timeout
  2149515264: 'bad_exception', // Bad_UserAccessDenied
  2150694912: 'bad_connection', // Bad_NoCommunication: the server does not reach the device
  2150760448: 'bad_not_available', // Bad_WaitingForInitialData
  2150825984: 'bad_exception', // Bad_NodeIdInvalid
  2150891520: 'bad_exception', // Bad_NodeIdUnknown
  2150957056: 'bad_exception', // Bad_AttributeIdInvalid
  2151284736: 'bad_exception', // Bad_NotReadable
  2156527616: 'bad_connection', // Bad_NotConnected
};

/** OPC UA part 4 §7.39: the two top bits are the severity, the lower half is about the value, not about the status. */
export function qualityOf(status: number): Quality {
  if (status === 0) return 'good';
  return known[(status & 0xffff0000) >>> 0] ?? severities[status >>> 30] ?? 'bad_source';
}
const severities = ['good', 'uncertain_source', 'bad_source', 'bad_source'] as const;

/** The server says that there is no such node, or that it is not for us: somebody has to mend the configuration. */
export const isRefusal = (status: number): boolean => qualityOf(status) === 'bad_exception';

/** InfoType DataValue with its overflow bit: the server's queue was full, and values were thrown away. */
export const hasOverflow = (status: number): boolean => (status & 0x480) === 0x480;

/** `change`: the server told it because it changed, not because we asked. */
export type Answer = { value: DataValue | undefined; arrival: number; change: boolean };

/** Readings of one meter's nodes; times of a point always grow. */
export class NodeReadings {
  readonly #meter: string;
  readonly #last = new Map<PointId, number>();

  constructor(meter: string) {
    this.#meter = meter;
  }

  sample({ point, unit, scale }: OpcuaNode, { value: answer, arrival, change }: Answer): Sample {
    const { time, doubtful } = timeOf(answer, arrival, change, this.#last.get(point) ?? 0);
    const told = qualityOf(answer?.statusCode.value ?? 0x80000000);
    if (told.startsWith('bad')) return this.#take(point, time, null, told);
    const raw = numberOf(answer);
    if (raw === undefined) return this.#take(point, time, null, 'bad_decode');
    const scaled = raw * scale;
    const value = quantise(unit === undefined ? scaled : convert(scaled, unit, points[point].unit), point);
    return this.#take(point, time, value, doubtful && told === 'good' ? 'uncertain_clock' : told);
  }

  /** The end of what is known about a point. */
  none(point: PointId, since: number, quality: Quality): Sample {
    return this.#take(point, Math.max(since, (this.#last.get(point) ?? 0) + 1), null, quality);
  }

  #take(point: PointId, time: number, value: number | null, quality: Quality): Sample {
    this.#last.set(point, time);
    return { meter: this.#meter, point, time, value, quality: qualityCode(quality) };
  }
}

/**
 * The source's time, when it can be. A value that did not change since is current as of the server's time, and only then a
 * new reading. Where a clock is wrong by more than the tolerance, the time of arrival is right to a second, and in doubt.
 */
function timeOf(
  answer: DataValue | undefined,
  arrival: number,
  change: boolean,
  last: number,
): { time: number; doubtful: boolean } {
  const source = answer?.sourceTimestamp?.getTime();
  const server = answer?.serverTimestamp?.getTime();
  const sourceIsNear = isNear(source, arrival);
  const serverIsNear = isNear(server, arrival);
  let time = last + 1;
  if (sourceIsNear && isBetween(last, source, arrival)) time = source;
  else if (serverIsNear && isBetween(last, server, arrival)) time = server;
  else if (arrival > last) time = arrival;
  const sourceIsWrong = source !== undefined && !sourceIsNear && (change || source > arrival);
  const serverIsWrong = server !== undefined && !serverIsNear && !sourceIsNear;
  return { time, doubtful: sourceIsWrong || serverIsWrong };
}

const isNear = (stamp: number | undefined, arrival: number): stamp is number =>
  stamp !== undefined && Math.abs(stamp - arrival) <= tolerance;

const isBetween = (last: number, stamp: number, arrival: number): boolean => stamp > last && stamp <= arrival + ahead;

const booleanType = 1;
const [int64, uint64] = [8, 9];
const lastNumber = 11;
const scalar = 0;

/** Numbers and booleans, one at a time. 64-bit integers come as [high, low]. */
function numberOf(answer: DataValue | undefined): number | undefined {
  const { dataType = 0, arrayType, value } = answer?.value ?? {};
  if (arrayType !== scalar || dataType < booleanType || dataType > lastNumber) return undefined;
  if (dataType === booleanType) return value ? 1 : 0;
  if (dataType === int64 || dataType === uint64) {
    if (!Array.isArray(value)) return undefined;
    const [high, low] = value as [number, number];
    return (dataType === int64 ? high | 0 : high >>> 0) * 2 ** 32 + (low >>> 0);
  }
  return Number.isFinite(value) ? value : undefined;
}
