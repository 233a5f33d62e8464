// Standby is what never stops: known exactly where the load is drawn by hand.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { day, slotLength } from '../core/calendar.ts';
import { emptySlot, type Slot } from '../core/slots.ts';
import { earlierOf, standbyOf } from './workshops.ts';

/** kWh of each quarter of an hour. */
const week = (amountAt: (quarter: number) => number): Slot[] =>
  Array.from({ length: 7 * 96 }, (_, index) => ({
    ...emptySlot(index * slotLength),
    value: Math.round(amountAt(index % 96) * 1_000),
    covered: slotLength,
  }));

test('a leak of 30 kW below two shifts of 150 kW is found, in kW and in kWh', () => {
  const standby = standbyOf(week((quarter) => (quarter >= 28 && quarter < 92 ? 37.5 : 7.5)));
  assert.deepEqual(standby, { kW: 30, kWh: 30 * 24 * 7 });
});

test('what is switched off at night has no standby', () => {
  assert.deepEqual(standbyOf(week((quarter) => (quarter >= 32 && quarter < 72 ? 20 : 0))), { kW: 0, kWh: 0 });
});

test('quarters that are only assumed are left out, and of less than a day nothing is said', () => {
  const slots = week((quarter) => (quarter >= 28 && quarter < 92 ? 37.5 : 7.5));
  const assumed = slots.map((slot, index) => (index < 3 * 96 ? { ...slot, value: 0, estimated: slot.value } : slot));
  assert.equal(standbyOf(assumed)?.kW, 30);
  assert.equal(standbyOf(slots.slice(0, 90)), null);
});

test('a month that is over is compared with the whole month before; one that runs, with as much of it', () => {
  const [january, february, march] = [Date.UTC(2025, 0), Date.UTC(2025, 1), Date.UTC(2025, 2)];
  const asked = { start: february, end: march };
  assert.deepEqual(earlierOf(asked, march, january, february), { start: january, end: february });
  const half = february + 14 * day;
  assert.deepEqual(earlierOf(asked, half, january, february), { start: january, end: january + 14 * day });
  const longer = { start: Date.UTC(2025, 2), end: Date.UTC(2025, 3) };
  assert.equal(earlierOf(longer, longer.end - 1, february, march).end, march, 'not into the month itself');
});
