// Owns golden files: registers of a device, recorded or worked out without our decoder, and what a template must read in them.
import { join } from 'node:path';
import { z } from 'zod';
import { type Problem, readYaml, type YamlFile } from '../core/config/yaml-file.ts';
import { type PointId, pointIds } from '../core/points.ts';
import { qualities, qualityOf } from '../core/quality.ts';
import { decodeBlock, decodeReading, decodeSerial, type Ratios } from './modbus/decode.ts';
import { planReads } from './modbus/read-plan.ts';
import { registerTypes } from './modbus/registers.ts';
import { placePoints } from './modbus/sunspec.ts';
import { devicesFolder, type RegisterTemplate } from './template.ts';

const functionCode = z.union([z.literal(3), z.literal(4)]);
const expected = z.union([
  z.number(),
  z.strictObject({ value: z.number().nullable(), quality: z.enum(qualities as [string, ...string[]]) }),
]);

const goldenSchema = z.strictObject({
  /** Where the words come from: a recording, the maker's example, or a hand. */
  source: z.string(),
  cases: z
    .array(
      z.strictObject({
        name: z.string(),
        fc: functionCode,
        /** Where a SunSpec model begins. */
        base: z.int().optional(),
        blocks: z.array(
          z.strictObject({
            address: z.int(),
            fc: functionCode.optional(),
            words: z.array(z.int().min(0).max(0xffff)),
          }),
        ),
        serial: z.string().optional(),
        /** A point that is left out must not be read at all. */
        expect: z.partialRecord(z.enum(pointIds), expected),
      }),
    )
    .min(1),
});

export type GoldenCase = z.infer<typeof goldenSchema>['cases'][number];

export const goldenFile = (id: string): string => join(devicesFolder, `${id}.golden.yaml`);

type Golden = { cases: GoldenCase[]; problems: Problem[]; problemAt: YamlFile<unknown>['problemAt'] };

export const readGolden = (id: string): Golden => readGoldenFile(goldenFile(id));

export function readGoldenFile(file: string): Golden {
  const { value, problems, problemAt } = readYaml(file, goldenSchema);
  return { cases: value?.cases ?? [], problems, problemAt };
}

/** The words at an address, as the device of the case would answer; undefined where the file knows none of them. */
export function answerOf({ blocks, fc }: GoldenCase, asked: 3 | 4, address: number, count: number) {
  const words = Array.from({ length: count }, (_, index) => {
    const at = address + index;
    const block = blocks.find(
      (one) => (one.fc ?? fc) === asked && at >= one.address && at < one.address + one.words.length,
    );
    return block?.words[at - block.address];
  });
  return words.every((word) => word === undefined) ? undefined : words;
}

/** Registers between points are asked for, too: what the golden file leaves out is garbage there. */
const garbage = 0xdead;
const filled = (words: readonly (number | undefined)[] | undefined, count: number): number[] =>
  Array.from({ length: count }, (_, index) => words?.[index] ?? garbage);

/** Values by point; where the quality is not good, value and quality. */
export function readCase(template: RegisterTemplate, golden: GoldenCase): Partial<Record<PointId, unknown>> {
  const { base = 0, fc } = golden;
  let points: readonly RegisterTemplate['points'][number][] = template.points;
  if (template.protocol === 'sunspec') {
    const [id = 0, length = 0] = filled(answerOf(golden, fc, base, 2), 2);
    points = placePoints(template, [{ id, address: base, length }]) ?? [];
  }
  const ratios: Record<string, number> = {};
  for (const [name, ratio] of Object.entries(template.ratios)) {
    const value = readingOf(template, golden, ratio);
    if (value !== undefined) ratios[name] = value;
  }
  const read: Partial<Record<PointId, unknown>> = {};
  for (const block of planReads(points, template)) {
    const words = filled(answerOf(golden, block.fc, block.address, block.count), block.count);
    for (const { point, value, quality } of decodeBlock(words, block, template, ratios as Ratios)) {
      const word = qualityOf(quality);
      read[point] = word === 'good' ? value : { value, quality: word };
    }
  }
  return read;
}

/** A ratio or probe; undefined where the device has no such register or another value than it may have. */
export function readingOf(
  template: RegisterTemplate,
  golden: GoldenCase,
  reading: RegisterTemplate['probe'][number],
): number | undefined {
  const count = registerTypes[reading.type];
  const words = answerOf(golden, reading.fc ?? template.fc, reading.address, count);
  return words === undefined ? undefined : decodeReading(filled(words, count), reading, template);
}

export function serialOf(template: RegisterTemplate, golden: GoldenCase): string | undefined {
  if (template.serialNumber === undefined) return undefined;
  const { address, registers, fc = template.fc } = template.serialNumber;
  const words = answerOf(golden, fc, address, registers);
  return words === undefined ? undefined : decodeSerial(filled(words, registers), template.serialNumber, template);
}
