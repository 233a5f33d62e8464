import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { day } from '../../core/calendar.ts';
import { LateNotes } from './late-notes.ts';

test('what a disk did not take is noted on it the next time, and the stretches of a series grow together', (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'tanbiao-notes-'));
  const file = join(folder, 'late.sqlite');
  const key = { meter: 'main', point: 'power' } as const;
  const notes = new LateNotes(file);
  const disk = new DatabaseSync(file);
  context.after(() => {
    disk.close();
    rmSync(folder, { recursive: true });
  });
  disk.exec("CREATE TRIGGER full BEFORE INSERT ON late BEGIN SELECT raise(ABORT, 'database or disk is full'); END");
  const stretches = [
    { key, from: 3 * day, to: 3 * day },
    { key, from: 5 * day, to: 5 * day },
  ];
  assert.throws(() => notes.add(stretches), /full/);
  disk.exec('DROP TRIGGER full');
  notes.add(stretches);
  notes.close();
  const again = new LateNotes(file);
  assert.deepEqual(again.take(), [{ key, from: 3 * day, to: 5 * day }]);
  again.close();
});

test('what is being made again stays noted until it is done, also when more comes meanwhile', (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'tanbiao-notes-'));
  context.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'late.sqlite');
  const key = { meter: 'main', point: 'power' } as const;
  const at = (from: number, to = from) => ({ key, from: from * day, to: to * day });
  const asAfterACrash = () => {
    const found = new LateNotes(file);
    const all = found.take();
    found.close();
    return all;
  };
  const notes = new LateNotes(file);
  context.after(() => notes.close());
  notes.add([at(3)]);
  const taken = notes.take();
  notes.add([at(40)]);
  assert.deepEqual(asAfterACrash(), [at(3, 40)]);
  notes.done(taken);
  assert.deepEqual(notes.take(), [at(40)]);
  notes.giveBack();
  assert.equal(notes.size, 1);
  notes.done(notes.take());
  assert.deepEqual(asAfterACrash(), []);
});
