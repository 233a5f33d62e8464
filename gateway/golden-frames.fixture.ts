// Owns golden files of meters that answer named questions: frames from the wire, and a meter that answers with them.
import assert from 'node:assert/strict';
import { z } from 'zod';
import { systemClock } from '../core/clock.ts';
import { readYaml } from '../core/config/yaml-file.ts';
import { pointIds } from '../core/points.ts';
import { qualities, qualityOf } from '../core/quality.ts';
import { Cjt188Bus } from './cjt188/bus.ts';
import { cjt188Source } from './cjt188/cjt188-source.ts';
import { Dlt645Bus } from './dlt645/bus.ts';
import { dlt645Source } from './dlt645/dlt645-source.ts';
import { goldenFile } from './golden.ts';
import type { ByteStream } from './line/byte-stream.ts';
import { Line } from './line/line.ts';
import { Memory } from './memory.ts';
import type { Cjt188Template, Dlt645Template } from './template.ts';

const bytes = z
  .string()
  .regex(/^[0-9A-F]{2}( [0-9A-F]{2})*$/)
  .transform((text) => Buffer.from(text.replaceAll(' ', ''), 'hex'));

const framesSchema = z.strictObject({
  /** Where the frames come from: a recording, a published example, or a hand. */
  source: z.string(),
  cases: z
    .array(
      z.strictObject({
        name: z.string(),
        address: z.string(),
        ratios: z.strictObject({ ct: z.number(), vt: z.number() }).optional(),
        frames: z.array(z.strictObject({ ask: bytes, answer: bytes })).min(1),
        /** A point that is left out is one that this meter refuses. */
        expect: z.partialRecord(
          z.enum(pointIds),
          z.union([
            z.number(),
            z.strictObject({ value: z.number().nullable(), quality: z.enum(qualities as [string, ...string[]]) }),
          ]),
        ),
      }),
    )
    .min(1),
});

export type FramesCase = z.infer<typeof framesSchema>['cases'][number];

export function readFrames(id: string) {
  const { value, problems } = readYaml(goldenFile(id), framesSchema);
  return { cases: value?.cases ?? [], problems };
}

/** Without what wakes the meter. */
const bare = (request: Uint8Array): Buffer => Buffer.from(request.subarray(request.indexOf(0x68)));

/** A CJ/T 188 question and its answer carry the number of the question: the file's is 0. */
function renumbered(frame: Buffer, serial: number): Buffer {
  const copy = Buffer.from(frame);
  const start = copy.indexOf(0x68);
  copy[start + 13] = serial;
  copy[copy.length - 2] = copy.subarray(start, -2).reduce((sum, byte) => sum + byte, 0) & 0xff;
  return copy;
}

const sum = (frame: Buffer): Buffer => {
  frame[frame.length - 2] = frame.subarray(0, -2).reduce((all, byte) => all + byte, 0) & 0xff;
  return frame;
};

/** Answers with the frames of a case; what is asked besides is refused. `asked`: which frames were used. */
function openGolden({ frames }: FramesCase, protocol: 'dlt645' | 'cjt188', asked: Set<Buffer>): ByteStream {
  const stream: ByteStream = {
    write(request) {
      const question = bare(request);
      const serial = question[13] ?? 0;
      const frame = frames.find(({ ask }) => ask.equals(protocol === 'cjt188' ? renumbered(question, 0) : question));
      if (frame !== undefined) asked.add(frame.ask);
      else assert.equal(protocol, 'dlt645', `asked ${question.toString('hex')}`);
      const refusal = () => sum(Buffer.concat([question.subarray(0, 8), Buffer.from([0xd1, 1, 0x35, 0, 0x16])]));
      const answer =
        frame === undefined ? refusal() : protocol === 'cjt188' ? renumbered(frame.answer, serial) : frame.answer;
      setImmediate(() => stream.onData(answer));
    },
    onData: () => undefined,
    onClose: () => undefined,
    destroy: () => undefined,
  };
  return stream;
}

/** What a gateway reads from the meter of a case, and the frames that it did not need. */
export async function readFramesCase(template: Dlt645Template | Cjt188Template, golden: FramesCase) {
  const asked = new Set<Buffer>();
  const line = new Line({
    address: { kind: 'tcp', host: 'memory', port: 0 },
    connectTimeout: 1_000,
    clock: systemClock,
    open: () => Promise.resolve(openGolden(golden, template.protocol, asked)),
    afterDoubt: 'wait',
  });
  const { address, ratios } = golden;
  const common = { meter: 'm', address, clock: systemClock, memory: new Memory() };
  const source =
    template.protocol === 'dlt645'
      ? dlt645Source({ ...common, template, bus: new Dlt645Bus(line, 1_000), ...(ratios && { ratios }) })
      : cjt188Source({ ...common, template, bus: new Cjt188Bus(line, 1_000) });
  const samples = [...(await source.read('fast')), ...(await source.read('slow'))];
  line.close();
  assert.equal(source.fault, undefined);
  const read = samples.flatMap(({ point, value, quality }) => {
    const word = qualityOf(quality);
    if (word === 'bad_not_available' && golden.expect[point] === undefined) return [];
    return [[point, word === 'good' ? value : { value, quality: word }] as const];
  });
  return {
    read: Object.fromEntries(read),
    unused: golden.frames.filter(({ ask }) => !asked.has(ask)).map(({ ask }) => ask.toString('hex')),
    facts: source.facts(),
  };
}
