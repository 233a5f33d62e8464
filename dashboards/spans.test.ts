// Which days a range has: the same seven wherever the page says so.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Calendar, day, type Period } from '../core/calendar.ts';
import { compared, coverageSoFar, daysText, elapsedOf, lastWeek, monthsAlign } from './web/spans.ts';

const plant = new Calendar('Asia/Shanghai');
const days = ({ start, end }: Period, where = plant) => [where.formatDay(start), where.formatDay(end - 1)];

test('the last seven days are seven, today among them, at any hour and where clocks change', () => {
  for (const hour of [0, 11, 13, 23])
    assert.deepEqual(days(lastWeek(plant.startOf(2026, 11, 21) + hour * 3_600_000, plant)), [
      '2026-11-15',
      '2026-11-21',
    ]);
  const berlin = new Calendar('Europe/Berlin');
  for (const now of [berlin.startOf(2026, 3, 30), berlin.startOf(2026, 10, 26) + day - 1])
    assert.equal(Math.round((lastWeek(now, berlin).end - lastWeek(now, berlin).start) / day), 7);
  assert.deepEqual(days(lastWeek(berlin.startOf(2026, 10, 26), berlin), berlin), ['2026-10-20', '2026-10-26']);
});

const between = (first: string, last: string): Period => {
  const at = (text: string) => plant.dayOf(Date.parse(`${text}T12:00:00+08:00`));
  return { start: at(first).start, end: at(last).end };
};
const before = (first: string, last: string) => {
  const found = compared(between(first, last), 'before', plant);
  return found === null ? null : daysText(found, plant);
};

test('a month, a quarter and a year are compared with the one before, however long it was', () => {
  assert.equal(before('2026-10-01', '2026-10-31'), '2026-09-01 – 09-30');
  assert.equal(before('2026-03-01', '2026-03-31'), '2026-02-01 – 02-28');
  assert.equal(before('2026-01-01', '2026-01-31'), '2025-12-01 – 12-31');
  assert.equal(before('2026-01-01', '2026-03-31'), '2025-10-01 – 12-31');
  assert.equal(before('2025-01-01', '2025-12-31'), '2024-01-01 – 12-31');
});

test('any other range is compared with as many days right before it', () => {
  assert.equal(before('2026-11-15', '2026-11-21'), '2026-11-08 – 11-14');
  assert.equal(before('2026-02-01', '2026-04-30'), '2025-11-04 – 2026-01-31', 'three months that are no quarter');
  assert.equal(before('2026-11-21', '2026-11-21'), '2026-11-20');
});

test('a month or a year that has only begun is compared with the same days of the one before', () => {
  assert.equal(before('2026-11-01', '2026-11-21'), '2026-10-01 – 10-21');
  assert.equal(before('2026-03-01', '2026-03-30'), '2026-02-01 – 02-28', 'February has no 30th');
  assert.equal(before('2026-01-01', '2026-01-09'), '2025-12-01 – 12-09');
  assert.equal(before('2026-01-01', '2026-11-21'), '2025-01-01 – 11-21');
  assert.equal(before('2024-01-01', '2024-02-29'), '2023-01-01 – 02-28');
  assert.equal(before('2025-12-01', '2026-01-15'), '2025-10-16 – 11-30', 'over the end of a year, as many days');
});

test('months stand beside months only where both ranges begin with one, or on the same date', () => {
  const [october, september] = [between('2026-10-01', '2026-10-31'), between('2026-09-01', '2026-09-30')];
  assert.equal(monthsAlign(october, september, plant), true);
  assert.equal(monthsAlign(between('2026-09-15', '2026-11-21'), between('2026-07-09', '2026-09-14'), plant), false);
  assert.equal(monthsAlign(between('2026-09-15', '2026-11-21'), between('2025-09-15', '2025-11-21'), plant), true);
});

test('what is missing of a year that runs is missing of its past, not of its future', () => {
  const year = plant.year(2026);
  const elapsed = elapsedOf(year, plant.startOf(2026, 11, 22));
  assert.equal(elapsed, 325 / 365);
  assert.equal(coverageSoFar(325 / 365, elapsed), 1);
  assert.equal(coverageSoFar(260 / 365, elapsed), 260 / 365 / (325 / 365));
  assert.equal(elapsedOf(year, year.end), null);
  assert.equal(coverageSoFar(0.8903, null), 0.8903);
});
