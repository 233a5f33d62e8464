import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Calendar } from '../../core/calendar.ts';
import { type Cell, CellFault, dateOf, monthOf, numberOf, timeOf, Unreadable } from './cell.ts';

const plain = { decimal: '.', thousands: '' } as const;
const shanghai = { format: undefined, calendar: new Calendar('Asia/Shanghai'), from1904: false };
const wrong = (text: RegExp) => (error: unknown) =>
  error instanceof CellFault && text.test(error.text.en) && error.text.zh !== '';

test('a number is read as it is written, and a comma is never guessed', () => {
  assert.equal(numberOf(' 1234.5 ', plain), 1234.5);
  assert.equal(numberOf('-1.5e3', plain), -1500);
  for (const text of ['1,234', '1234,5', '1 234', "1'234.5", '1.234.567'])
    assert.throws(
      () => numberOf(text, plain),
      wrong(/say in the mapping's numbers .*now decimals "\.", thousands "none"/),
    );
  assert.equal(numberOf('1.234.567,5', { decimal: ',', thousands: '.' }), 1_234_567.5);
  assert.equal(numberOf('1,234.5', { decimal: '.', thousands: ',' }), 1234.5);
  assert.throws(() => numberOf('12,34.5', { decimal: '.', thousands: ',' }), wrong(/say in the mapping/));
  for (const text of ['12 kWh', '１２３', 'NaN', 'Infinity', '0x10', '1e999', '--5'])
    assert.throws(() => numberOf(text, plain), wrong(/is not a number/), text);
  assert.throws(() => numberOf(true, plain), wrong(/must be a number/));
  assert.throws(() => numberOf(new Unreadable({ zh: '错误', en: '#DIV/0!' }), plain), wrong(/#DIV\/0!/));
});

test('times are what the plant clock shows, in every way that people write them', () => {
  const at = Date.UTC(2025, 2, 1, 0, 15);
  const same: Cell[] = [
    '2025-03-01 08:15',
    '2025/3/1 8:15:00',
    '2025.3.1 8:15',
    '2025年3月1日 8时15分',
    '2025-03-01T00:15Z',
    '2025-03-01T09:15:00.000+09:00',
    new Date(Date.UTC(2025, 2, 1, 8, 15)),
    45717.34375,
    '2025-02-28 24:00',
  ];
  for (const cell of same.slice(0, -1)) assert.equal(timeOf([cell], shanghai), at, String(cell));
  assert.equal(timeOf(['2025-02-28 24:00'], shanghai), Date.UTC(2025, 1, 28, 16));
  assert.equal(timeOf([45717.34375 - 1462], { ...shanghai, from1904: true }), at);
  assert.equal(timeOf(['2025-03-01', '8:15'], shanghai), at);
  assert.equal(timeOf([new Date(Date.UTC(2025, 2, 1)), new Date(Date.UTC(1899, 11, 31, 8, 15))], shanghai), at);
  assert.equal(timeOf([45717, 0.34375], shanghai), at);
  assert.equal(timeOf(['1.3.2025 8:15'], { ...shanghai, format: 'D.M.YYYY H:mm' }), at);
  for (const text of [
    '03/01/2025 08:15',
    '2025-02-30 08:15',
    '2025-03-01 24:01',
    '2025-03-01 08:60',
    '8:15',
    '20250301',
    '',
  ])
    assert.throws(() => timeOf([text], shanghai), CellFault, text);
  assert.throws(() => timeOf([3], shanghai), wrong(/not between 1990 and 2199/));
});

test('an hour that comes twice or not at all is told, and its offset settles it', () => {
  const berlin = { ...shanghai, calendar: new Calendar('Europe/Berlin') };
  assert.throws(() => timeOf(['2025-03-30 02:30'], berlin), wrong(/does not exist in Europe\/Berlin/));
  assert.throws(() => timeOf(['2025-10-26 02:30'], berlin), wrong(/comes twice in Europe\/Berlin/));
  assert.equal(timeOf(['2025-10-26 02:30+01:00'], berlin), Date.UTC(2025, 9, 26, 1, 30));
  const kolkata = { ...shanghai, calendar: new Calendar('Asia/Kolkata') };
  assert.equal(timeOf(['2025-03-01 05:30'], kolkata), Date.UTC(2025, 2, 1));
});

test('whatever the zone shows is read back as the same instant, once', () => {
  for (const zone of ['Asia/Shanghai', 'Europe/Berlin', 'Asia/Kolkata', 'Australia/Lord_Howe']) {
    const calendar = new Calendar(zone);
    fc.assert(
      fc.property(fc.integer({ min: Date.UTC(2000, 0) / 60_000, max: Date.UTC(2040, 0) / 60_000 }), (minutes) => {
        const time = minutes * 60_000;
        assert.equal(timeOf([calendar.format(time)], { ...shanghai, calendar }), time);
        const instants = calendar.instantsOf(time + calendar.offsetAt(time));
        assert.ok(instants.includes(time) && instants.length <= 2);
      }),
    );
  }
});

test('dates and months of bills', () => {
  assert.equal(dateOf('2025年3月1日', shanghai), '2025-03-01');
  assert.equal(dateOf(45717, shanghai), '2025-03-01');
  for (const cell of ['2024-02', '2024年2月', '202402', '2024/2/15', new Date(Date.UTC(2024, 1, 1))])
    assert.deepEqual(monthOf(cell, shanghai), { from: '2024-02-01', to: '2024-02-29' });
  assert.throws(() => monthOf('2024-13', shanghai), CellFault);
});
