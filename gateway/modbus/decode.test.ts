// What a register says beyond its number: nothing, no sign, a ratio, a name.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { qualityOf } from '../../core/quality.ts';
import type { RegisterPoint } from '../template.ts';
import { decodeBlock, decodeReading, decodeSerial, type Ratios } from './decode.ts';
import { encodeRegisters } from './registers.ts';

const big = { order: 'ABCD' } as const;

function decodeOne(words: number[], change: Partial<RegisterPoint>, ratios?: Ratios) {
  const point: RegisterPoint = {
    point: 'power',
    address: 0,
    type: 'int32',
    scale: 1,
    unit: 'W',
    notAvailable: [],
    ratios: [],
    poll: 'fast',
    unverified: false,
    ...change,
  };
  const [reading] = decodeBlock(words, { fc: 3, address: 0, count: words.length, points: [point] }, big, ratios);
  assert.ok(reading);
  return [reading.value, qualityOf(reading.quality)];
}

test('a register that counts the other way round is turned, and nothing turned round is nothing', () => {
  assert.deepEqual(decodeOne([0, 1_500], { scale: -1 }), [-1.5, 'good']);
  assert.deepEqual(decodeOne([0xffff, 0xfc18], { scale: -0.1 }), [0.1, 'good']);
  assert.ok(Object.is(decodeOne([0, 0], { scale: -1 })[0], 0));
});

test('a sentinel of 64 bits is not taken for zero', () => {
  const energy = { point: 'energy_import', type: 'uint64', unit: 'Wh', notAvailable: [2 ** 64 - 1] } as const;
  assert.deepEqual(decodeOne([0, 0, 0, 0], { ...energy, notAvailable: [...energy.notAvailable] }), [0, 'good']);
  assert.deepEqual(decodeOne([0xffff, 0xffff, 0xffff, 0xffff], { ...energy, notAvailable: [...energy.notAvailable] }), [
    null,
    'bad_not_available',
  ]);
  assert.deepEqual(decodeOne([0x8000, 0], { notAvailable: [0x8000_0000] }), [null, 'bad_not_available']);
});

test('a primary value is the product of all its ratios, and none without one of them', () => {
  const behind = { ratios: ['ct', 'vt'] };
  assert.deepEqual(decodeOne([0, 250], behind, { ct: 40, vt: 100 }), [1_000, 'good']);
  assert.deepEqual(decodeOne([0, 250], behind, { ct: 40 }), [null, 'bad_decode']);
});

test('a ratio outside of what it can be is none', () => {
  const ratio = { address: 7, type: 'int16', scale: 0.1, between: [0.1, 999.9] } as const;
  const read = (word: number) => decodeReading([word], { ...ratio, between: [...ratio.between] }, big);
  assert.deepEqual([read(10), read(0), read(9_999), read(10_000)], [1, undefined, 999.9, undefined]);
});

test('a serial number is a text or a number, and all zeros or ones are none', () => {
  const number = { address: 129, registers: 2, type: 'uint32' } as const;
  assert.equal(decodeSerial([0x0141, 0x0e92], number, big), '21040786');
  assert.equal(decodeSerial(encodeRegisters(21_040_786, 'uint32', 'CDAB'), number, { order: 'CDAB' }), '21040786');
  assert.equal(decodeSerial([0, 0], number, big), '');
  assert.equal(decodeSerial([0xffff, 0xffff], number, big), '');
  assert.equal(decodeSerial([0x4856, 0x3231, 0, 0], { ...number, type: 'text', registers: 4 }, big), 'HV21');
});
