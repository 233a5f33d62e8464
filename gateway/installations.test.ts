// What a person wrote down of a replaced meter and what the gateway saw become one history.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { day, hour } from '../core/calendar.ts';
import { installationsOf } from './installations.ts';

const swap = Date.UTC(2025, 8, 16, 2, 20);
const replaced = [
  { at: new Date(swap).toISOString(), serial: 'B', final: { energy_import: 48_213.5 }, initial: { energy_import: 2 } },
];

test('without a word of a person, what the gateway saw stands', () => {
  const seen = [
    { serial: 'A', from: 5 },
    { serial: 'B', from: 9 },
  ];
  assert.deepEqual(installationsOf({}, 'energy_import', seen), seen);
});

test('a written replacement gives the old meter its final reading and the new one its initial', () => {
  assert.deepEqual(installationsOf({ replaced }, 'energy_import', []), [
    { serial: '', from: 0, multiplier: 1, final: 48_213.5 },
    { serial: 'B', from: swap, initial: 2, multiplier: 1, final: undefined },
  ]);
  assert.equal(installationsOf({ replaced }, 'energy_export', [])[0]?.final, undefined, 'nobody wrote that one down');
});

test('the same replacement, seen by the gateway a day later or an hour before, is not a second one', () => {
  for (const from of [swap + day, swap - hour]) {
    const all = installationsOf({ replaced }, 'energy_import', [
      { serial: 'A', from: 5 },
      { serial: 'B', from },
    ]);
    assert.deepEqual(
      all.map(({ serial, from }) => [serial, from]),
      [
        ['A', 5],
        ['B', Math.min(swap, from)],
      ],
    );
  }
});

test('a replacement that nobody wrote down stays, without readings', () => {
  const all = installationsOf({ replaced }, 'energy_import', [
    { serial: 'A', from: 5 },
    { serial: 'B', from: swap },
    { serial: 'C', from: swap + 90 * day },
  ]);
  assert.deepEqual(
    all.map(({ serial, initial, final }) => [serial, initial, final]),
    [
      ['A', undefined, 48_213.5],
      ['B', 2, undefined],
      ['C', undefined, undefined],
    ],
  );
});

test('transformers count from the day of their change', () => {
  const changed = [
    { at: new Date(swap).toISOString(), final: { energy_import: 80 }, initial: { energy_import: 80 }, multiplier: 40 },
  ];
  assert.deepEqual(
    installationsOf({ multiplier: 30, replaced: changed }, 'energy_import', []).map(({ multiplier }) => multiplier),
    [30, 40],
  );
});
