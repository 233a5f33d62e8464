import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decimalBytes } from '../../simulators/decimals.ts';
import { addressBytes, printedAddress, readDecimal } from './bcd.ts';

test('decimals have their lowest two digits first; the top bit is a sign only where there is one', () => {
  assert.equal(readDecimal(Buffer.from('42061200', 'hex'), 0, 4), 120_642);
  assert.equal(readDecimal(Buffer.from('00439580', 'hex'), 1, 3, true), -9_543);
  assert.equal(readDecimal(Buffer.from('439580', 'hex'), 0, 3), 809_543);
  assert.equal(readDecimal(Buffer.from('000080', 'hex'), 0, 3, true), 0);
});

test('all ones are no value, other letters no decimal, missing bytes no zeros', () => {
  assert.equal(readDecimal(Buffer.from('FFFF', 'hex'), 0, 2), 'absent');
  assert.equal(readDecimal(Buffer.from('FFFF', 'hex'), 0, 2, true), 'absent');
  assert.equal(readDecimal(Buffer.from('FF01', 'hex'), 0, 2), 'broken');
  assert.equal(readDecimal(Buffer.from('1A00', 'hex'), 0, 2), 'broken');
  assert.equal(readDecimal(Buffer.from('12', 'hex'), 0, 2), 'broken');
});

test('whatever a meter writes is read back', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 6 }), fc.nat(), fc.boolean(), (length, number, isNegative) => {
      const value = (isNegative ? -1 : 1) * (number % (8 * 10 ** (2 * length - 1)));
      assert.equal(readDecimal(decimalBytes(value, length, true), 0, length, true), value + 0);
    }),
  );
});

test('an address is printed with the byte first that is sent last', () => {
  assert.equal(addressBytes('000102030425').toString('hex'), '250403020100');
  assert.equal(printedAddress(Buffer.from('250403020100', 'hex')), '000102030425');
});
