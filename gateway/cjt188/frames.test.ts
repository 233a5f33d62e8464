import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parse, type Question, request } from './frames.ts';

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');

const question: Question = { control: 0x01, type: '10', address: '78330011223344', di: '901F', serial: 0 };
/** Head, 22 bytes of data, sum, end. */
const answer = summed(
  '68 10 44 33 22 11 00 33 78 81 16 1F 90 00 56 34 12 00 2C 00 01 00 00 2C 30 25 14 08 21 26 20 00 00',
);

function summed(text: string): Buffer {
  const bytes = hex(text);
  return Buffer.concat([bytes, Buffer.from([bytes.reduce((sum, byte) => sum + byte, 0) & 0xff, 0x16])]);
}
const changed = (at: number, byte: number): Buffer => {
  const bytes = Buffer.from(answer.subarray(0, -2));
  bytes[at] = byte;
  return summed(bytes.toString('hex'));
};

test('the published question is asked byte by byte', () => {
  assert.deepEqual(request(question).subarray(3), hex('68 10 44 33 22 11 00 33 78 01 03 1F 90 00 80 16'));
});

test('an answer is read behind FE and noise, and never before it is whole', () => {
  for (let length = 0; length < answer.length; length++)
    assert.equal(parse(answer.subarray(0, length), question).state, 'more');
  const found = parse(Buffer.concat([hex('FE FE 68 10'), answer]), question);
  assert.ok(found.state === 'answer');
  assert.equal(found.value.data.length, 19);
  assert.equal(found.value.data.subarray(0, 5).toString('hex'), '563412002c');
});

for (const [what, at, byte] of [
  ['another kind of meter', 1, 0x11],
  ['another address', 2, 0x45],
  ['another control code', 9, 0x84],
  ['another identifier', 11, 0x20],
  ["another question's number", 13, 0x01],
] as const) {
  test(`an answer of ${what} is not ours`, () => assert.equal(parse(changed(at, byte), question).state, 'more'));
}

test('bytes behind an answer make it doubtful, and a refusal is one', () => {
  const behind = parse(Buffer.concat([answer, hex('16')]), question);
  assert.ok(behind.state === 'fault' && behind.fault.failure === 'framing');
  const refused = parse(summed('68 10 44 33 22 11 00 33 78 C1 03 00 04 00'), question);
  assert.ok(refused.state === 'fault' && refused.fault.exception === 4);
});

test('the address of the only meter is told, whichever way round its maker sends the identifier', () => {
  const asked: Question = { control: 0x03, serial: 1 };
  for (const di of ['0A 81', '81 0A']) {
    const found = parse(summed(`68 20 01 00 21 20 00 55 00 83 03 ${di} 01`), asked);
    assert.ok(found.state === 'answer');
    assert.deepEqual([found.value.type, found.value.address], ['20', '00550020210001']);
  }
});

test('no frame with one byte changed is ever an answer', () => {
  fc.assert(
    fc.property(fc.nat(answer.length - 1), fc.integer({ min: 1, max: 255 }), (at, by) => {
      const frame = Buffer.from(answer);
      frame[at] = (frame[at] as number) ^ by;
      assert.equal(parse(frame, question).state, 'more');
    }),
    { numRuns: 2_000 },
  );
});
