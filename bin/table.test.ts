import assert from 'node:assert/strict';
import { test } from 'node:test';
import { indented, table, widthOf, wrap } from './table.ts';

test('a Chinese character is as wide as two, a colour as nothing', () => {
  assert.equal(widthOf('A相电压 230.1 V'), 15);
  assert.equal(widthOf('\x1b[1m电\x1b[22m'), 2);
  assert.equal(widthOf('（…×—）'), 7);
});

test('columns line up under both scripts', () => {
  const lines = table(
    [{ title: '测点' }, { title: '数值', align: 'right' }],
    [
      ['A相电压', '230.1'],
      ['power', '1'],
    ],
    80,
  ).split('\n');
  assert.deepEqual(lines, ['  测点      数值', '  A相电压  230.1', '  power        1']);
});

test('no line is wider than the terminal, whatever breaks', () => {
  const text =
    '出厂 9600 波特，校验位因版本不同（无或偶），先在表上查看。See https://example.org/a-very-long-address-that-has-no-space-in-it-at-all';
  for (let width = 24; width < 100; width++) {
    for (const line of [...wrap(text, width), ...indented(text, '  1. ', width).split('\n')])
      assert.ok(widthOf(line) <= Math.max(width, 25), `${width}: ${line}`);
    const rows = [['acrel.adw300', text]];
    for (const line of table([{ title: 'a' }, { title: 'b', wrap: true }], rows, Math.max(width, 40)).split('\n'))
      assert.ok(widthOf(line) <= Math.max(width, 42), `${width}: ${line}`);
  }
});

test('what closes a phrase never begins a line', () => {
  for (let width = 20; width < 60; width++)
    for (const line of wrap('电压（相）、电流（线）、功率（总），都对。', width))
      assert.doesNotMatch(line, /^[，。、）]/);
});

test('a narrow terminal loses the least important columns, and one in which nothing is said', () => {
  const columns = [
    { title: 'aaaaaaaa' },
    { title: 'bbbbbbbb', optional: 1 },
    { title: 'cccccccc', optional: 2 },
    { title: 'empty' },
  ];
  const titles = (most: number) =>
    table(columns, [['1', '2', '3', '']], most)
      .split('\n')[0]
      ?.trim()
      .split(/ +/);
  assert.deepEqual(titles(80), ['aaaaaaaa', 'bbbbbbbb', 'cccccccc']);
  assert.deepEqual(titles(22), ['aaaaaaaa', 'bbbbbbbb']);
  assert.deepEqual(titles(12), ['aaaaaaaa']);
});
