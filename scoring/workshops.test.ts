// Standby is what never stops: known exactly where the load is drawn by hand.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Calendar, day, slotLength } from '../core/calendar.ts';
import { emptySlot, type Slot } from '../core/slots.ts';
import { earlierOf, heaviestFirst, standbyOf as standbyIn, type WorkshopUse } from './workshops.ts';

const standbyOf = (slots: readonly Slot[]) => standbyIn(slots, new Calendar('UTC'));

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
  assert.equal(standbyOf(slots.slice(0, 85)), null);
});

test('days on which the workshop stood still change nothing of its standby power, however many they are', () => {
  const working = (quarter: number) => (quarter >= 28 && quarter < 92 ? 37.5 : 7.5);
  const still = (days: number) => week(() => 0.5).slice(0, days * 96);
  for (const days of [0, 1, 2, 5]) {
    const slots = [...week(working), ...still(days)].map((slot, at) => ({ ...slot, start: at * slotLength }));
    assert.deepEqual(standbyOf(slots), { kW: 30, kWh: 30 * 24 * 7 + days * 48 }, `${days} days`);
  }
});

test('the day that runs is no day of work yet, and its standby counts', () => {
  const slots = week((quarter) => (quarter >= 28 && quarter < 92 ? 37.5 : 7.5)).slice(0, 6 * 96 + 20);
  assert.deepEqual(standbyOf(slots), { kW: 30, kWh: 7.5 * (6 * 96 + 20) });
});

test('the workshop that wastes most energy comes first, not the one with the greatest share', () => {
  const use = (meter: string, kWh: number, standbyKWh: number | null): WorkshopUse => ({
    ...{ meter, kWh, coverage: 1, before: null, standbyKW: null, standbyKWh },
  });
  const order = heaviestFirst([use('unknown', 5, null), use('small', 100, 90), use('large', 10_000, 3_000)]);
  assert.deepEqual(
    order.map(({ meter }) => meter),
    ['large', 'small', 'unknown'],
  );
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
