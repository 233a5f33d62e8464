// Owns the messages between gateways and ingest beside the batches of readings: topics, birth, state, acknowledgement, single readings.
import { z } from 'zod';
import { Fault } from './fault.ts';
import { fromSteps, type PointId, pointIds, toSteps } from './points.ts';
import { levelOf, type Quality, qualities, qualityCode } from './quality.ts';
import { idPattern, type Sample, type SeriesFacts } from './sample.ts';

/** `reading`: one reading of a device that is no gateway of ours. */
export type Channel = 'data' | 'birth' | 'state' | 'ack' | 'cmd' | 'reading';

const root = 'tanbiao/v1';
export const topicOf = (site: string, gateway: string, channel: Channel): string =>
  `${root}/${site}/${gateway}/${channel}`;

export function parseTopic(topic: string): { site: string; gateway: string; channel: Channel } | undefined {
  const match = /^tanbiao\/v1\/([^/]+)\/([^/]+)\/(data|birth|state|ack|cmd|reading)$/.exec(topic);
  if (match === null) return undefined;
  return { site: match[1] as string, gateway: match[2] as string, channel: match[3] as Channel };
}

/** A broken clock must not make periods that no calendar knows. */
export const endOfTime = Date.UTC(2200, 0);

export function refuse(reason: string, zh: string, en: string): never {
  throw new Fault(`message_${reason}`, { zh, en });
}

export function exact(reading: number, point: PointId, row: number): number {
  const steps = toSteps(reading, point);
  if (!Number.isSafeInteger(steps))
    refuse('value', `第 ${row} 行的值 ${reading} 过大`, `row ${row}: the value ${reading} is too large`);
  return fromSteps(steps, point);
}

export function parseObject(text: string): Record<string, unknown> {
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed))
      return parsed as Record<string, unknown>;
  } catch (cause) {
    throw new Fault('message_json', { zh: '消息不是合法的 JSON', en: 'the message is not JSON' }, { cause });
  }
  return refuse('json', '消息不是 JSON 对象', 'the message is not a JSON object');
}

const count = z.int().nonnegative();

const birthSchema = z.strictObject({
  v: z.literal(1),
  gw: z.string().regex(idPattern),
  epoch: count,
  at: z.int(),
  series: z.array(
    z.strictObject({
      meter: z.string().regex(idPattern),
      point: z.enum(pointIds),
      template: z.string(),
      modulus: z.number().positive().nullable(),
      maxPerHour: z.number().positive().nullable(),
      source: z.string(),
      installations: z
        .array(
          z.strictObject({
            serial: z.string(),
            from: z.int(),
            initial: z.number().optional(),
            final: z.number().optional(),
            multiplier: z.number().positive().optional(),
          }),
        )
        .default([]),
    }),
  ),
});

const stateSchema = z.strictObject({ v: z.literal(1), state: z.enum(['online', 'offline']), at: z.int() });

const ackSchema = z.strictObject({
  v: z.literal(1),
  epoch: count,
  /** Closed ranges of sequence numbers that are safely stored. */
  stored: z.array(z.tuple([count, count])),
});

const readingSchema = z.strictObject({
  meter: z.string().regex(idPattern),
  point: z.enum(pointIds),
  value: z.number().nullable(),
  /** Milliseconds, or ISO text with its zone; without it, the reading is of the moment at which it came. */
  time: z.union([z.int(), z.iso.datetime({ offset: true }).transform((text) => Date.parse(text))]).optional(),
  /** Of which kind it is; without it, good, or bad when there is no value. */
  quality: z.enum(qualities as [Quality, ...Quality[]]).optional(),
});

export type Birth = Omit<z.infer<typeof birthSchema>, 'series'> & { series: SeriesFacts[] };
export type State = z.infer<typeof stateSchema>;
export type Ack = z.infer<typeof ackSchema>;

const parser =
  <T>(schema: z.ZodType<T>, name: string) =>
  (payload: Uint8Array): T => {
    const result = schema.safeParse(parseObject(new TextDecoder().decode(payload)));
    if (result.success) return result.data;
    const detail = z.prettifyError(result.error);
    throw new Fault(`message_${name}`, {
      zh: `${name} 消息不合法：${detail}`,
      en: `the ${name} message is not valid: ${detail}`,
    });
  };

const parseForeign = parser(readingSchema, 'reading');

export function parseReading(payload: Uint8Array, now: number): Sample {
  const { meter, point, value, time = now, quality } = parseForeign(payload);
  const code = qualityCode(quality ?? (value === null ? 'bad_source' : 'good'));
  if (value === null && levelOf(code) === 'good') refuse('value', '空值不得标为好', 'a missing value cannot be good');
  if (value !== null && levelOf(code) === 'bad')
    refuse('value', '坏质量不得带值', 'a bad reading must not carry a value');
  if (time < 0 || time >= endOfTime)
    refuse('time', '时间应在 1970 至 2199 年之间', 'the time must be between 1970 and 2199');
  return { meter, point, time, value: value === null ? null : exact(value, point, 0), quality: code };
}

export const parseBirth: (payload: Uint8Array) => Birth = parser(birthSchema, 'birth');
export const parseState: (payload: Uint8Array) => State = parser(stateSchema, 'state');
export const parseAck: (payload: Uint8Array) => Ack = parser(ackSchema, 'ack');
