import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DataValue } from 'node-opcua-client';
import { day, hour, minute } from '../../core/calendar.ts';
import { qualityOf as qualityName } from '../../core/quality.ts';
import { hasOverflow, NodeReadings, type OpcuaNode, qualityOf } from './value.ts';

const now = Date.UTC(2026, 10, 21, 8);
const double = 11;

const answer = (
  value: unknown,
  given: {
    dataType?: number;
    status?: number;
    source?: number | null;
    server?: number | null;
    arrayType?: number;
  } = {},
): DataValue => {
  const { dataType = double, status = 0, source = now - 500, server = now, arrayType = 0 } = given;
  const date = (stamp: number | null) => (stamp === null ? null : new Date(stamp));
  return {
    value: { dataType, arrayType, value },
    statusCode: { value: status },
    sourceTimestamp: date(source),
    serverTimestamp: date(server),
  } as unknown as DataValue;
};

const power: OpcuaNode = { point: 'power', node: 'ns=1;s=p', scale: 1 };

const read = (value: DataValue, node = power, change = true) => {
  const { quality, ...sample } = new NodeReadings('m').sample(node, { value, arrival: now, change });
  return { value: sample.value, time: sample.time - now, quality: qualityName(quality) };
};

test('numbers of every type become values of the point, in its unit', () => {
  const decoded = (value: unknown, dataType: number, node = power) => read(answer(value, { dataType }), node).value;
  assert.equal(decoded(12.5, 11), 12.5);
  assert.equal(decoded(65_535, 5), 65_535);
  assert.equal(decoded([1, 2], 9), 4_294_967_298);
  assert.equal(decoded([0xffff_ffff, 0xffff_fffe], 8), -2);
  assert.equal(decoded(true, 1), 1);
  assert.equal(decoded(1_250, 6, { ...power, unit: 'W' }), 1.25);
  assert.equal(decoded(125, 6, { ...power, unit: 'MW', scale: 0.001 }), 125);
});

test('what is no number is not guessed at', () => {
  for (const [value, dataType] of [
    [Number.NaN, 11],
    [Number.POSITIVE_INFINITY, 10],
    ['12', 12],
    [null, 9],
    [null, 0],
  ] as const)
    assert.deepEqual(read(answer(value, { dataType })), { value: null, time: -500, quality: 'bad_decode' });
  assert.equal(read(answer([1, 2], { arrayType: 1 })).quality, 'bad_decode');
});

test("the status code becomes a quality: what the standard's words say is kept", () => {
  const cases = [
    [0x00000000, 'good'],
    [0x00000480, 'good'], // good, and the queue ran over
    [0x00960000, 'uncertain_source'],
    [0x408f0000, 'uncertain_stale'],
    [0x40930000, 'uncertain_source'],
    [0x40940000, 'uncertain_range'],
    [0x800a0000, 'bad_timeout'],
    [0x80310000, 'bad_connection'],
    [0x80340000, 'bad_exception'],
    [0x808c0000, 'bad_source'],
    [0xc0000000, 'bad_source'],
  ] as const;
  assert.deepEqual(
    cases.map(([status]) => [status, qualityOf(status)]),
    cases,
  );
  assert.equal(read(answer(7, { status: 0x80310000 })).value, null);
  assert.equal(read(answer(7, { status: 0x408f0000 })).value, 7);
  assert.deepEqual([hasOverflow(0x480), hasOverflow(0x80), hasOverflow(0)], [true, false, false]);
});

test("the source's time is kept, near enough; without one the server's counts, without that the arrival", () => {
  assert.deepEqual(read(answer(1)), { value: 1, time: -500, quality: 'good' });
  assert.deepEqual(read(answer(1, { source: null, server: now - 20 })), { value: 1, time: -20, quality: 'good' });
  assert.deepEqual(read(answer(1, { source: null, server: null })), { value: 1, time: 0, quality: 'good' });
  assert.equal(read(answer(1, { source: now - 4 * minute })).time, -4 * minute);
  // Nothing is read before it is.
  assert.deepEqual(read(answer(1, { source: now + minute })), { value: 1, time: 0, quality: 'good' });
});

test('a source whose clock is wrong is dated by its server, and marked', () => {
  // Local time sent as UTC: eight hours ahead in China.
  assert.deepEqual(read(answer(1, { source: now + 8 * hour })), { value: 1, time: 0, quality: 'uncertain_clock' });
  assert.equal(read(answer(1, { source: 0 })).quality, 'uncertain_clock');
  const both = answer(1, { source: now - day, server: now - day });
  assert.deepEqual(read(both), { value: 1, time: 0, quality: 'uncertain_clock' });
  assert.equal(read(answer(1, { source: null, server: now + hour })).quality, 'uncertain_clock');
});

test('a value that has not changed for long is as good as ever: it was asked for now', () => {
  assert.deepEqual(read(answer(1, { source: now - 90 * day, server: now - 10 }), power, false), {
    value: 1,
    time: -10,
    quality: 'good',
  });
});

test('times of a point always grow', () => {
  const readings = new NodeReadings('m');
  const stamps = [
    answer(1),
    answer(1), // the same again: current as of the server's time
    answer(2, { source: now - 2_000, server: now - 1_000 }), // older than what we have
    answer(3, { source: null, server: null }),
  ].map((value) => readings.sample(power, { value, arrival: now, change: true }).time - now);
  assert.deepEqual(stamps, [-500, 0, 1, 2]);
  assert.equal(readings.none('power', now - minute, 'bad_connection').time - now, 3);
});
