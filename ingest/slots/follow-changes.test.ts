import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hour, minute } from '../../core/calendar.ts';
import { systemClock } from '../../core/clock.ts';
import type { Change, ChangeSource } from '../../core/store.ts';
import { followChanges } from './follow-changes.ts';
import type { Stretch } from './late-notes.ts';

const now = Date.UTC(2026, 0, 1);
const clock = { ...systemClock, now: () => now };
const key = { meter: 'main', point: 'energy_import' } as const;

function source(changes: Change[]) {
  const asked: [gateway: string, start: number, end: number][] = [];
  let followed = 0;
  const notes: Stretch[] = [];
  const from: ChangeSource = {
    changesSince: async (at) => changes.filter((change) => change.at >= at),
    seriesIn: async (gateway, { start, end }) => {
      asked.push([gateway, start, end]);
      return [key];
    },
    followed: async () => followed,
    setFollowed: async (at) => {
      followed = at;
    },
  };
  return {
    asked,
    notes,
    follow: followChanges(from, { note: (some) => notes.push(...some) }, clock),
    state: () => followed,
  };
}

const change = (id: string, at: number, from: number, to: number, gateway = 'gw-1') => ({ id, at, gateway, from, to });

test('each change is followed once, also one that another clock notes a little later, and near ones are one question', async () => {
  const changes = [
    change('a', now - 9_000, 0, minute),
    change('b', now - 8_000, 2 * minute, 3 * minute),
    change('c', now - 7_000, 5 * hour, 6 * hour),
    change('d', now - 7_000, 0, minute, 'gw-2'),
  ];
  const { asked, notes, follow, state } = source(changes);
  await follow();
  assert.deepEqual(asked, [
    ['gw-1', 0, 3 * minute + 1],
    ['gw-1', 5 * hour, 6 * hour + 1],
    ['gw-2', 0, minute + 1],
  ]);
  assert.equal(notes.length, 3);
  assert.equal(state(), now - 7_000);
  changes.push(change('late', now - 60_000, 9 * hour, 9 * hour));
  await follow();
  await follow();
  assert.deepEqual(asked.slice(3), [['gw-1', 9 * hour, 9 * hour + 1]]);
});

test('a worker whose clock is a year ahead does not hide what the others store', async () => {
  const changes = [change('ahead', now + 365 * 24 * hour, 0, 0)];
  const { asked, follow, state } = source(changes);
  await follow();
  assert.equal(state(), now);
  changes.push(change('right', now + 1, 5 * hour, 5 * hour));
  await follow();
  assert.equal(asked.length, 2);
});
