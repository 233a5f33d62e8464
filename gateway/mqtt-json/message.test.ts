import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { levelOf, qualityCode } from '../../core/quality.ts';
import { type Mapping, mostBytes, understand } from './message.ts';

const now = Date.UTC(2026, 10, 21, 8);
const mapping = (time?: Mapping['time']): Mapping => ({
  fields: [
    { point: 'power', path: 'data.values.0.p', unit: 'W', scale: 1 },
    { point: 'energy_import', path: 'kwh', scale: 0.01 },
  ],
  time,
});
const read = (message: unknown, time?: Mapping['time']) =>
  understand(Buffer.from(typeof message === 'string' ? message : JSON.stringify(message)), mapping(time), now);
const whole = { data: { values: [{ p: 1_250 }] }, kwh: 123_456, at: '2026-11-21T15:59:30+08:00' };
const iso = { path: 'at', format: 'iso' } as const;

test('fields are found by their paths and become values of the points, in their units', () => {
  assert.deepEqual(read(whole), {
    time: undefined,
    readings: [
      { point: 'power', value: 1.25, quality: 'good' },
      { point: 'energy_import', value: 1_234.56, quality: 'good' },
    ],
    troubles: [],
  });
  assert.equal(read({ ...whole, kwh: '123456.5' }).readings[1]?.value, 1_234.565);
});

test('what is missing, or no number, is bad alone and named', () => {
  const missing = read({ kwh: 1 });
  assert.deepEqual(missing.readings[0], { point: 'power', value: null, quality: 'bad_not_available' });
  assert.equal(missing.readings[1]?.quality, 'good');
  assert.deepEqual(missing.troubles, [{ trouble: 'missing_field', where: 'data.values.0.p' }]);
  for (const kwh of ['12 kWh', true, [1], { v: 1 }, '', '1e3', '0x10']) {
    const { readings, troubles } = read({ ...whole, kwh });
    assert.deepEqual(readings[1], { point: 'energy_import', value: null, quality: 'bad_decode' }, String(kwh));
    assert.deepEqual(troubles, [{ trouble: 'wrong_type', where: 'kwh' }]);
  }
  assert.equal(read({ ...whole, kwh: null }).troubles[0]?.trouble, 'missing_field');
});

test('what is no JSON, or far too large, is bad as a whole', () => {
  const bad = (message: string | Uint8Array, trouble: string) => {
    const { readings, troubles } = understand(Buffer.from(message), mapping(), now);
    assert.deepEqual(troubles, [{ trouble, where: '' }]);
    assert.ok(
      readings.length === 2 && readings.every(({ value, quality }) => value === null && quality === 'bad_decode'),
    );
  };
  bad('{"kwh": 1', 'bad_json');
  bad('', 'bad_json');
  bad(Buffer.from([0x22, 0xff, 0xfe, 0x22]), 'bad_json');
  bad('['.repeat(mostBytes), 'bad_json');
  bad(`"${'x'.repeat(mostBytes)}"`, 'too_large');
});

test("the device's time is taken in the form it has; one that cannot be is not", () => {
  const at = (stamp: unknown, format: 'iso' | 'ms' | 's') => read({ ...whole, at: stamp }, { path: 'at', format });
  assert.equal(at('2026-11-21T15:59:30+08:00', 'iso').time, now - 30_000);
  assert.equal(at('2026-11-21 07:59:30.250Z', 'iso').time, now - 29_750);
  assert.equal(at(now - 5, 'ms').time, now - 5);
  assert.equal(at(String((now - 5_000) / 1_000), 's').time, now - 5_000);
  assert.equal(at(now - 86_400_000, 'ms').time, now - 86_400_000, 'a device may tell late what it kept');
  assert.equal(at(now + 60_000, 'ms').time, now, 'nothing is read before it is');
  for (const [stamp, format] of [
    ['2026-11-21T15:59:30', 'iso'], // in which zone?
    ['yesterday', 'iso'],
    [now + 600_000, 'ms'],
    [now / 1_000, 'ms'], // seconds, said to be milliseconds
    [now, 's'],
    [null, 's'],
  ] as const) {
    const { time, troubles, readings } = at(stamp, format);
    assert.equal(time, undefined, String(stamp));
    assert.deepEqual(troubles, [{ trouble: 'bad_time', where: 'at' }]);
    assert.ok(readings.every(({ value, quality }) => value !== null && quality === 'uncertain_clock'));
  }
});

test('whatever comes, it is a reading or a reason, never an exception, and never a number that was not there', () => {
  fc.assert(
    fc.property(fc.oneof(fc.json(), fc.string(), fc.constant('{"__proto__":{"kwh":1}}')), (text) => {
      const { readings, troubles } = read(text, iso);
      assert.equal(readings.length, 2);
      for (const { value, quality } of readings)
        assert.equal(value === null, levelOf(qualityCode(quality)) === 'bad', `${value} is ${quality}`);
      assert.ok(troubles.length > 0 || readings.every(({ quality }) => quality === 'good'));
    }),
    { numRuns: 2_000 },
  );
});
