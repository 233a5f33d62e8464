// Which days a range has: the same seven wherever the page says so.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Calendar, day, type Period } from '../core/calendar.ts';
import { lastWeek } from './web/spans.ts';

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
