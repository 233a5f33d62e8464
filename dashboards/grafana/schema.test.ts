// The generated JSON is what Grafana's SDK says that a dashboard is, and each kind of panel has the options of its kind.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Ajv } from 'ajv';
import { dashboardFiles } from './files.ts';
import { sdkSchema } from './sdk-schema.fixture.ts';

const ajv = new Ajv({ allErrors: true, strict: false });
ajv.addSchema(sdkSchema(), 'sdk');

function mistakes(type: string, value: unknown): string[] {
  const validate = ajv.getSchema(`sdk#/$defs/${type}`);
  assert.ok(validate, `the SDK has no ${type}`);
  return validate(value)
    ? []
    : (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}

type Panel = { type: string; options: object; fieldConfig: { defaults: { custom?: object } } };

for (const [file, text] of Object.entries(dashboardFiles()))
  test(`${file} is a dashboard to the SDK`, () => {
    const dashboard = JSON.parse(text) as { panels: Panel[] };
    assert.deepEqual(mistakes('dashboard.Dashboard', dashboard), []);
    for (const { type, options, fieldConfig } of dashboard.panels) {
      const module = { 'state-timeline': 'statetimeline' }[type] ?? type;
      assert.deepEqual(mistakes(`${module}.Options`, options), []);
      const { custom } = fieldConfig.defaults;
      if (custom !== undefined) assert.deepEqual(mistakes(`${module}.FieldConfig`, custom), []);
    }
  });

test('the schema finds wrong types, unknown keys and what is missing', () => {
  const [text = ''] = Object.values(dashboardFiles());
  for (const [change, told] of [
    [(d: Record<string, unknown>) => Object.assign(d, { refresh: 5 }), /\/refresh must be string/],
    [(d: Record<string, unknown>) => Object.assign(d, { colour: 'red' }), /must NOT have additional properties/],
    [(d: Record<string, unknown>) => delete d.schemaVersion, /must have required property 'schemaVersion'/],
  ] as const) {
    const dashboard = JSON.parse(text) as Record<string, unknown>;
    change(dashboard);
    assert.match(mistakes('dashboard.Dashboard', dashboard).join('\n'), told);
  }
});
