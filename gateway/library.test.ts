// Every device of the library is checked, read against its golden registers, and told from every other.
import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import { goldenFile, readCase, readGolden, readingOf, serialOf } from './golden.ts';
import {
  checkTemplate,
  devicesFolder,
  isRegisterTemplate,
  loadRegisterTemplate,
  loadTemplate,
  templateFiles,
  templateIds,
} from './template.ts';

for (const file of templateFiles()) {
  const id = basename(file, '.yaml');
  test(`${id} is sound and has golden values`, () => {
    assert.deepEqual(checkTemplate(join(devicesFolder, file)).problems, []);
    assert.ok(existsSync(goldenFile(id)), `${id}.golden.yaml is missing`);
  });
}

const ids = templateIds().filter((id) => isRegisterTemplate(loadTemplate(id)));

for (const id of ids) {
  const { cases, problems } = readGolden(id);
  test(`${id}: its golden file is sound`, () => assert.deepEqual(problems, []));

  for (const golden of cases) {
    test(`${id}: ${golden.name}`, () => {
      const template = loadRegisterTemplate(id);
      assert.deepEqual(readCase(template, golden), golden.expect);
      if (golden.serial !== undefined) assert.equal(serialOf(template, golden), golden.serial);
    });
  }

  test(`${id}: the golden file shows each point with a value, one without, and one below zero`, () => {
    const template = loadRegisterTemplate(id);
    const values = cases.flatMap(({ expect }) => Object.entries(expect));
    const shown = new Set(values.flatMap(([point, value]) => (typeof value === 'number' ? [point] : [])));
    assert.deepEqual(
      template.points.map(({ point }) => point).filter((point) => !shown.has(point)),
      [],
    );
    assert.ok(
      values.some(([, value]) => typeof value === 'object'),
      'no value is missing or doubted',
    );
    const signed = template.points.some(({ type }) => /^(int|float)/.test(type));
    if (signed)
      assert.ok(
        values.some(([, value]) => typeof value === 'number' && value < 0),
        'no value is negative',
      );
    if (template.serialNumber !== undefined)
      assert.ok(
        cases.some(({ serial }) => serial !== undefined && serial !== ''),
        'the serial number is not read',
      );
  });
}

/** Devices that answer another's probes, and why they cannot be told apart. */
const confused: Record<string, string> = {
  'eastron.sdm630 is taken for eastron.sdm72d-v2':
    'an SDM630 has every register of an SDM72D; the other way round, the energy of single phases tells them apart',
};

test('a probe fits its own device, and no other', () => {
  const found: string[] = [];
  for (const id of ids) {
    const template = loadRegisterTemplate(id);
    if (template.protocol === 'sunspec') continue; // its models tell it
    assert.notDeepEqual(template.probe, [], `${id} has no probe`);
    for (const other of ids) {
      const fits = readGolden(other).cases.some((golden) =>
        template.probe.every((probe) => readingOf(template, golden, probe) !== undefined),
      );
      if (other === id) assert.ok(fits, `${id} is not known by its own probe`);
      else if (fits) found.push(`${other} is taken for ${id}`);
    }
  }
  assert.deepEqual(found, Object.keys(confused));
});

test('no golden file is left without its template', () => {
  const golden = readdirSync(devicesFolder).flatMap((file) => /^(.*)\.golden\.yaml$/.exec(file)?.[1] ?? []);
  assert.deepEqual(golden.sort(), templateIds());
});

test('whatever is not sure says what to look at', () => {
  for (const id of templateIds()) {
    const template = loadTemplate(id);
    const unsure = template.unverified || template.points.some(({ unverified }) => unverified);
    if (unsure) assert.ok(template.remark, `${id} is not sure of something and has no remark`);
  }
});
