// Every template is checked, and read against golden registers that were worked out without it.
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { z } from 'zod';
import { readYaml } from '../core/config/yaml-file.ts';
import { type PointId, pointIds } from '../core/points.ts';
import { qualities, qualityOf } from '../core/quality.ts';
import { decodeBlock } from './modbus/decode.ts';
import { planReads } from './modbus/read-plan.ts';
import { placePoints } from './modbus/sunspec.ts';
import { checkTemplate, devicesFolder, loadRegisterTemplate, loadTemplate, templateFiles } from './template.ts';

const expected = z.union([
  z.number(),
  z.strictObject({ value: z.number().nullable(), quality: z.enum(qualities as [string, ...string[]]) }),
]);
const goldenSchema = z.strictObject({
  source: z.string(),
  cases: z
    .array(
      z.strictObject({
        name: z.string(),
        fc: z.union([z.literal(3), z.literal(4)]),
        base: z.int().optional(),
        blocks: z.array(z.strictObject({ address: z.int(), words: z.array(z.int()) })),
        expect: z.partialRecord(z.enum(pointIds), expected),
      }),
    )
    .min(1),
});

for (const file of templateFiles()) {
  const id = basename(file, '.yaml');

  test(`${id} is sound and has golden registers`, () => {
    assert.deepEqual(checkTemplate(join(devicesFolder, file)).problems, []);
    assert.ok(existsSync(join(devicesFolder, `${id}.golden.yaml`)), `${id}.golden.yaml is missing`);
  });

  const { value: golden, problems } = readYaml(join(devicesFolder, `${id}.golden.yaml`), goldenSchema);
  test(`${id}: its golden file is sound`, () => assert.deepEqual(problems, []));
  for (const { name, fc, base, blocks, expect } of golden?.cases ?? []) {
    test(`${id}: ${name}`, () => {
      const template = loadRegisterTemplate(id);
      const registers = new Map(
        blocks.flatMap(({ address, words }) => words.map((word, index) => [address + index, word])),
      );
      const points =
        template.protocol === 'sunspec'
          ? (placePoints(
              template,
              template.sunspec.models.map((model) => ({ id: model, address: base ?? 0, length: 50 })),
            ) ?? [])
          : template.points;
      const read: Partial<Record<PointId, unknown>> = {};
      for (const block of planReads(points, template)) {
        assert.equal(block.fc, fc);
        // Registers between points are asked for, too: what the golden file leaves out is garbage there.
        const words = Array.from({ length: block.count }, (_, index) => registers.get(block.address + index) ?? 0xdead);
        for (const { point, value, quality } of decodeBlock(words, block, template)) {
          const word = qualityOf(quality);
          read[point] = word === 'good' ? value : { value, quality: word };
        }
      }
      assert.deepEqual(read, expect);
    });
  }
}

function problemsOf(context: TestContext, yaml: string): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'tanbiao-template-'));
  context.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'maker.model.yaml');
  writeFileSync(
    file,
    `schema: 1\nid: maker.model\nname: {zh: 表, en: Meter}\nmaker: Maker\nmodels: [M]\nsource: manual\n${yaml}`,
  );
  return checkTemplate(file).problems.map(({ line, text }) => `${line}: ${text.en}`);
}

test('a template that cannot be right is refused with the line', (context) => {
  const problems = problemsOf(
    context,
    `protocol: modbus
points:
  - {point: power, address: 0, type: int32, unit: V}
  - {point: power, address: 2, type: int32, unit: W}
  - {point: energy_import, address: 4, type: uint32, unit: kWh}
  - {point: frequency, address: 6, type: uint16, unit: furlong}
  - {point: voltage_l1, address: 7, type: uint16, unit: V, counter: {modulus: null, maxPerHour: 1}}
`,
  );
  assert.deepEqual(problems, [
    '9: the unit V cannot become kW, the unit of power',
    '10: power is given twice',
    '11: energy_import is a counter: counters, and only they, must say what their counter does',
    '12: the unit furlong cannot become Hz, the unit of frequency',
    '13: voltage_l1 is a gauge: counters, and only they, must say what their counter does',
  ]);
});

test('an unknown point and an unknown type are refused with what is allowed', (context) => {
  const problems = problemsOf(
    context,
    'protocol: modbus\npoints:\n  - {point: powr, address: 0, type: int24, unit: W}\n',
  );
  assert.match(problems.join('\n'), /9: .*expected one of "energy_import"/);
  assert.match(problems.join('\n'), /9: .*expected one of "int16"/);
});

test('a template that does not exist is refused with those that do', () => {
  assert.throws(() => loadTemplate('acme.meter'), /no device template "acme.meter"; there are: acrel.adw300/);
});
