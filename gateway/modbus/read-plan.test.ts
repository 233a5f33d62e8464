import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { RegisterPoint } from '../template.ts';
import { planReads } from './read-plan.ts';
import { registerTypes } from './registers.ts';

const point = (address: number, change: Partial<RegisterPoint> = {}): RegisterPoint => ({
  point: 'power',
  address,
  type: 'uint16',
  scale: 1,
  unit: 'W',
  notAvailable: [],
  ratios: [],
  poll: 'fast',
  unverified: false,
  ...change,
});

const plan = (points: RegisterPoint[], maxRegisters = 20, maxGap = 4, alone: number[] = []) =>
  planReads(points, { fc: 3, blocks: { maxRegisters, maxGap, alone } }).map(({ fc: code, address, count }) => [
    code,
    address,
    count,
  ]);

test('neighbours are read together, and gaps up to the limit are read over', () => {
  assert.deepEqual(plan([point(0), point(1), point(6)]), [[3, 0, 7]]);
  assert.deepEqual(plan([point(0), point(1), point(7)]), [
    [3, 0, 2],
    [3, 7, 1],
  ]);
});

test('a block never exceeds what the device answers', () => {
  assert.deepEqual(plan([point(0), point(2), point(4)], 4), [
    [3, 0, 3],
    [3, 4, 1],
  ]);
});

test('a value and its scale factor come from one answer', () => {
  assert.deepEqual(plan([point(10, { sf: 13 }), point(11, { sf: 13 })]), [[3, 10, 4]]);
});

test('a register that spoils blocks is read alone', () => {
  assert.deepEqual(plan([point(0), point(1), point(2)], 20, 4, [1]), [
    [3, 0, 1],
    [3, 1, 1],
    [3, 2, 1],
  ]);
});

test('function codes are not mixed', () => {
  assert.deepEqual(plan([point(0), point(1, { fc: 4 }), point(2)]), [
    [3, 0, 3],
    [4, 1, 1],
  ]);
});

test('whatever the points, each is whole in exactly one block, within the limits', () => {
  const points = fc.array(fc.record({ address: fc.nat(300), type: fc.constantFrom('uint16', 'int32', 'float64') }), {
    minLength: 1,
    maxLength: 40,
  });
  fc.assert(
    fc.property(points, fc.integer({ min: 4, max: 125 }), fc.nat(20), (chosen, maxRegisters, maxGap) => {
      const all = chosen.map(({ address, type }) => point(address, { type: type as RegisterPoint['type'] }));
      const blocks = planReads(all, { fc: 3, blocks: { maxRegisters, maxGap, alone: [] } });
      assert.equal(
        blocks.reduce((sum, block) => sum + block.points.length, 0),
        all.length,
      );
      for (const { address, count, points: inside } of blocks) {
        assert.ok(count <= maxRegisters);
        for (const one of inside)
          assert.ok(one.address >= address && one.address + registerTypes[one.type] <= address + count);
      }
    }),
    { seed: 23, numRuns: 1_000 },
  );
});
