import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Calendar, day, hour, lengthOf, minute, slotStart } from './calendar.ts';

const shanghai = new Calendar('Asia/Shanghai');

test('a year in Shanghai starts at 16:00Z and has 8760 or 8784 hours', () => {
  assert.equal(new Date(shanghai.year(2025).start).toISOString(), '2024-12-31T16:00:00.000Z');
  assert.equal(lengthOf(shanghai.year(2025)) / hour, 8760);
  assert.equal(lengthOf(shanghai.year(2024)) / hour, 8784);
});

for (const [zone, year, month, date, hours] of [
  ['Europe/Berlin', 2025, 3, 30, 23],
  ['Europe/Berlin', 2025, 10, 26, 25],
  ['America/Sao_Paulo', 2018, 11, 4, 23], // midnight itself was skipped
  ['Asia/Kolkata', 2025, 3, 30, 24],
  ['Australia/Lord_Howe', 2025, 4, 6, 24.5],
  ['Africa/Casablanca', 2025, 2, 23, 25], // the pause for Ramadan
  ['Asia/Shanghai', 2024, 2, 29, 24],
] as const) {
  test(`${zone} ${year}-${month}-${date} has ${hours} hours`, () => {
    const calendar = new Calendar(zone);
    const start = calendar.startOf(year, month, date);
    assert.equal((calendar.startOf(year, month, date + 1) - start) / hour, hours);
    assert.deepEqual(calendar.dayOf(start), { start, end: start + hours * hour });
    assert.equal(calendar.dayOf(start - 1).end, start);
  });
}

test('a zone with half hours cuts its hours at the half', () => {
  const kolkata = new Calendar('Asia/Kolkata');
  const time = Date.UTC(2025, 0, 1, 0, 10);
  assert.equal(new Date(kolkata.hourOf(time).start).toISOString(), '2024-12-31T23:30:00.000Z');
});

test('days tile a year without gap or overlap in every zone', () => {
  for (const zone of ['Asia/Shanghai', 'Europe/Berlin', 'Asia/Kathmandu', 'America/St_Johns', 'Pacific/Chatham']) {
    const calendar = new Calendar(zone);
    const year = calendar.year(2025);
    let count = 0;
    for (let time = year.start; time < year.end; count++) {
      const today = calendar.dayOf(time);
      assert.equal(today.start, time);
      assert.equal(slotStart(today.start), today.start, `${zone} cuts a slot`);
      time = today.end;
    }
    assert.equal(count, 365, zone);
  }
});

test('a month ends where the next one starts, December included', () => {
  const december = shanghai.month(2025, 12);
  assert.equal(december.end, shanghai.year(2026).start);
  assert.equal(shanghai.monthOf(december.end - 1).start, december.start);
});

test('times are written in the wall clock with its offset', () => {
  assert.equal(shanghai.format(Date.UTC(2024, 11, 31, 16)), '2025-01-01T00:00+08:00');
  assert.equal(new Calendar('America/St_Johns').format(Date.UTC(2025, 0, 1)), '2024-12-31T20:30-03:30');
  assert.equal(shanghai.formatDay(Date.UTC(2025, 5, 30, 17)), '2025-07-01');
});

test('an unknown zone is refused with an example', () => {
  assert.throws(() => new Calendar('Asia/Beijing'), /IANA name such as Asia\/Shanghai/);
});

test('offsets agree with Intl for every hour of a year with two changes', () => {
  const calendar = new Calendar('Europe/Berlin');
  const format = new Intl.DateTimeFormat('sv-SE', {
    timeZone: 'Europe/Berlin',
    dateStyle: 'short',
    timeStyle: 'short',
  });
  for (let time = Date.UTC(2025, 0, 1); time < Date.UTC(2026, 0, 1); time += hour) {
    assert.equal(calendar.format(time).slice(0, 16).replace('T', ' '), format.format(time));
  }
  assert.equal(day / minute, 1440);
});
