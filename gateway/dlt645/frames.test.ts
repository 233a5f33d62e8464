import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { readDecimal } from '../line/bcd.ts';
import { parse, type Question, request } from './frames.ts';

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');

const energy: Question = { control: 0x11, address: '000102030425', di: '00010000' };
const energyAnswer = hex('68 25 04 03 02 01 00 68 91 08 33 33 34 33 75 39 45 33 8B 16');
const voltages: Question = { control: 0x11, address: '652022122018', di: '0201FF00' };
const voltagesAnswer = hex('FE FE FE FE 68 18 20 12 22 20 65 68 91 0A 33 32 34 35 33 33 33 33 C7 56 13 16');

function valuesOf(received: Buffer, question: Question): string | undefined {
  const found = parse(received, question);
  return found.state === 'answer' ? found.value.data.toString('hex') : undefined;
}

/** The frame as a meter would send it with another byte: with the right sum. */
function changed(frame: Buffer, at: number, byte: number): Buffer {
  const copy = Buffer.from(frame);
  copy[at] = byte;
  copy[copy.length - 2] = copy.subarray(copy.indexOf(0x68), -2).reduce((sum, one) => sum + one, 0) & 0xff;
  return copy;
}

test('the published questions are asked byte by byte, behind four FE', () => {
  assert.deepEqual(request(energy), hex('FE FE FE FE 68 25 04 03 02 01 00 68 11 04 33 33 34 33 E1 16'));
  assert.deepEqual(request({ control: 0x13 }), hex('FE FE FE FE 68 AA AA AA AA AA AA 68 13 00 DF 16'));
});

test('the published answers are read', () => {
  assert.equal(valuesOf(energyAnswer, energy), '42061200');
  assert.equal(valuesOf(voltagesAnswer, voltages), '000000009423');
  const data = Buffer.from(valuesOf(voltagesAnswer, voltages) ?? '', 'hex');
  assert.equal(readDecimal(data, 4, 2), 2_394);
});

test('an answer is read with noise before it and in pieces, and never before it is whole', () => {
  for (let length = 0; length < energyAnswer.length; length++)
    assert.equal(parse(energyAnswer.subarray(0, length), energy).state, 'more');
  const noisy = Buffer.concat([hex('FE 00 68 25 04 68'), energyAnswer]);
  assert.equal(valuesOf(noisy, energy), '42061200');
});

for (const [what, frame] of [
  ['another address', changed(energyAnswer, 1, 0x26)],
  ['another identifier', changed(energyAnswer, 12, 0x35)],
  ['another control code', changed(energyAnswer, 8, 0x94)],
  ['another length', changed(energyAnswer, 9, 0x07)],
  ['no second start byte', changed(energyAnswer, 7, 0x69)],
  ['another end', Buffer.concat([energyAnswer.subarray(0, -1), hex('17')])],
  ['another sum', Buffer.concat([energyAnswer.subarray(0, -2), hex('8C 16')])],
] as const) {
  test(`a frame with ${what} is not the answer`, () => assert.equal(parse(frame, energy).state, 'more'));
}

test('a question may leave digits of the address open, and gets the answer that fits the others', () => {
  const open = { ...energy, address: 'AAAAAA030425' };
  assert.equal(request(open).subarray(4).toString('hex'), '68250403aaaaaa68110433333433dc16');
  assert.equal(valuesOf(energyAnswer, open), '42061200');
  assert.equal(valuesOf(energyAnswer, { ...energy, address: 'AAAAAA040425' }), undefined);
});

test('bytes behind an answer make it doubtful', () => {
  const found = parse(Buffer.concat([energyAnswer, hex('00')]), energy);
  assert.ok(found.state === 'fault' && found.fault.failure === 'framing');
});

test('a refusal says why, in both languages', () => {
  const refusal = changed(hex('68 25 04 03 02 01 00 68 D1 01 35 00 16'), 10, 0x35);
  const found = parse(refusal, energy);
  assert.ok(found.state === 'fault' && found.fault.failure === 'exception');
  assert.equal(found.fault.exception, 0x02);
  assert.equal(found.fault.text.en, 'meter 000102030425: answered with error 02H (no such data)');
  assert.match(found.fault.text.zh, /无请求数据/);
});

test('a follow-up frame is the one whose number was asked for', () => {
  const question: Question = { control: 0x12, address: '000102030425', di: '0001FF00', sequence: 1 };
  const frame = changed(hex('68 25 04 03 02 01 00 68 B2 09 33 32 34 33 45 78 AB 33 34 00 16'), 18, 0x34);
  const found = parse(frame, question);
  assert.ok(found.state === 'answer');
  assert.equal(found.value.isMore, true);
  assert.equal(found.value.data.toString('hex'), '12457800');
  assert.equal(parse(frame, { ...question, sequence: 2 }).state, 'more');
});

test('an address is told only where frame and data say the same', () => {
  const question: Question = { control: 0x13 };
  const frame = changed(hex('68 25 04 03 02 01 00 68 93 06 58 37 36 35 34 33 00 16'), 10, 0x58);
  const found = parse(frame, question);
  assert.equal(found.state === 'answer' ? found.value.address : found.state, '000102030425');
  assert.equal(parse(changed(frame, 10, 0x59), question).state, 'more');
});

test('no frame with one byte changed is ever an answer', () => {
  fc.assert(
    fc.property(fc.nat(energyAnswer.length - 1), fc.integer({ min: 1, max: 255 }), (at, by) => {
      const frame = Buffer.from(energyAnswer);
      frame[at] = (frame[at] as number) ^ by;
      assert.equal(parse(frame, energy).state, 'more');
    }),
    { numRuns: 2_000 },
  );
});
