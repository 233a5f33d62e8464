import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Calendar, day, hour, slotLength } from '../core/calendar.ts';
import { Fault } from '../core/fault.ts';
import { emptySlot, marks, type Slot } from '../core/slots.ts';
import { estimate, type Question, shares, startsIn } from './estimates.ts';

const calendar = new Calendar('Asia/Shanghai');
const monday = Date.UTC(2025, 2, 2, 16); // midnight at the plant
const refusedWith = (text: RegExp) => (error: unknown) => error instanceof Fault && text.test(error.text.en);

/** The use of a plant: 100 steps by day, 10 by night, a little more each week. */
const usual = (start: number): number => {
  const { hour: local } = calendar.local(start);
  const weeks = Math.floor((start - monday) / (7 * day));
  return (local >= 8 && local < 18 ? 100 : 10) + weeks;
};

const measured = (start: number, value = usual(start)): Slot => ({ ...emptySlot(start), value, covered: slotLength });

function known(from: number, to: number, change: (slot: Slot) => Slot | undefined): Map<number, Slot> {
  const slots = startsIn({ start: from, end: to }).map((start) => change(measured(start)));
  return new Map(slots.filter((slot) => slot !== undefined).map((slot) => [slot.start, slot]));
}

function question(
  hours: [number, number],
  gap: (slot: Slot) => Slot | undefined,
  point: Question['point'] = 'energy_import',
): Question {
  const period = { start: monday + hours[0] * hour, end: monday + hours[1] * hour };
  const isIn = ({ start }: Slot) => start >= period.start && start < period.end;
  const slots = known(monday - 29 * day, monday + 2 * day, (slot) => (isIn(slot) ? gap(slot) : slot));
  return { point, period, slots, calendar };
}

const spanning = (slot: Slot): Slot => ({ ...slot, value: 50, estimated: 50, covered: 0, marks: marks.spanning });
const gone = () => undefined;

test('a line reaches over two hours, keeps a known amount, and goes between measured neighbours', () => {
  assert.deepEqual(estimate('linear', question([9, 10], spanning)).values, [50, 50, 50, 50]);
  const short = question([8, 8.75], gone);
  assert.deepEqual(estimate('linear', short).values, [33, 55, 78]); // from 10 at 07:45 to 100 at 08:45
  assert.deepEqual(estimate('linear', question([9, 9.25], gone, 'power')).values, [100]);
  assert.throws(() => estimate('linear', question([9, 11.25], spanning)), refusedWith(/2 hours at most/));
  const alone = new Map([...short.slots].filter(([start]) => start < short.period.end));
  assert.throws(() => estimate('linear', { ...short, slots: alone }), refusedWith(/before and after must be measured/));
});

test('history is the mean of the same hours of the weeks before, where enough of them were measured', () => {
  const { values, basis } = estimate('history', question([6, 10], gone));
  assert.deepEqual(values, [...Array(8).fill(8), ...Array(8).fill(98)]); // weeks −1 to −4: 2.5 less, rounded
  assert.match(basis, /at least 4 of the 4 weeks/);
  const thin = question([6, 10], gone);
  for (const slot of thin.slots.values()) if (slot.start < monday - 8 * day) slot.marks = marks.spanning;
  assert.throws(() => estimate('history', thin), refusedWith(/2025-03-03T06:00\+08:00: of the 4 weeks before only 1/));
});

test('a profile gives a known amount its usual shape, to the last step', () => {
  const { values } = estimate('profile', question([6, 10], spanning));
  assert.equal(
    values.reduce((a, b) => a + b, 0),
    16 * 50,
  );
  assert.ok((values[15] as number) > 10 * (values[0] as number));
  assert.throws(() => estimate('profile', question([6, 10], gone)), refusedWith(/is not known.*history/));
  const jumped = (slot: Slot): Slot => ({ ...slot, value: 0, covered: 0, marks: marks.jumped | marks.spanning });
  assert.throws(() => estimate('profile', question([6, 10], jumped)), refusedWith(/is not known/));
  assert.throws(() => estimate('profile', question([6, 10], spanning, 'power')), refusedWith(/for counters/));
});

test('by hand an amount is spread evenly, and only by hand it may be said', () => {
  assert.deepEqual(estimate('hand', { ...question([9, 9.75], gone), amount: 100 }).values, [33, 34, 33]);
  assert.deepEqual(estimate('hand', { ...question([9, 9.5], gone, 'power'), amount: 7 }).values, [7, 7]);
  for (const [rule, amount] of [
    ['hand', undefined],
    ['linear', 5],
  ] as const)
    assert.throws(
      () => estimate(rule, { ...question([9, 9.5], spanning), amount }),
      refusedWith(/hand needs an amount/),
    );
});

test('shares add up to the whole, whatever the weights', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 1e12 }),
      fc.array(fc.integer({ min: 0, max: 1e6 }), { minLength: 1 }),
      (total, weights) => {
        fc.pre(weights.some((weight) => weight > 0));
        const parts = shares(total, weights);
        assert.equal(
          parts.reduce((a, b) => a + b, 0),
          total,
        );
        assert.ok(parts.every((part) => part >= 0));
      },
    ),
    { numRuns: Number(process.env.TANBIAO_CASES ?? 500) },
  );
});
