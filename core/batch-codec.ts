// Owns the batch on the wire: many readings in columns, written and read back, and refused whole with what is wrong.
import { z } from 'zod';
import { mostScanned, scanBatch } from './batch-scan.ts';
import { isPointId, type PointId, pointIds, toSteps } from './points.ts';
import { levelOf, qualityOf } from './quality.ts';
import { type Batch, idPattern, type Loss, lossReasons, type SeriesKey } from './sample.ts';
import { endOfTime, exact, parseObject, refuse } from './wire.ts';

/** The most readings in one message: bounds the memory of a decode and the size of a refused message. */
const maxBatchSize = mostScanned;
export const maxMessageBytes = 1_048_576;

/**
 * `series` names each meter once with its points after it; `s` counts those points in their order; `t` counts from `t0`;
 * numbers are the point's decimals, null is missing.
 */
type WireBatch = {
  v: 1;
  gw: string;
  epoch: number;
  seq: number;
  t0: number;
  series: [meter: string, ...points: string[]][];
  s: number[];
  t: number[];
  x: (number | null)[];
  q: number[];
  lost?: Loss[];
};

export function encodeBatch(batch: Batch): string {
  let t0 = batch.time[0] ?? 0;
  for (const time of batch.time) if (time < t0) t0 = time;
  const wire: WireBatch = {
    v: 1,
    gw: batch.gateway,
    epoch: batch.epoch,
    seq: batch.seq,
    t0,
    series: byMeter(batch.series),
    s: batch.index,
    t: batch.time.map((time) => time - t0),
    x: batch.value,
    q: batch.quality,
    ...(batch.lost.length === 0 ? {} : { lost: batch.lost }),
  };
  return JSON.stringify(wire);
}

function byMeter(series: readonly SeriesKey[]): WireBatch['series'] {
  const groups: WireBatch['series'] = [];
  for (const { meter, point } of series) {
    const last = groups.at(-1);
    if (last?.[0] === meter) last.push(point);
    else groups.push([meter, point]);
  }
  return groups;
}

export function decodeBatch(payload: Uint8Array | string): Batch {
  const bytes = typeof payload === 'string' ? Buffer.from(payload) : bufferOf(payload);
  if (bytes.length > maxMessageBytes)
    refuse('too_large', `消息超过 ${maxMessageBytes} 字节`, `the message exceeds ${maxMessageBytes} bytes`);
  return decodeScanned(bytes) ?? decodeParsed(parseObject(bytes.toString()));
}

const bufferOf = (bytes: Uint8Array): Buffer =>
  Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** Nearly every message is sound. What is not is read again by the one that says what is wrong with it. */
function decodeScanned(bytes: Buffer): Batch | undefined {
  const scanned = scanBatch(bytes);
  if (scanned === undefined || !idPattern.test(scanned.gw)) return undefined;
  const named = namedIn(scanned.series);
  if (named === undefined) return undefined;
  const { gw, epoch, seq, t0, rows, s, t, x, q } = scanned;
  const { keys, scales } = named;
  const index = new Array<number>(rows);
  const time = new Array<number>(rows);
  const value = new Array<number | null>(rows);
  const quality = new Array<number>(rows);
  for (let row = 0; row < rows; row++) {
    const one = s[row] as number;
    const at = t0 + (t[row] as number);
    const code = q[row] as number;
    const reading = x[row] as number;
    if (one >= keys.length || at >= endOfTime) return undefined;
    if (code === 0 ? Number.isNaN(reading) : !mayStand(code, Number.isNaN(reading))) return undefined;
    index[row] = one;
    time[row] = at;
    quality[row] = code;
    if (Number.isNaN(reading)) {
      value[row] = null;
    } else {
      const scale = scales[one] as number;
      const steps = Math.round(reading * scale);
      if (!Number.isSafeInteger(steps)) return undefined;
      value[row] = steps / scale;
    }
  }
  return { gateway: gw, epoch, seq, series: keys, index, time, value, quality, lost: [] };
}

function mayStand(quality: number, isMissing: boolean): boolean {
  if (qualityOf(quality) === undefined) return false;
  return levelOf(quality) !== (isMissing ? 'good' : 'bad');
}

type Named = { keys: SeriesKey[]; scales: Float64Array };

/** What messages named, word by word: whoever knows the list of series need not look at each of them again. */
const named = new Map<string, Named>();
const mostNamed = 4_000_000;
let charactersNamed = 0;

function namedIn(text: string): Named | undefined {
  const known = named.get(text);
  if (known !== undefined) return known;
  try {
    const keys = (JSON.parse(text) as unknown[]).flatMap(parseSeries);
    const fresh = { keys, scales: Float64Array.from(keys, ({ point }) => toSteps(1, point)) };
    charactersNamed += text.length;
    if (charactersNamed > mostNamed) {
      named.clear();
      charactersNamed = text.length;
    }
    named.set(text, fresh);
    return fresh;
  } catch {
    return undefined; // told by the one that reads it again
  }
}

