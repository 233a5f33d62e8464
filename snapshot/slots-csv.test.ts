// Slots as a table: nothing is lost on the way out and back, whatever gaps and marks there are.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { slotLength } from '../core/calendar.ts';
import { emptySlot } from '../core/slots.ts';
import { readSlots, writeSlots } from './slots-csv.ts';

const period = { start: 1_000 * slotLength, end: 36_040 * slotLength };

test('slots are read back as they were written, with gaps, estimates and marks', () => {
  const small = fc.nat({ max: 2 });
  const one = fc.record({
    step: fc.constantFrom(1, 1, 1, 1, 2, 97),
    value: fc.integer(),
    estimated: small,
    quality: small,
    marks: small,
    readings: small,
  });
  fc.assert(
    fc.property(fc.array(one, { maxLength: 250 }), (rows) => {
      let start = period.start;
      const slots = rows.map(({ step, ...slot }) => {
        start += step * slotLength;
        return { ...emptySlot(start), ...slot, covered: 900_000 };
      });
      assert.deepEqual(readSlots(writeSlots(slots, period), period, 'x'), slots);
    }),
    { numRuns: 100 },
  );
});

test('a table that is none, or runs backwards, is refused with its line', () => {
  const head = 'quarter,estimated,covered_ms,quality,marks,readings,values\n';
  for (const rows of [
    '0,0,0,0,0,1,x\n',
    '0,0,0,0,1,1\n',
    '0,0,0,0,0,1,1,1\n',
    '0,0,0,0,0,1,1 2\n1,0,0,0,0,1,1\n',
    '1.5,0,0,0,0,1,1\n',
  ])
    assert.throws(() => readSlots(head + rows, period, 'slots/a.csv'), /slots\/a.csv: line \d cannot be read/, rows);
  assert.throws(() => readSlots('a,b\n', period, 'slots/a.csv'), /no table of slots/);
});
