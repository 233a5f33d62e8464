import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decodeBatch, encodeBatch } from './batch-codec.ts';
import { Fault } from './fault.ts';
import { pointIds, quantise } from './points.ts';
import { qualityCode } from './quality.ts';
import { BatchBuilder } from './sample.ts';
import { parseAck, parseTopic, topicOf } from './wire.ts';

const sampleArbitrary = fc
  .record({
    meter: fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9_-]{0,20}$/),
    point: fc.constantFrom(...pointIds),
    time: fc.integer({ min: 946_684_800_000, max: 4_102_444_800_000 }),
    reading: fc.option(fc.double({ min: -1e9, max: 1e9, noNaN: true }), { nil: null }),
  })
  .map(({ reading, ...sample }) => ({
    ...sample,
    value: reading === null ? null : quantise(reading, sample.point),
    quality: qualityCode(reading === null ? 'bad_timeout' : 'good'),
  }));

test('decoding an encoded batch gives the batch', () => {
  fc.assert(
    fc.property(fc.array(sampleArbitrary, { maxLength: 50 }), fc.nat(), fc.nat(), (samples, epoch, seq) => {
      const builder = new BatchBuilder();
      for (const sample of samples) builder.add(sample);
      const batch = builder.build('gw-1', epoch, seq);
      assert.deepEqual(JSON.stringify(decodeBatch(encodeBatch(batch))), JSON.stringify(batch).replaceAll('-0,', '0,'));
    }),
    { seed: 7, numRuns: 500 },
  );
});

test('a message in the usual form says what the same message says in any other', () => {
  const readings = fc.array(sampleArbitrary, { minLength: 1, maxLength: 20 });
  // What a byte more or less, or another number, makes of a message: read in both ways it is the same batch, or refused for the same reason.
  const spoilt = fc.record({
    at: fc.nat(),
    take: fc.nat(2),
    put: fc.constantFrom('', '0', '-', '.', '9', 'e', 'null', ',', ']'),
  });
  fc.assert(
    fc.property(readings, fc.option(spoilt), (samples, spoil) => {
      const builder = new BatchBuilder();
      for (const sample of samples) builder.add(sample);
      const whole = encodeBatch(builder.build('gw-1', 3, 4));
      const at = spoil === null ? 0 : spoil.at % whole.length;
      const text = spoil === null ? whole : whole.slice(0, at) + spoil.put + whole.slice(at + spoil.take);
      assert.deepEqual(outcomeOf(text), outcomeOf(` ${text}`)); // a space before it is JSON, but not what gateways write
    }),
    { seed: 9, numRuns: Number(process.env.TANBIAO_CASES ?? 2_000) },
  );
});

function outcomeOf(text: string): unknown {
  try {
    return decodeBatch(text);
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return error.code;
  }
}

const valid = {
  v: 1,
  gw: 'gw-1',
  epoch: 1,
  seq: 1,
  t0: 1_735_660_800_000,
  series: [['main', 'energy_import']],
  s: [0],
  t: [0],
  x: [1.5],
  q: [0],
};

test('a message names each meter once', () => {
  const builder = new BatchBuilder();
  for (const meter of ['a', 'b'])
    for (const point of ['power', 'energy_import'] as const)
      builder.add({ meter, point, time: 1, value: 1, quality: qualityCode('good') });
  const { series } = JSON.parse(encodeBatch(builder.build('gw-1', 1, 1)));
  assert.deepEqual(series, [
    ['a', 'power', 'energy_import'],
    ['b', 'power', 'energy_import'],
  ]);
});

for (const [name, change, code] of [
  ['another version', { v: 2 }, 'message_version'],
  ['a gateway id with a slash', { gw: 'a/b' }, 'message_gateway'],
  ['a negative sequence', { seq: -1 }, 'message_sequence'],
  ['columns of different length', { t: [0, 1] }, 'message_columns'],
  ['a missing column', { q: undefined }, 'message_columns'],
  ['a series that is not there', { s: [1] }, 'message_series'],
  ['text for a series', { s: ['0'] }, 'message_series'],
  ['a word that lists have for a series', { s: ['length'], x: [null], q: [128] }, 'message_series'],
  ['an unknown point', { series: [['main', 'energie']] }, 'message_series'],
  ['a meter id of another alphabet', { series: [['main/../x', 'power']] }, 'message_series'],
  ['a meter without points', { series: [['main']] }, 'message_series'],
  ['a meter that is no list', { series: ['main'] }, 'message_series'],
  ['text for a value', { x: ['1.5'] }, 'message_value'],
  ['a missing value marked good', { x: [null] }, 'message_value'],
  ['a bad reading with a value', { q: [128] }, 'message_value'],
  ['an unknown quality', { q: [7] }, 'message_quality'],
  ['a value beyond exact integers', { x: [1e15] }, 'message_value'],
  ['a time before t0', { t: [-1] }, 'message_time'],
] as const) {
  test(`a batch with ${name} is refused as ${code}`, () => {
    const payload = JSON.stringify({ ...valid, ...change });
    assert.throws(
      () => decodeBatch(payload),
      (error) => error instanceof Fault && error.code === code && error.text.zh.length > 0,
    );
  });
}

test('text that is not JSON is refused', () => {
  assert.throws(() => decodeBatch('{"v":1'), /not JSON/);
  assert.throws(() => decodeBatch('[1]'), /not a JSON object/);
});

test('topics are built and read back; foreign topics are not ours', () => {
  const topic = topicOf('golden', 'gw-1', 'data');
  assert.deepEqual(parseTopic(topic), { site: 'golden', gateway: 'gw-1', channel: 'data' });
  assert.equal(parseTopic('tanbiao/v1/golden/gw-1/other'), undefined);
  assert.equal(parseTopic('$SYS/broker'), undefined);
});

test('an acknowledgement names closed ranges', () => {
  const payload = new TextEncoder().encode('{"v":1,"epoch":3,"stored":[[1,5],[7,7]]}');
  assert.deepEqual(parseAck(payload).stored, [
    [1, 5],
    [7, 7],
  ]);
  assert.throws(() => parseAck(new TextEncoder().encode('{"v":1,"epoch":3}')), /stored/);
});
