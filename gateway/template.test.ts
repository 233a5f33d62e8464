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

test('identifiers and blocks of a DL/T 645 meter that contradict each other are refused', (context) => {
  const problems = problemsOf(
    context,
    `protocol: dlt645
blocks: {"0201FF00": 6, "0202FF00": 9}
points:
  - {point: voltage_l1, di: "02010100", block: {di: "0201FF00", offset: 0}, digits: 4, decimals: 1, unit: V}
  - {point: voltage_l2, di: "02010200", block: {di: "0201FF00", offset: 1}, digits: 4, decimals: 1, unit: V}
  - {point: voltage_l3, di: "02010300", block: {di: "0201FF00", offset: 5}, digits: 4, decimals: 1, unit: V}
  - {point: power, di: "0201FF00", block: {di: "0203FF00", offset: 0}, digits: 2, decimals: 4, unit: kW}
`,
  );
  assert.deepEqual(problems, [
    '11: overlaps voltage_l1',
    '12: beyond the 6 bytes of 0201FF00',
    '13: there are more decimals than digits',
    '13: 0201FF00 is a block: the point has an identifier of its own',
    '13: blocks does not have 0203FF00',
    '8: no point uses 0202FF00',
  ]);
});

test('fields of a CJ/T 188 meter that contradict each other are refused', (context) => {
  const problems = problemsOf(
    context,
    `protocol: cjt188
meterType: "20"
length: 9
units: {"2C": m3}
points:
  - {point: water_volume, offset: 0, bytes: 4, decimals: 2, unit: m3, unitOffset: 4, counter: {modulus: null, maxPerHour: 1}}
  - {point: water_flow, offset: 3, bytes: 4, decimals: 2, unit: m3/h, unitOffset: 7}
  - {point: temperature, offset: 8, bytes: 3, decimals: 2, unit: °C}
`,
  );
  assert.deepEqual(problems, [
    '13: overlaps water_volume',
    '13: units has none that can become m3/h',
    '14: beyond the 9 bytes of the answer',
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
