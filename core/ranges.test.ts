import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { RangeSet } from './ranges.ts';

test('ranges hold exactly what was added, in the fewest ranges, whatever the order', () => {
  const piece = fc.tuple(fc.nat(60), fc.nat(5));
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
      const set = new RangeSet();
      const truth = new Set<number>();
      for (const [from, length] of pieces) {
        set.addRange([from, from + length]);
        for (let value = from; value <= from + length; value++) truth.add(value);
      }
      for (let value = 0; value < 70; value++) assert.equal(set.has(value), truth.has(value), `${value}`);
      for (const [index, [low]] of set.ranges.entries()) {
        if (index > 0) assert.ok(low > (set.ranges[index - 1]?.[1] ?? 0) + 1, 'ranges touch');
      }
    }),
    { seed: 3, numRuns: 2_000 },
  );
});
