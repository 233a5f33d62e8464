import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decodeRegisters, decodeText, encodeRegisters, type RegisterType, wordOrders } from './registers.ts';

for (const [type, words, value] of [
  ['uint16', [0xfffe], 65_534],
  ['int16', [0xfffe], -2],
  ['uint32', [0x0001, 0x86a0], 100_000],
  ['int32', [0xffff, 0xfffe], -2],
  ['float32', [0x4366, 0x3334], 230.20001220703125], // Eastron's manual: 230.2 V is 43 66 33 34
  ['float64', [0x40fe, 0x240c, 0x9fbe, 0x76c9], 123_456.789],
  ['uint64', [0, 0, 0x0002, 0x0000], 131_072],
  ['int64', [0xffff, 0xffff, 0xffff, 0xffff], -1],
  ['sunssf', [0xfffe], -2],
  ['bcd16', [0x9876], 9_876],
  ['bcd32', [0x0012, 0x3456], 123_456],
  ['bcd16', [0x98a6], Number.NaN],
] as const) {
  test(`${type} ${words.map((word) => word.toString(16)).join(' ')} is ${value}`, () => {
    assert.equal(decodeRegisters(words, 0, type, 'ABCD'), value);
  });
}

test('word and byte orders are those of the names', () => {
  const value = 0x0a0b0c0d;
  assert.deepEqual(encodeRegisters(value, 'uint32', 'ABCD'), [0x0a0b, 0x0c0d]);
  assert.deepEqual(encodeRegisters(value, 'uint32', 'CDAB'), [0x0c0d, 0x0a0b]);
  assert.deepEqual(encodeRegisters(value, 'uint32', 'BADC'), [0x0b0a, 0x0d0c]);
  assert.deepEqual(encodeRegisters(value, 'uint32', 'DCBA'), [0x0d0c, 0x0b0a]);
});

const ranges: Record<RegisterType, fc.Arbitrary<number>> = {
  int16: fc.integer({ min: -32_768, max: 32_767 }),
  sunssf: fc.integer({ min: -10, max: 10 }),
  uint16: fc.integer({ min: 0, max: 65_535 }),
  int32: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
  uint32: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  int64: fc.maxSafeInteger(),
  uint64: fc.maxSafeNat(),
  float32: fc.float({ noNaN: true }),
  float64: fc.double({ noNaN: true }),
  bcd16: fc.nat(9_999),
  bcd32: fc.nat(99_999_999),
};

test('decoding what was encoded gives the value, in every type, order and place', () => {
  for (const [type, values] of Object.entries(ranges) as [RegisterType, fc.Arbitrary<number>][]) {
    fc.assert(
      fc.property(values, fc.constantFrom(...wordOrders), fc.nat(5), (value, order, offset) => {
        const words = [...new Array<number>(offset).fill(0xdead), ...encodeRegisters(value, type, order)];
        assert.equal(decodeRegisters(words, offset, type, order), value);
      }),
      { seed: 11, numRuns: 300 },
    );
  }
});

test('a counter beyond its register wraps as the meter does', () => {
  assert.equal(decodeRegisters(encodeRegisters(2 ** 32 + 5, 'uint32', 'ABCD'), 0, 'uint32', 'ABCD'), 5);
});

test('a register outside the block is never read as a value', () => {
  assert.throws(() => decodeRegisters([1], 0, 'uint32', 'ABCD'), RangeError);
});

test('text ends at the first zero', () => {
  assert.equal(decodeText([0x5355, 0x4e32, 0x3030, 0x3000, 0x4141]), 'SUN2000');
});
