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
      assert.deepEqual(
        readSlots(
          writeSlots((look) => slots.forEach(look), period),
          period,
          'x',
        ),
        slots,
      );
    }),
    { numRuns: 100 },
  );
});

test('a table that is none, or runs backwards, is refused with its line', () => {
  const slots = [0, 1, 2, 97].map((quarter) => ({ ...emptySlot(period.start + quarter * slotLength), value: 700 }));
  const good = writeSlots((look) => slots.forEach(look), period);
  assert.match(good, /^quarter,.*\n0,3,0,0,0,0,0\n97,1,0,0,0,0,0\n\nstep,700\n1,,/);
  for (const [from, to] of [
    ['\n0,3,', '\n0,x,'],
    ['\n0,3,0', '\n0,3,0,0'],
    ['\n97,1,', '\n2,1,'],
    ['\n97,1,', '\n98,1,'],
    ['\n97,1,', '\n40000,1,'],
    ['step,700', 'step,0.5'],
    ['\n1,,', '\n1.0001,,'],
    ['\n1,,', '\nx,,'],
    ['\n1,,', '\n1,'],
  ] as const)
    assert.throws(
      () => readSlots(good.replace(from, to), period, 'slots/a.csv'),
      /slots\/a.csv: line \d+ cannot be read/,
      to,
    );
  assert.throws(() => readSlots(good.replace('\n1,,', '\n1,5,'), period, 'slots/a.csv'), /of which nothing is said/);
  assert.throws(() => readSlots('a,b\n', period, 'slots/a.csv'), /no table of slots/);
});
