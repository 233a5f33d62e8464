// What a template file may say, and which mistakes are told with their line.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { checkTemplate, loadTemplate } from './template.ts';

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

test('registers that cannot be read as they are written are refused', (context) => {
  const problems = problemsOf(
    context,
    `protocol: modbus
blocks: {maxRegisters: 10, alone: [3]}
ratios:
  ct: {address: 100, type: uint16, between: [9, 1]}
serialNumber: {address: 90, registers: 8, type: uint32}
points:
  - {point: power, address: 0, type: int32, unit: W, ratios: [vt]}
  - {point: power_l1, address: 1, type: int16, unit: W}
  - {point: current, address: 20, sf: 31, type: int16, unit: A}
`,
  );
  assert.deepEqual(problems, [
    '13: the template has no ratio vt',
    '14: register 1 overlaps power',
    '15: longer than what the device answers at once',
    '8: no point begins at 3',
    '10: a range begins with its lower end',
    '10: no point uses the ratio ct',
    '11: a uint32 has 2 registers',
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
  assert.throws(() => loadTemplate('acme.meter'), /no device template "acme.meter"; there are: .*acrel.adw300/);
});