/** Checked by hand, not by zod: the message may be a large one. */
function decodeParsed(wire: Record<string, unknown>): Batch {
  if (wire.v !== 1)
    refuse('version', `不支持的消息版本 ${wire.v}，应为 1`, `message version ${wire.v} is not supported; expected 1`);
  const { gw, epoch, seq, t0, series, s, t, x, q } = wire as WireBatch;
  if (typeof gw !== 'string' || !idPattern.test(gw))
    refuse('gateway', 'gw 不是合法的网关编号', 'gw is not a gateway id');
  if (!isCount(epoch) || !isCount(seq))
    refuse('sequence', 'epoch 和 seq 应为非负整数', 'epoch and seq must be non-negative integers');
  if (!Number.isSafeInteger(t0)) refuse('time', 't0 应为毫秒整数', 't0 must be whole milliseconds');
  if (![series, s, t, x, q].every(Array.isArray))
    refuse('columns', 'series、s、t、x、q 应为数组', 'series, s, t, x and q must be arrays');
  const rows = s.length;
  if (rows > maxBatchSize)
    refuse('too_many', `一批最多 ${maxBatchSize} 个读数`, `a batch holds at most ${maxBatchSize} readings`);
  if (t.length !== rows || x.length !== rows || q.length !== rows)
    refuse('columns', '各列长度不一致', 'the columns differ in length');
  const keys = series.flatMap(parseSeries);
  const time = new Array<number>(rows);
  const value = new Array<number | null>(rows);
  for (let row = 0; row < rows; row++) {
    const place: unknown = s[row];
    const key =
      (isCount(place) ? keys[place] : undefined) ??
      refuse('series', `第 ${row} 行引用了不存在的 series`, `row ${row} points to no series`);
    const dt = t[row] as number;
    if (!Number.isSafeInteger(dt) || dt < 0 || t0 + dt < 0 || t0 + dt >= endOfTime)
      refuse(
        'time',
        `第 ${row} 行的时间不合法：t 应为从 0 开始的整数，时间应在 1970 至 2199 年之间`,
        `row ${row}: t must be a whole number from 0, and the time between 1970 and 2199`,
      );
    const quality = q[row] as number;
    if (qualityOf(quality) === undefined)
      refuse('quality', `第 ${row} 行的质量码 ${quality} 未知`, `row ${row}: quality code ${quality} is unknown`);
    const reading = x[row] as number | null;
    if (reading !== null && !Number.isFinite(reading))
      refuse('value', `第 ${row} 行的值不是数`, `row ${row}: the value is not a number`);
    if (reading !== null && levelOf(quality) === 'bad')
      refuse('value', `第 ${row} 行：坏质量不得带值`, `row ${row}: a bad reading must not carry a value`);
    if (reading === null && levelOf(quality) === 'good')
      refuse('value', `第 ${row} 行：空值不得标为好`, `row ${row}: a missing value cannot be good`);
    time[row] = t0 + dt;
    value[row] = reading === null ? null : exact(reading, key.point, row);
  }
  return { gateway: gw, epoch, seq, series: keys, index: s, time, value, quality: q, lost: parseLosses(wire.lost) };
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

/** Every message of a gateway names the same series: each is checked once, and has one object by which others find it. */
const seen = new Map<unknown, Map<unknown, SeriesKey>>();
const mostSeen = 100_000;

function parseSeries(group: unknown): SeriesKey[] {
  const [meter, ...points] = Array.isArray(group) ? group : [];
  if (seen.size >= mostSeen) seen.clear();
  let ofMeter = seen.get(meter);
  return points.map((point) => {
    const known = ofMeter?.get(point);
    if (known !== undefined) return known;
    const key = checkedSeries(meter, point);
    ofMeter ??= new Map();
    seen.set(meter, ofMeter.set(point, key));
    return key;
  });
}

function checkedSeries(meter: unknown, point: unknown): SeriesKey {
  if (typeof meter !== 'string' || !idPattern.test(meter))
    refuse('series', `表计编号 ${JSON.stringify(meter)} 不合法`, `${JSON.stringify(meter)} is not a meter id`);
  if (typeof point !== 'string' || !isPointId(point))
    refuse(
      'series',
      `未知测点 ${JSON.stringify(point)}；可用：${pointIds.join(' ')}`,
      `unknown point ${JSON.stringify(point)}; allowed: ${pointIds.join(' ')}`,
    );
  return { meter, point: point as PointId };
}

const count = z.int().nonnegative();

const lossesSchema = z
  .array(
    z.strictObject({
      reason: z.enum(lossReasons),
      kind: z.enum(['states', 'counters']),
      readings: count,
      from: z.int(),
      to: z.int(),
      batches: z.tuple([count, count]).nullable(),
    }),
  )
  .max(1_000);

function parseLosses(lost: unknown): Loss[] {
  if (lost === undefined) return [];
  const result = lossesSchema.safeParse(lost);
  return result.success
    ? result.data
    : refuse('losses', '丢失记录不合法', `the record of losses is not valid: ${z.prettifyError(result.error)}`);
}
